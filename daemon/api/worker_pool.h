// WorkerPool: a few threads for work that must not run on gRPC's own (scans, answers that need a
// snapshot after a hand-over), and the one timer facility of the API. A resource, owned by the
// server; Post, PostAfter and Cancel may be called from any thread, also from a task. Tasks start
// in the order of their posts; a task that is long must cut itself into slices and post the rest.
// Stop ends the threads after the tasks under way; what waits is destroyed without having run.
#ifndef TIDEOVER_API_WORKER_POOL_H_
#define TIDEOVER_API_WORKER_POOL_H_

#include <absl/functional/any_invocable.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace tideover::api {

class WorkerPool {
 public:
  using Task = absl::AnyInvocable<void()>;
  // Names a timer: when it is due, and a number.
  using TimerId = std::pair<base::MonoTime, uint64_t>;

  WorkerPool(int threads, const base::Clock* clock);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void Post(Task task);
  TimerId PostAfter(base::Millis delay, Task task);
  // Nothing happens when the timer has fired.
  void Cancel(const TimerId& timer);
  void Stop();

 private:
  void Run();
  Task Next();

  const base::Clock* const clock_;
  std::mutex mutex_;  // Guards everything below; never held while a task runs.
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  std::map<TimerId, Task> timers_;
  uint64_t last_timer_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_WORKER_POOL_H_
