#include "loop/timer.h"

#include <uv.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace tideover::loop {

Timer::Timer(EventLoop& loop) : handle_(new uv_timer_t) {
  int error = uv_timer_init(loop.handle(), handle_);
  TIDEOVER_CHECK(error == 0, uv_strerror(error));
  handle_->data = this;
}

Timer::~Timer() {
  handle_->data = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(handle_),
           [](uv_handle_t* closed) { delete reinterpret_cast<uv_timer_t*>(closed); });
}

void Timer::Start(base::Millis delay, absl::AnyInvocable<void()> callback) {
  TIDEOVER_CHECK(static_cast<bool>(callback), "a timer without a callback");
  callback_ = std::move(callback);
  // libuv counts from the start of the turn; a long turn must not make the timer early.
  uv_update_time(handle_->loop);
  auto ms = static_cast<uint64_t>(std::max<int64_t>(delay.count(), 0));
  uv_timer_start(
      handle_, [](uv_timer_t* timer) { static_cast<Timer*>(timer->data)->Fire(); }, ms, 0);
}

void Timer::Cancel() {
  uv_timer_stop(handle_);
  callback_ = nullptr;
}

void Timer::Fire() {
  // The callback may destroy this timer or start it again.
  absl::AnyInvocable<void()> callback = std::exchange(callback_, nullptr);
  callback();
}

}  // namespace tideover::loop
