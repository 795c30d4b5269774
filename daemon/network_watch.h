// NetworkWatch: what the machine says of its network: links that come and go, and sleep. A
// resource, owned by the daemon; loop thread only.
//
// A backend on this machine itself is reached whatever the links do: for it, links are not looked
// at. The name decides (127.0.0.0/8, ::1, localhost), or that of the proxy where there is one; what
// a name server or /etc/hosts makes of other names is not asked: `network_mode = "always"`, or
// `tideover network online`, says that links do not matter.
#ifndef TIDEOVER_NETWORK_WATCH_H_
#define TIDEOVER_NETWORK_WATCH_H_

#include <absl/functional/any_invocable.h>

#include <memory>
#include <string>

#include "loop/event_loop.h"
#include "loop/link_monitor.h"
#include "loop/sleep_watcher.h"

namespace tideover {

struct NetworkEvents {
  absl::AnyInvocable<void(bool up)> on_link;
  absl::AnyInvocable<void()> on_awake;
};

class NetworkWatch {
 public:
  // `first_hop`: the URL of the proxy, or of the backend.
  NetworkWatch(loop::EventLoop& loop, const std::string& first_hop, NetworkEvents events);

  // True also where nobody can tell.
  bool up() const { return links_ == nullptr || links_->up(); }

 private:
  NetworkEvents events_;
  std::unique_ptr<loop::LinkMonitor> links_;  // None: they do not matter, or cannot be seen.
  loop::SleepWatcher sleep_;
};

}  // namespace tideover

#endif  // TIDEOVER_NETWORK_WATCH_H_
