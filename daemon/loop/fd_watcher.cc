#include "loop/fd_watcher.h"

#include <uv.h>

#include <string>
#include <utility>

#include "loop/uv_handle.h"

namespace tideover::loop {
namespace {

using PollHandle = UvHandle<uv_poll_s, FdEvents>;

absl::Status FdError(int error, int fd) {
  std::string message =
      "watching descriptor " + std::to_string(fd) + ": " + std::string(uv_strerror(error));
  if (error == UV_EEXIST) return absl::AlreadyExistsError(message);
  if (error == UV_ENOMEM || error == UV_ENOSPC) return absl::ResourceExhaustedError(message);
  return absl::InvalidArgumentError(message);
}

void OnPoll(uv_poll_t* poll, int status, int events) {
  FdEvents ready{(events & UV_READABLE) != 0, (events & UV_WRITABLE) != 0};
  if (status < 0) ready = {true, true};
  static_cast<PollHandle*>(poll->data)->Call(ready);
}

}  // namespace

absl::StatusOr<std::unique_ptr<FdWatcher>> FdWatcher::Create(EventLoop& loop, int fd,
                                                             FdEvents interest, Callback callback) {
  auto handle = std::make_unique<PollHandle>(std::move(callback));
  int error = uv_poll_init(loop.handle(), &handle->handle, fd);
  if (error != 0) return FdError(error, fd);
  std::unique_ptr<FdWatcher> watcher(new FdWatcher(handle.release()));
  absl::Status status = watcher->SetInterest(interest);
  if (!status.ok()) return status;
  return watcher;
}

FdWatcher::~FdWatcher() { handle_->Release(); }

absl::Status FdWatcher::SetInterest(FdEvents interest) {
  int events = (interest.readable ? UV_READABLE : 0) | (interest.writable ? UV_WRITABLE : 0);
  int error = events == 0 ? uv_poll_stop(&handle_->handle)
                          : uv_poll_start(&handle_->handle, events, OnPoll);
  if (error == 0) return absl::OkStatus();
  uv_os_fd_t fd = -1;
  uv_fileno(reinterpret_cast<const uv_handle_t*>(&handle_->handle), &fd);
  return FdError(error, fd);
}

}  // namespace tideover::loop
