#include "loop/signal_watcher.h"

#include <uv.h>

#include <utility>

#include "base/check.h"
#include "loop/uv_handle.h"

namespace tideover::loop {

SignalWatcher::SignalWatcher(EventLoop& loop, int signum, absl::AnyInvocable<void()> callback)
    : handle_(new UvHandle<uv_signal_s>(std::move(callback))) {
  int error = uv_signal_init(loop.handle(), &handle_->handle);
  TIDEOVER_CHECK(error == 0, uv_strerror(error));
  error = uv_signal_start(
      &handle_->handle,
      [](uv_signal_t* signal, int) { static_cast<UvHandle<uv_signal_s>*>(signal->data)->Call(); },
      signum);
  TIDEOVER_CHECK(error == 0, uv_strerror(error));
}

SignalWatcher::~SignalWatcher() { handle_->Release(); }

}  // namespace tideover::loop
