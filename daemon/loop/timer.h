// Timer, a resource: calls back once, at the earliest after a given time; it can be started again.
// Owned by whoever waits, used on the loop thread only. Its callback may start, cancel or destroy
// the timer. The destructor cancels, so the callback may hold the owner's `this`. Time that the
// machine sleeps does not count.
#ifndef TIDEOVER_LOOP_TIMER_H_
#define TIDEOVER_LOOP_TIMER_H_

#include <absl/functional/any_invocable.h>

#include "base/clock.h"
#include "loop/event_loop.h"

struct uv_timer_s;

namespace tideover::loop {

class Timer {
 public:
  explicit Timer(EventLoop& loop);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Replaces what was started before. A delay of zero or less means the loop's next turn; the
  // callback never runs inside Start().
  void Start(base::Millis delay, absl::AnyInvocable<void()> callback);

  // The callback is destroyed without having run; nothing happens when none is waiting.
  void Cancel();

  bool armed() const { return static_cast<bool>(callback_); }

 private:
  void Fire();

  // Frees itself when libuv has closed it.
  uv_timer_s* handle_;
  absl::AnyInvocable<void()> callback_;
};

}  // namespace tideover::loop

#endif  // TIDEOVER_LOOP_TIMER_H_
