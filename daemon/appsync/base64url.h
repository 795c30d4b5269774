// Base64 with the alphabet for URLs (RFC 4648, section 5), as tokens and the headers of the
// realtime protocol are written. Pure.
#ifndef TIDEOVER_APPSYNC_BASE64URL_H_
#define TIDEOVER_APPSYNC_BASE64URL_H_

#include <optional>
#include <string>
#include <string_view>

namespace tideover::appsync {

// Without padding.
std::string EncodeBase64Url(std::string_view bytes);

// Padding is optional, and the other alphabet is read, too. Nothing for what is none.
std::optional<std::string> DecodeBase64Url(std::string_view text);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_BASE64URL_H_
