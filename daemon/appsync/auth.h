// AuthProvider: where the credentials of a request come from. Loop thread only. Each call is
// answered exactly once, on the loop thread, never before it has returned; destroying the provider
// drops what is unanswered.
//
// Both calls may fail: UNAUTHENTICATED when only a person can help (sign in again, another key),
// UNAVAILABLE when the issuer of tokens cannot be reached now.
#ifndef TIDEOVER_APPSYNC_AUTH_H_
#define TIDEOVER_APPSYNC_AUTH_H_

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>

#include "appsync/identity.h"
#include "appsync/secret.h"

namespace tideover::appsync {

// The header that authorizes a request.
struct AuthHeader {
  // "Authorization" or "x-api-key".
  std::string name;
  Secret value;
  // Counts the tokens of this process; what is refused is named by it.
  uint64_t generation = 0;
};

class AuthProvider {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<AuthHeader>)>;

  virtual ~AuthProvider() = default;

  // What to send now; renewed before, where it is about to end.
  virtual void Token(Done done) = 0;

  // The backend refused `generation`. Answers with a newer one: of the renewal that is under way,
  // of a new one, or what is there already. However many ask, one renewal is made.
  virtual void Refresh(uint64_t generation, Done done) = 0;

  // Nothing when nobody is signed in. Stays when the session has ended.
  virtual std::optional<Identity> identity() const = 0;
};

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_AUTH_H_
