// Later, a resource: runs tasks in a later turn of the loop for as long as its owner lives, so that
// a call that could be answered at once is still never answered before it has returned. Member of
// the object that the tasks use; its destruction drops what has not run. Loop thread only.
#ifndef TIDEOVER_APPSYNC_LATER_H_
#define TIDEOVER_APPSYNC_LATER_H_

#include <absl/functional/any_invocable.h>

#include <memory>
#include <utility>

#include "loop/event_loop.h"

namespace tideover::appsync {

class Later {
 public:
  explicit Later(loop::EventLoop& loop) : loop_(loop), alive_(std::make_shared<bool>(true)) {}
  Later(const Later&) = delete;
  Later& operator=(const Later&) = delete;

  void Run(absl::AnyInvocable<void()> task) {
    loop_.Post([alive = std::weak_ptr<bool>(alive_), task = std::move(task)]() mutable {
      if (!alive.expired()) task();
    });
  }

 private:
  loop::EventLoop& loop_;
  const std::shared_ptr<bool> alive_;
};

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_LATER_H_
