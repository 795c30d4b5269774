#include "loop/sleep_watcher.h"

#include <utility>

namespace tideover::loop {

SleepWatcher::SleepWatcher(EventLoop& loop, absl::AnyInvocable<base::Millis()> slept,
                           absl::AnyInvocable<void(base::Millis)> on_awake)
    : timer_(loop), slept_(std::move(slept)), on_awake_(std::move(on_awake)), known_(slept_()) {
  Arm();
}

void SleepWatcher::Arm() {
  timer_.Start(kSleepLook, [this] {
    Arm();
    const base::Millis now = slept_();
    const base::Millis more = now - std::exchange(known_, now);
    if (more > kSleepMin) on_awake_(more);
  });
}

}  // namespace tideover::loop
