// SignInDesk: signing in and out, as the API asks for it. A resource, owned by the daemon; its
// methods may be called from any thread and work on the loop thread. The tokens are TokenKeeper's;
// what a change of identity means for the session is the host's.
//
// Signing out refuses while writes are unsent, unless it is told to flush them first, to keep them
// for the identity's return, or to wipe everything of the identity from this machine.
#ifndef TIDEOVER_SIGN_IN_H_
#define TIDEOVER_SIGN_IN_H_

#include <absl/status/status.h>

#include <memory>
#include <string>

#include "answer_guard.h"
#include "api/session.h"
#include "appsync/token_keeper.h"
#include "live_session.h"
#include "loop/event_loop.h"
#include "loop/timer.h"

namespace tideover {

// How long a sign-out with FLUSH waits for the outbox to drain.
inline constexpr base::Millis kFlushMax{60'000};

// What signing in and out does to the session; implemented by the daemon. Loop thread.
class SessionHost {
 public:
  virtual ~SessionHost() = default;
  // Opens the identity's session, or wakes the present one when it is the same identity's.
  virtual absl::Status OnSignedIn(const appsync::Identity& identity) = 0;
  // nullptr: nobody is signed in.
  virtual LiveSession* session() = 0;
  virtual void EndSession() = 0;
};

class SignInDesk final : public api::AuthPort {
 public:
  // `keeper` is nullptr where the backend knows no users (API key).
  SignInDesk(loop::EventLoop& loop, SessionHost& host, appsync::TokenKeeper* keeper);

  void SignIn(std::string username, std::string password,
              absl::AnyInvocable<void(absl::StatusOr<api::SignInAnswer>)> done) override;
  void RespondToChallenge(
      std::string name, std::string session, std::string username, std::string response,
      absl::AnyInvocable<void(absl::StatusOr<api::SignInAnswer>)> done) override;
  void SignOut(api::SignOutMode mode, absl::AnyInvocable<void(absl::Status)> done) override;

 private:
  using SignInGuard = AnswerGuard<absl::StatusOr<api::SignInAnswer>>;
  using SignOutGuard = AnswerGuard<absl::Status>;

  appsync::TokenKeeper::SignInDone Finish(SignInGuard answer);
  void BeginSignOut(api::SignOutMode mode, SignOutGuard answer);
  void Flush(base::Millis waited, SignOutGuard answer);
  absl::Status Leave(bool wipe);
  absl::StatusOr<uint64_t> CountUnsent();

  loop::EventLoop& loop_;
  SessionHost& host_;
  appsync::TokenKeeper* const keeper_;
  loop::Timer flush_timer_;
};

}  // namespace tideover

#endif  // TIDEOVER_SIGN_IN_H_
