#include "loop/event_loop.h"

#include <uv.h>

#include <utility>

#include "base/check.h"

namespace tideover::loop {

EventLoop::EventLoop()
    : loop_(std::make_unique<uv_loop_t>()),
      wakeup_(std::make_unique<uv_async_t>()),
      turn_(std::make_unique<uv_prepare_t>()) {
  int error = uv_loop_init(loop_.get());
  TIDEOVER_CHECK(error == 0, uv_strerror(error));
  error = uv_async_init(loop_.get(), wakeup_.get(), [](uv_async_t* async) {
    static_cast<EventLoop*>(async->data)->RunPosted();
  });
  TIDEOVER_CHECK(error == 0, uv_strerror(error));
  wakeup_->data = this;
  uv_prepare_init(loop_.get(), turn_.get());
  turn_->data = this;
}

EventLoop::~EventLoop() {
  // A task's destructor may post again; that is dropped too.
  taken_.clear();
  for (bool empty = false; !empty;) {
    std::deque<absl::AnyInvocable<void()>> dropped;
    {
      std::lock_guard lock(mutex_);
      dropped.swap(posted_);
    }
    empty = dropped.empty();
  }
  uv_close(reinterpret_cast<uv_handle_t*>(wakeup_.get()), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(turn_.get()), nullptr);
  // One turn runs the close callbacks of everything that was closed before.
  uv_run(loop_.get(), UV_RUN_NOWAIT);
  int error = uv_loop_close(loop_.get());
  TIDEOVER_CHECK(error == 0, "a timer, watcher or transfer outlives its loop");
}

void EventLoop::Run() {
  stopped_ = false;
  if (!taken_.empty()) uv_async_send(wakeup_.get());
  uv_run(loop_.get(), UV_RUN_DEFAULT);
}

void EventLoop::RunUntil(absl::AnyInvocable<bool()> holds) {
  if (holds()) return;
  holds_ = std::move(holds);
  uv_prepare_start(turn_.get(),
                   [](uv_prepare_t* turn) { static_cast<EventLoop*>(turn->data)->CheckTurn(); });
  Run();
  uv_prepare_stop(turn_.get());
  holds_ = nullptr;
}

void EventLoop::CheckTurn() {
  if (holds_()) uv_stop(loop_.get());
}

void EventLoop::Stop() {
  Post([this] {
    stopped_ = true;
    uv_stop(loop_.get());
  });
}

void EventLoop::Post(absl::AnyInvocable<void()> task) {
  {
    std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
  }
  uv_async_send(wakeup_.get());
}

base::Millis EventLoop::Now() const {
  return base::Millis(static_cast<int64_t>(uv_now(loop_.get())));
}

void EventLoop::RunPosted() {
  if (taken_.empty()) {
    std::lock_guard lock(mutex_);
    taken_.swap(posted_);
  } else {
    // Left over from a Stop(): what was posted since comes after it.
    uv_async_send(wakeup_.get());
  }
  // What these tasks post is left for the next turn, so that timers and sockets get theirs.
  while (!taken_.empty() && !stopped_) {
    absl::AnyInvocable<void()> task = std::move(taken_.front());
    taken_.pop_front();
    std::move(task)();
  }
}

}  // namespace tideover::loop
