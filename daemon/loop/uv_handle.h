// UvHandle, private to this module: the memory of one repeating libuv handle together with the
// callback of its owner.
//
// libuv needs the handle until its close callback has run, a turn after the owner is gone;
// therefore it lives on the heap and frees itself there. The owner holds a pointer and calls
// Release() in its destructor, which may happen inside the very callback: the callback object is
// then kept until it has returned, and otherwise destroyed at once. Loop thread only.
#ifndef TIDEOVER_LOOP_UV_HANDLE_H_
#define TIDEOVER_LOOP_UV_HANDLE_H_

#include <absl/functional/any_invocable.h>
#include <uv.h>

#include <utility>

namespace tideover::loop {

template <typename Handle, typename... Args>
struct UvHandle {
  explicit UvHandle(absl::AnyInvocable<void(Args...)> on_event) : callback(std::move(on_event)) {
    handle.data = this;
  }

  // To be called by the libuv callback as its last act: `this` may be released in it.
  void Call(Args... args) {
    running = true;
    callback(args...);
    running = false;
    if (released) callback = nullptr;
  }

  // Only after uv_*_init has succeeded; before, delete is right.
  void Release() {
    released = true;
    if (!running) callback = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(&handle),
             [](uv_handle_t* closed) { delete static_cast<UvHandle*>(closed->data); });
  }

  Handle handle{};
  absl::AnyInvocable<void(Args...)> callback;
  bool running = false;
  bool released = false;
};

}  // namespace tideover::loop

#endif  // TIDEOVER_LOOP_UV_HANDLE_H_
