#include "base/clock.h"

#include <fmt/format.h>
#include <time.h>

namespace tideover::base {
namespace {

int64_t ReadMillis(clockid_t id) {
  timespec ts{};
  clock_gettime(id, &ts);
  return int64_t{ts.tv_sec} * 1000 + ts.tv_nsec / 1'000'000;
}

}  // namespace

MonoTime SystemClock::Mono() const {
#ifdef CLOCK_BOOTTIME
  return {ReadMillis(CLOCK_BOOTTIME)};
#else
  return {ReadMillis(CLOCK_MONOTONIC)};
#endif
}

WallTime SystemClock::Wall() const { return {ReadMillis(CLOCK_REALTIME)}; }

Millis TimeAsleep() {
#if defined(CLOCK_BOOTTIME)
  return Millis(ReadMillis(CLOCK_BOOTTIME) - ReadMillis(CLOCK_MONOTONIC));
#elif defined(CLOCK_UPTIME_RAW)
  return Millis(ReadMillis(CLOCK_MONOTONIC) - ReadMillis(CLOCK_UPTIME_RAW));
#else
  return Millis(0);
#endif
}

std::string FormatTime(WallTime t) {
  int64_t seconds = t.ms / 1000;
  int64_t millis = t.ms % 1000;
  if (millis < 0) {
    millis += 1000;
    --seconds;
  }
  const time_t whole = static_cast<time_t>(seconds);
  tm parts{};
  gmtime_r(&whole, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     millis);
}

}  // namespace tideover::base
