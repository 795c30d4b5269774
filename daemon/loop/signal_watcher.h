// SignalWatcher, a resource: calls back on the loop thread each time the process receives a signal,
// and replaces the signal's default action while it exists. Owned by the daemon; loop thread only.
// Several signals that arrive close together may be one call. It may be destroyed in its callback.
#ifndef TIDEOVER_LOOP_SIGNAL_WATCHER_H_
#define TIDEOVER_LOOP_SIGNAL_WATCHER_H_

#include <absl/functional/any_invocable.h>

#include "loop/event_loop.h"

struct uv_signal_s;

namespace tideover::loop {

template <typename Handle, typename... Args>
struct UvHandle;

class SignalWatcher {
 public:
  // `signum` must be a signal that can be caught.
  SignalWatcher(EventLoop& loop, int signum, absl::AnyInvocable<void()> callback);
  ~SignalWatcher();
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

 private:
  // Frees itself when libuv has closed it.
  UvHandle<uv_signal_s>* handle_;
};

}  // namespace tideover::loop

#endif  // TIDEOVER_LOOP_SIGNAL_WATCHER_H_
