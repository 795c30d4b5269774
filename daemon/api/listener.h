// Listener: accepts connections on the daemon's Unix-domain socket, looks at who connects before a
// byte is read, and hands the descriptor on. A resource, owned by the daemon; on the loop thread.
// Whoever is not allowed is hung up on and logged. When descriptors run out it rests for a while
// instead of spinning, and says so once.
#ifndef TIDEOVER_API_LISTENER_H_
#define TIDEOVER_API_LISTENER_H_

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "api/connection_count.h"
#include "api/unix_socket.h"
#include "base/clock.h"
#include "loop/event_loop.h"
#include "loop/fd_watcher.h"
#include "loop/timer.h"

namespace tideover::api {

struct ListenerOptions {
  // Where to listen; see BoundSocket::Bind. Not used with `activation_fd`.
  std::string path;
  // A listening socket from systemd's socket activation, which becomes the listener's; -1: none.
  int activation_fd = -1;
  // Users who may connect; empty: the daemon's own and root.
  std::vector<uid_t> allowed_uids;
};

class Listener {
 public:
  // Takes a connected socket over, for good (Server::AddConnection).
  using OnConnection = absl::AnyInvocable<void(int fd)>;

  static absl::StatusOr<std::unique_ptr<Listener>> Create(loop::EventLoop& loop,
                                                          ListenerOptions options,
                                                          OnConnection on_connection);
  ~Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

 private:
  Listener(loop::EventLoop& loop, ListenerOptions options, BoundSocket socket,
           OnConnection on_connection);
  void AcceptSome();
  void Admit(int fd);
  bool IsAllowed(uid_t uid) const;
  void Rest();

  const ListenerOptions options_;
  const BoundSocket socket_;
  OnConnection on_connection_;
  ConnectionCount connections_;
  bool resting_logged_ = false;
  bool full_logged_ = false;
  loop::Timer resume_;
  std::unique_ptr<loop::FdWatcher> watcher_;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_LISTENER_H_
