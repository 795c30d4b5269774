// SleepWatcher, a resource: says when the machine has slept, so that connections which died
// meanwhile are not waited for. Owned by the daemon; loop thread only.
//
// Each time its timer fires it looks how much further the clock that counts sleep has gone than the
// one that does not. Timers do not run down during sleep, so it notices within kSleepLook of the
// awakening.
#ifndef TIDEOVER_LOOP_SLEEP_WATCHER_H_
#define TIDEOVER_LOOP_SLEEP_WATCHER_H_

#include <absl/functional/any_invocable.h>

#include "base/clock.h"
#include "loop/event_loop.h"
#include "loop/timer.h"

namespace tideover::loop {

inline constexpr base::Millis kSleepLook{2000};
// Shorter sleep is none: connections outlive it.
inline constexpr base::Millis kSleepMin{5000};

class SleepWatcher {
 public:
  // `slept` tells how long the machine has slept since some moment (base::TimeAsleep).
  SleepWatcher(EventLoop& loop, absl::AnyInvocable<base::Millis()> slept,
               absl::AnyInvocable<void(base::Millis)> on_awake);

 private:
  void Arm();

  Timer timer_;
  absl::AnyInvocable<base::Millis()> slept_;
  absl::AnyInvocable<void(base::Millis)> on_awake_;
  base::Millis known_;
};

}  // namespace tideover::loop

#endif  // TIDEOVER_LOOP_SLEEP_WATCHER_H_
