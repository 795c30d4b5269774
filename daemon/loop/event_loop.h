// EventLoop, a resource: the one loop on which network, timers, signals and the sync engine run.
//
// Owned by the daemon (or a test). It has no thread of its own: the thread that calls Run() is the
// loop thread. Post() and Stop() may be called from any thread; everything else, including the
// constructors and destructors of timers and watchers, belongs to the loop thread (or to the thread
// that sets up and tears down while Run() is not running).
//
// What is posted runs in the order of the Post() calls, later, never inside Post(). Stop() takes
// its place in that order: what was posted before it has run when Run() returns; what was posted
// after it waits for the next Run(), and is destroyed without having run when the loop is
// destroyed. No other thread may be inside Post() or Stop() by then. Timers, watchers and transfers
// must be destroyed before their loop; the destructor checks it.
#ifndef TIDEOVER_LOOP_EVENT_LOOP_H_
#define TIDEOVER_LOOP_EVENT_LOOP_H_

#include <absl/functional/any_invocable.h>

#include <deque>
#include <memory>
#include <mutex>

#include "base/clock.h"

struct uv_async_s;
struct uv_loop_s;
struct uv_prepare_s;

namespace tideover::loop {

class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Runs until a Stop(); one that came before Run() counts. Not from within a callback.
  void Run();

  // Runs until the predicate holds, which is asked once per turn, or until a Stop(). For tests, and
  // for winding down. Not from within a callback.
  void RunUntil(absl::AnyInvocable<bool()> holds);

  // Thread-safe.
  void Stop();

  // Thread-safe. May be called after the last Run() too: then the task is destroyed with the loop.
  void Post(absl::AnyInvocable<void()> task);

  // Monotonic time at the start of this turn, from an arbitrary origin that is not the Clock's;
  // time that the machine sleeps is not counted. For timers; the engine's time is base::Clock.
  base::Millis Now() const;

  // For the other classes of this module.
  uv_loop_s* handle() { return loop_.get(); }

 private:
  void RunPosted();
  void CheckTurn();

  std::unique_ptr<uv_loop_s> loop_;
  // Wakes the loop; heap memory of ours that is closed in the destructor.
  std::unique_ptr<uv_async_s> wakeup_;
  // Runs in each turn of RunUntil() after the timers and before the wait for sockets.
  std::unique_ptr<uv_prepare_s> turn_;
  // Set during RunUntil().
  absl::AnyInvocable<bool()> holds_;
  // Loop thread only: set by the task that Stop() posts.
  bool stopped_ = false;
  // Loop thread only: tasks taken from posted_ that have not run yet; more than empty between turns
  // only after a Stop().
  std::deque<absl::AnyInvocable<void()>> taken_;

  // Guards posted_ alone; held for a push or a swap, never while a task runs. A std::mutex, because
  // ThreadSanitizer sees its order and not that of the distribution's abseil.
  std::mutex mutex_;
  std::deque<absl::AnyInvocable<void()>> posted_;
};

}  // namespace tideover::loop

#endif  // TIDEOVER_LOOP_EVENT_LOOP_H_
