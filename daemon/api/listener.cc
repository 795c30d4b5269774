#include "api/listener.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "api/limits.h"
#include "base/logging.h"
#include "base/status_macros.h"

namespace tideover::api {
namespace {

// Connections that are accepted in one turn of the loop.
constexpr int kAcceptsPerTurn = 16;
// How long to rest when the process has no descriptor or memory left.
constexpr base::Millis kRest{500};

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Create(loop::EventLoop& loop,
                                                           ListenerOptions options,
                                                           OnConnection on_connection) {
  absl::StatusOr<BoundSocket> socket = options.activation_fd >= 0
                                           ? BoundSocket::Adopt(options.activation_fd)
                                           : BoundSocket::Bind(options.path);
  if (!socket.ok()) return socket.status();
  if (options.allowed_uids.empty()) options.allowed_uids = {geteuid(), 0};
  std::unique_ptr<Listener> listener(
      new Listener(loop, std::move(options), *std::move(socket), std::move(on_connection)));
  Listener* const self = listener.get();
  ASSIGN_OR_RETURN(listener->watcher_,
                   loop::FdWatcher::Create(loop, self->socket_.fd(), {.readable = true},
                                           [self](loop::FdEvents) { self->AcceptSome(); }));
  return listener;
}

Listener::Listener(loop::EventLoop& loop, ListenerOptions options, BoundSocket socket,
                   OnConnection on_connection)
    : options_(std::move(options)),
      socket_(std::move(socket)),
      on_connection_(std::move(on_connection)),
      connections_(kConnectionsMax),
      resume_(loop) {}

void Listener::AcceptSome() {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    const int fd = accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
      resting_logged_ = false;
      Admit(fd);
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) Rest();
    return;
  }
}

void Listener::Admit(int fd) {
  const absl::StatusOr<uid_t> uid = PeerUid(fd);
  if (!uid.ok() || !IsAllowed(*uid)) {
    base::Log(base::LogLevel::kWarning, "api", "refused a connection of another user",
              {{"uid", uid.ok() ? static_cast<int64_t>(*uid) : -1}});
    close(fd);
    return;
  }
  if (!connections_.HasRoom()) {
    if (!std::exchange(full_logged_, true)) {
      base::Log(base::LogLevel::kWarning, "api", "too many connections; further ones are closed",
                {{"limit", kConnectionsMax}});
    }
    close(fd);
    return;
  }
  full_logged_ = false;
  connections_.Add(fd);
  on_connection_(fd);
}

bool Listener::IsAllowed(uid_t uid) const {
  return std::find(options_.allowed_uids.begin(), options_.allowed_uids.end(), uid) !=
         options_.allowed_uids.end();
}

void Listener::Rest() {
  const int error = errno;
  if (!std::exchange(resting_logged_, true)) {
    base::Log(base::LogLevel::kError, "api", "cannot accept connections for the moment",
              {{"error", std::strerror(error)}});
  }
  (void)watcher_->SetInterest({});
  resume_.Start(kRest, [this] { (void)watcher_->SetInterest({.readable = true}); });
}

}  // namespace tideover::api
