#include "appsync/jwt.h"

#include <optional>

#include "base/json.h"

namespace tideover::appsync {
namespace {

int ValueOf(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-' || c == '+') return 62;
  if (c == '_' || c == '/') return 63;
  return -1;
}

// RFC 4648, section 5, padding optional.
std::optional<std::string> DecodeBase64Url(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = ValueOf(c);
    if (value < 0) return std::nullopt;
    bits = (bits << 6) | static_cast<uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>((bits >> count) & 0xff);
  }
  return bytes;
}

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
