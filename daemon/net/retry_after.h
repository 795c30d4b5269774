// Retry-After (RFC 9110, section 10.2.3) as a wait from now. Pure; the value comes from outside,
// so that anything may stand in it: what is neither seconds nor a date is no answer.
#ifndef TIDEOVER_NET_RETRY_AFTER_H_
#define TIDEOVER_NET_RETRY_AFTER_H_

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace tideover::net {

// Nothing for a value that is neither a number of seconds nor a date; zero for a date in the past;
// kRetryAfterMax for anything longer.
std::optional<base::Millis> ParseRetryAfter(std::string_view value, base::WallTime now);

}  // namespace tideover::net

#endif  // TIDEOVER_NET_RETRY_AFTER_H_
