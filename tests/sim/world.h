// World: the virtual time in which a simulation happens, and its memory: a heap of events, the one
// generator that decides everything, the trace, and the first thing that went wrong. A resource,
// one for each seed, on one thread.
//
// The same seed gives the same events in the same order, and so the same trace hash: nothing here
// depends on addresses, on real time or on the order of an unordered container.
#ifndef TIDEOVER_TESTS_SIM_WORLD_H_
#define TIDEOVER_TESTS_SIM_WORLD_H_

#include <absl/functional/any_invocable.h>

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/random.h"

namespace tideover::sim {

using base::Millis;
using base::MonoTime;

// Trace lines that are shown with a failure.
inline constexpr size_t kTraceLinesMax = 200;
// Events at one moment, after which time is said to stand still.
inline constexpr int kEventsAtOnceMax = 3000;

class World final : public base::Clock {
 public:
  // With TIDEOVER_SIM_TRACE in the environment the whole trace goes to standard error as it
  // happens.
  explicit World(uint64_t seed);

  MonoTime Mono() const override { return now_; }
  base::WallTime Wall() const override { return {now_.ms + wall_offset_ms_}; }
  void JumpWall(int64_t ms) { wall_offset_ms_ += ms; }

  base::Random& random() { return random_; }
  bool Chance(double p) { return p > 0 && random_.Unit() < p; }
  // Uniform in [low, high].
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random_.Below(static_cast<uint64_t>(high - low + 1)));
  }

  // `event` runs `delay` from now, after everything that was scheduled for that moment before.
  void After(Millis delay, absl::AnyInvocable<void()> event);
  // Runs what is due until `end` or the first failure; time is `end` afterwards.
  void RunUntil(MonoTime end);
  // Nothing is scheduled any more.
  bool Idle() const { return events_.empty(); }

  void Note(std::string line);
  // The first call counts: the simulation ends there.
  void Fail(std::string what);
  bool failed() const { return !failure_.empty(); }
  const std::string& failure() const { return failure_; }
  uint64_t trace_hash() const { return hash_; }
  uint64_t steps() const { return steps_; }
  std::string Trace() const;

 private:
  MonoTime now_{1'000'000};
  int64_t wall_offset_ms_ = 1'795'000'000'000;
  base::SeededRandom random_;
  std::map<std::pair<MonoTime, uint64_t>, absl::AnyInvocable<void()>> events_;
  const bool live_;
  uint64_t next_order_ = 0;
  int events_at_once_ = 0;
  uint64_t steps_ = 0;
  uint64_t hash_ = 0;
  std::deque<std::string> trace_;
  std::string failure_;
};

}  // namespace tideover::sim

#endif  // TIDEOVER_TESTS_SIM_WORLD_H_
