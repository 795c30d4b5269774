// FdWatcher, a resource: calls back on the loop thread as long as a file descriptor is ready for
// what was asked (level-triggered). The descriptor stays its owner's, who must destroy the watcher
// before closing it; one watcher per descriptor. Loop thread only. The callback may change the
// interest or destroy the watcher.
#ifndef TIDEOVER_LOOP_FD_WATCHER_H_
#define TIDEOVER_LOOP_FD_WATCHER_H_

#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>

#include "loop/event_loop.h"

struct uv_poll_s;

namespace tideover::loop {

template <typename Handle, typename... Args>
struct UvHandle;

// What is waited for, and what has come. A hang-up or an error of the descriptor is reported as
// readable and writable, so that the next read or write finds it; after an error the watcher rests
// until the next SetInterest(). A value.
struct FdEvents {
  bool readable = false;
  bool writable = false;
  bool operator==(const FdEvents&) const = default;
};

class FdWatcher {
 public:
  using Callback = absl::AnyInvocable<void(FdEvents)>;

  // INVALID_ARGUMENT for a descriptor that cannot be waited for (a regular file, a closed one),
  // ALREADY_EXISTS for one that is watched. The descriptor is made non-blocking.
  static absl::StatusOr<std::unique_ptr<FdWatcher>> Create(EventLoop& loop, int fd,
                                                           FdEvents interest, Callback callback);
  ~FdWatcher();
  FdWatcher(const FdWatcher&) = delete;
  FdWatcher& operator=(const FdWatcher&) = delete;

  // With neither event wanted the callback rests.
  absl::Status SetInterest(FdEvents interest);

 private:
  explicit FdWatcher(UvHandle<uv_poll_s, FdEvents>* handle) : handle_(handle) {}

  // Frees itself when libuv has closed it.
  UvHandle<uv_poll_s, FdEvents>* handle_;
};

}  // namespace tideover::loop

#endif  // TIDEOVER_LOOP_FD_WATCHER_H_
