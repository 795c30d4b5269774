// Clock: the only source of time in the daemon, injected everywhere so that the simulator can own
// it. Mono never goes back and is used for order, retries and expiry; Wall is what people and
// tokens mean by time and may jump. Values, milliseconds. SystemClock may be used from any thread.
#ifndef TIDEOVER_BASE_CLOCK_H_
#define TIDEOVER_BASE_CLOCK_H_

#include <chrono>
#include <cstdint>
#include <string>

namespace tideover::base {

using Millis = std::chrono::milliseconds;

// Milliseconds since an arbitrary start (CLOCK_BOOTTIME: suspend counts).
struct MonoTime {
  int64_t ms = 0;
  auto operator<=>(const MonoTime&) const = default;
  MonoTime operator+(Millis d) const { return {ms + d.count()}; }
  Millis operator-(MonoTime other) const { return Millis(ms - other.ms); }
};

// Milliseconds since 1970-01-01T00:00:00Z.
struct WallTime {
  int64_t ms = 0;
  auto operator<=>(const WallTime&) const = default;
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonoTime Mono() const = 0;
  virtual WallTime Wall() const = 0;
};

class SystemClock final : public Clock {
 public:
  MonoTime Mono() const override;
  WallTime Wall() const override;
};

// How long the machine has slept (was suspended) since it started.
Millis TimeAsleep();

// "2026-11-22T10:38:42.123Z" (RFC 3339, UTC, milliseconds).
std::string FormatTime(WallTime t);

}  // namespace tideover::base

#endif  // TIDEOVER_BASE_CLOCK_H_
