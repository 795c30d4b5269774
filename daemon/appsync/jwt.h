// Reads what a JSON Web Token says about itself (RFC 7519). Nothing is verified here: the claims
// serve to name the user and to renew in time; whether a token is good is for the backend to say.
// Pure.
#ifndef TIDEOVER_APPSYNC_JWT_H_
#define TIDEOVER_APPSYNC_JWT_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace tideover::appsync {

// Longest token that is read.
inline constexpr size_t kJwtBytesMax = 16384;

struct JwtClaims {
  std::string sub;
  // `username` of an access token, `cognito:username` of an id token.
  std::string username;
  std::string email;
  // Seconds since 1970; 0: not said.
  int64_t issued_at = 0;
  int64_t expires_at = 0;
};

// INVALID_ARGUMENT for what is no JWT; the message holds nothing of it.
absl::StatusOr<JwtClaims> ReadJwt(std::string_view token);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_JWT_H_
