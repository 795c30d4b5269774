// CognitoClient, a resource: the calls of a Cognito user pool that sign in and renew, over HTTP. It
// knows the protocol and keeps nothing: state is TokenKeeper's. Loop thread; each `done` is called
// exactly once, in a later turn; destroying the client drops what is under way. Nothing is retried.
//
// Passwords and tokens go out in bodies only, and errors hold Cognito's own words, never ours or
// the user's secrets.
#ifndef TIDEOVER_APPSYNC_COGNITO_CLIENT_H_
#define TIDEOVER_APPSYNC_COGNITO_CLIENT_H_

#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "appsync/secret.h"
#include "base/clock.h"
#include "base/json.h"
#include "net/http_client.h"

namespace tideover::appsync {

struct CognitoOptions {
  // https://cognito-idp.<region>.amazonaws.com/
  std::string endpoint;
  std::string user_pool_id;
  std::string client_id;
  base::Millis timeout{20'000};
};

struct CognitoTokens {
  Secret access;
  Secret id;
  // Empty after a renewal that keeps the old one.
  Secret refresh;
  // Life of the access token; 0: not said.
  base::Millis expires_in{0};
};

struct CognitoChallenge {
  // "NEW_PASSWORD_REQUIRED", "SMS_MFA", …
  std::string name;
  Secret session;
  // What the answer must call the user.
  std::string username;
  std::vector<std::string> required_attributes;
};

// How a call ended: tokens, a challenge, or a status that is not OK.
//   UNAUTHENTICATED      refused: wrong password, ended session, unknown user;
//   INVALID_ARGUMENT     the new password breaks the pool's rules;
//   FAILED_PRECONDITION  the pool does not know the client, or does not allow this way;
//   UNAVAILABLE          no answer, or the pool is too busy.
struct CognitoAnswer {
  absl::Status status;
  // Cognito's exception; empty when there was no answer of Cognito's.
  std::string error_type;
  std::optional<CognitoTokens> tokens;
  std::optional<CognitoChallenge> challenge;
};

class CognitoClient {
 public:
  using Done = absl::AnyInvocable<void(CognitoAnswer)>;

  CognitoClient(net::HttpClient& http, CognitoOptions options);
  CognitoClient(const CognitoClient&) = delete;
  CognitoClient& operator=(const CognitoClient&) = delete;

  // InitiateAuth, USER_PASSWORD_AUTH.
  void SignIn(const std::string& username, const Secret& password, Done done);
  // RespondToAuthChallenge, NEW_PASSWORD_REQUIRED.
  void RespondNewPassword(const CognitoChallenge& challenge, const Secret& password,
                          const std::map<std::string, std::string>& attributes, Done done);
  // InitiateAuth, REFRESH_TOKEN_AUTH: for pools that do not rotate refresh tokens.
  void RefreshByInitiateAuth(const Secret& refresh, Done done);
  // GetTokensFromRefreshToken: for pools that do; the answer brings the next refresh token.
  void RefreshByGetTokens(const Secret& refresh, Done done);
  // RevokeToken: ends the session of this refresh token.
  void Revoke(const Secret& refresh, Done done);

  const CognitoOptions& options() const { return options_; }

 private:
  void Call(const std::string& operation, const json::Value& body, Done done);

  net::HttpClient& http_;
  const CognitoOptions options_;
  std::map<uint64_t, std::unique_ptr<net::HttpTransfer>> transfers_;
  uint64_t last_id_ = 0;
};

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_COGNITO_CLIENT_H_
