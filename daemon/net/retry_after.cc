#include "net/retry_after.h"

#include <curl/curl.h>

#include <algorithm>
#include <string>

#include "net/http.h"

namespace tideover::net {
namespace {

using base::Millis;

constexpr int64_t kSecondsMax = kRetryAfterMax.count() / 1000;

std::optional<Millis> ParseSeconds(std::string_view digits) {
  int64_t seconds = 0;
  for (char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    seconds = std::min(seconds * 10 + (c - '0'), kSecondsMax);
  }
  return Millis(seconds * 1000);
}

}  // namespace

std::optional<Millis> ParseRetryAfter(std::string_view value, base::WallTime now) {
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  if (value.empty()) return std::nullopt;
  if (std::optional<Millis> wait = ParseSeconds(value)) return wait;
  // All three forms of HTTP-date begin with the name of a day.
  if (value.front() < 'A' || value.front() > 'Z') return std::nullopt;
  time_t at = curl_getdate(std::string(value).c_str(), nullptr);
  if (at == -1) return std::nullopt;
  int64_t wait = std::min<int64_t>(at, (now.ms + kRetryAfterMax.count()) / 1000) * 1000 - now.ms;
  return Millis(std::max<int64_t>(wait, 0));
}

}  // namespace tideover::net
