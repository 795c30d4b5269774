#include "api/worker_pool.h"

#include <algorithm>

namespace tideover::api {

WorkerPool::WorkerPool(int threads, const base::Clock* clock) : clock_(clock) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

WorkerPool::~WorkerPool() { Stop(); }

void WorkerPool::Post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
}

WorkerPool::TimerId WorkerPool::PostAfter(base::Millis delay, Task task) {
  const base::MonoTime due = clock_->Mono() + std::max(delay, base::Millis(0));
  TimerId timer;
  {
    const std::lock_guard lock(mutex_);
    timer = {due, ++last_timer_};
    if (stopping_) return timer;
    timers_.emplace(timer, std::move(task));
  }
  wake_.notify_one();
  return timer;
}

void WorkerPool::Cancel(const TimerId& timer) {
  Task dropped;  // Destroyed outside the lock.
  const std::lock_guard lock(mutex_);
  const auto it = timers_.find(timer);
  if (it == timers_.end()) return;
  dropped = std::move(it->second);
  timers_.erase(it);
}

void WorkerPool::Stop() {
  std::deque<Task> tasks;
  std::map<TimerId, Task> timers;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  const std::lock_guard lock(mutex_);
  tasks.swap(tasks_);
  timers.swap(timers_);
}

// The task to run now; an empty one when the pool stops.
WorkerPool::Task WorkerPool::Next() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!timers_.empty()) {
      const base::Millis left = timers_.begin()->first.first - clock_->Mono();
      if (left <= base::Millis(0)) {
        Task task = std::move(timers_.begin()->second);
        timers_.erase(timers_.begin());
        return task;
      }
      if (tasks_.empty()) {
        wake_.wait_for(lock, left);
        continue;
      }
    }
    if (tasks_.empty()) {
      wake_.wait(lock);
      continue;
    }
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    return task;
  }
  return Task();
}

void WorkerPool::Run() {
  while (Task task = Next()) task();
}

}  // namespace tideover::api
