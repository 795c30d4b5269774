// Runs an event loop in the test's own thread until something holds: tests wait for what happens,
// never for time to pass. The limit only turns a hang into a failure. The predicate may also look
// at what other threads do: it is asked at least every few milliseconds.
#ifndef TIDEOVER_TESTS_SUPPORT_LOOP_RUNNER_H_
#define TIDEOVER_TESTS_SUPPORT_LOOP_RUNNER_H_

#include <functional>

#include "loop/event_loop.h"
#include "loop/timer.h"

namespace tideover::support {

// False when the limit passed first.
template <typename Predicate>
bool RunUntil(loop::EventLoop& loop, Predicate holds,
              base::Millis limit = std::chrono::seconds(20)) {
  bool expired = false;
  loop::Timer guard(loop);
  guard.Start(limit, [&expired] { expired = true; });
  loop::Timer tick(loop);
  std::function<void()> tick_again = [&] { tick.Start(base::Millis(5), tick_again); };
  tick_again();
  loop.RunUntil([&] { return expired || holds(); });
  return holds();
}

// Runs what is due now and what that posts, without waiting for anything else.
inline void RunPending(loop::EventLoop& loop) {
  for (int turn = 0; turn < 3; ++turn) {
    bool passed = false;
    loop.Post([&passed] { passed = true; });
    loop.RunUntil([&passed] { return passed; });
  }
}

}  // namespace tideover::support

#endif  // TIDEOVER_TESTS_SUPPORT_LOOP_RUNNER_H_
