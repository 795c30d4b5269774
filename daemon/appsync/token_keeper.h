// TokenKeeper, a resource: whoever is signed in to a Cognito user pool, and the tokens of that
// session: kept on disk, renewed in time, renewed once however many ask. It is the AuthProvider of
// a backend with user pools; owned by the daemon, loop thread only.
//
// A token is renewed a minute before it ends (half of its life, when that is shorter), by whoever
// asks for it first. When the user pool cannot be reached, the old token is used for as long as it
// lasts. When the pool refuses to renew, the session has ended: everything answers UNAUTHENTICATED
// until somebody signs in, but the identity stays, since its log and cache do.
#ifndef TIDEOVER_APPSYNC_TOKEN_KEEPER_H_
#define TIDEOVER_APPSYNC_TOKEN_KEEPER_H_

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "appsync/auth.h"
#include "appsync/cognito_client.h"
#include "appsync/later.h"
#include "appsync/token_store.h"
#include "base/clock.h"
#include "loop/event_loop.h"
#include "net/http_client.h"

namespace tideover::appsync {

// Renewed so long before the end, at the latest.
inline constexpr base::Millis kRenewBefore{60'000};
// Life of a token that does not tell its own.
inline constexpr base::Millis kUnknownLife{300'000};

enum class RenewBy {
  // By InitiateAuth, and by GetTokensFromRefreshToken when that is refused.
  kAuto,
  kInitiateAuth,
  kGetTokens,
};

struct TokenKeeperOptions {
  CognitoOptions cognito;
  RenewBy renew_by = RenewBy::kAuto;
  // Of the token file.
  std::string directory;
};

class TokenKeeper final : public AuthProvider {
 public:
  // Signed in, or what the pool wants to know first; then Respond() with its session.
  using SignInResult = std::variant<Identity, CognitoChallenge>;
  using SignInDone = absl::AnyInvocable<void(absl::StatusOr<SignInResult>)>;

  TokenKeeper(loop::EventLoop& loop, net::HttpClient& http, const base::Clock& clock,
              TokenKeeperOptions options);

  // Takes up the session on disk, before anything else is called. Tokens of another pool or client
  // are left alone. What goes wrong is returned for the log; nobody is signed in then.
  absl::Status Load();

  // INVALID_ARGUMENT without name or password, FAILED_PRECONDITION when somebody else is signed in,
  // else as CognitoAnswer says; INTERNAL when the tokens cannot be kept.
  void SignIn(const std::string& username, const Secret& password, SignInDone done);
  // Answers the latest challenge; a session is good for one answer. Knows NEW_PASSWORD_REQUIRED;
  // UNIMPLEMENTED for others.
  void Respond(const std::string& session, const Secret& answer,
               const std::map<std::string, std::string>& attributes, SignInDone done);
  // Forgets the session here, and ends it there where the network allows. OK when nobody was.
  absl::Status SignOut();

  void Token(Done done) override;
  void Refresh(uint64_t generation, Done done) override;
  std::optional<Identity> identity() const override;
  // Somebody is signed in, but only signing in again helps.
  bool session_ended() const { return ended_; }

 private:
  struct Waiter {
    Done done;
    // Asked by Token(): the old one will do while it lasts.
    bool old_will_do;
  };

  void OnSignedIn(CognitoAnswer answer, const std::string& name, SignInDone done);
  absl::StatusOr<SignInResult> TakeSignIn(CognitoAnswer answer, const std::string& name);
  void Renew();
  void RenewByGetTokens(absl::Status before);
  void OnRenewed(CognitoAnswer answer, bool rotates);
  void Finish(const absl::Status& status);
  // `kept` with the new tokens and their times.
  StoredTokens Renewed(StoredTokens kept, const CognitoTokens& tokens) const;
  void Use(StoredTokens tokens);
  AuthHeader Header() const;
  absl::Status Ended() const;

  const base::Clock& clock_;
  const TokenKeeperOptions options_;
  const TokenStore store_;

  std::optional<StoredTokens> tokens_;
  bool ended_ = false;
  // Of tokens_; counts up with each new one.
  uint64_t generation_ = 0;
  // Of whoever is signed in; an answer for another session is dropped.
  uint64_t session_ = 0;
  bool renewing_ = false;
  std::vector<Waiter> waiters_;
  std::optional<CognitoChallenge> challenge_;
  std::string challenged_name_;

  Later later_;
  // Last: its transfers call back into what stands above.
  CognitoClient client_;
};

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_TOKEN_KEEPER_H_
