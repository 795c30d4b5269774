#include "appsync/jwt.h"

#include <optional>

#include "appsync/base64url.h"
#include "base/json.h"

namespace tideover::appsync {
namespace {

std::string TextOf(const json::Value& claims, std::string_view name) {
  const json::Value* value = claims.Find(name);
  return value != nullptr && value->is_string() ? value->text() : "";
}

int64_t SecondsOf(const json::Value& claims, std::string_view name) {
  const json::Value* value = claims.Find(name);
  if (value == nullptr || !value->is_number()) return 0;
  return value->AsInt64().value_or(0);
}

}  // namespace

absl::StatusOr<JwtClaims> ReadJwt(std::string_view token) {
  const absl::Status no_jwt = absl::InvalidArgumentError("the token is no JSON Web Token");
  const size_t first = token.find('.');
  const size_t second = first == token.npos ? token.npos : token.find('.', first + 1);
  if (second == token.npos || token.size() > kJwtBytesMax) return no_jwt;
  const std::optional<std::string> text =
      DecodeBase64Url(token.substr(first + 1, second - first - 1));
  if (!text.has_value()) return no_jwt;
  const absl::StatusOr<json::Value> value = json::ParseObject(*text);
  if (!value.ok()) return no_jwt;
  JwtClaims claims;
  claims.sub = TextOf(*value, "sub");
  claims.username = TextOf(*value, "username");
  if (claims.username.empty()) claims.username = TextOf(*value, "cognito:username");
  claims.email = TextOf(*value, "email");
  claims.issued_at = SecondsOf(*value, "iat");
  claims.expires_at = SecondsOf(*value, "exp");
  return claims;
}

}  // namespace tideover::appsync
