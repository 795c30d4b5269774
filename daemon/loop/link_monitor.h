// LinkMonitor, a resource: says when the machine gains or loses its network, or goes over to
// another one. Owned by the daemon; loop thread only.
//
// Notices are gathered for a moment, then everything is read anew and compared: a notice that was
// lost, or a flood of them, makes no difference, and links that flap are reported once a second at
// most. Where the platform cannot be asked (a sandbox), Create fails, and its caller takes the
// network for up.
#ifndef TIDEOVER_LOOP_LINK_MONITOR_H_
#define TIDEOVER_LOOP_LINK_MONITOR_H_

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include <memory>

#include "loop/event_loop.h"
#include "loop/fd_watcher.h"
#include "loop/link_picture.h"
#include "loop/timer.h"

namespace tideover::loop {

// From a notice to the look that it causes: what belongs together comes together.
inline constexpr base::Millis kLinkSettle{150};
// Between two looks.
inline constexpr base::Millis kLinkRest{1000};

class LinkMonitor {
 public:
  // Whether a link is usable now. Called also when one is still usable, but not the same way. The
  // callback may destroy the monitor.
  using OnChange = absl::AnyInvocable<void(bool up)>;

  static absl::StatusOr<std::unique_ptr<LinkMonitor>> Create(EventLoop& loop, OnChange on_change);
  ~LinkMonitor();
  LinkMonitor(const LinkMonitor&) = delete;
  LinkMonitor& operator=(const LinkMonitor&) = delete;

  bool up() const { return picture_.up(); }

 private:
  LinkMonitor(EventLoop& loop, int fd, OnChange on_change);
  void OnNotice();
  void Look();

  EventLoop& loop_;
  const int fd_;
  OnChange on_change_;
  std::unique_ptr<FdWatcher> watcher_;
  Timer timer_;
  base::Millis looked_at_{0};  // The loop's time.
  LinkPicture picture_;
};

}  // namespace tideover::loop

#endif  // TIDEOVER_LOOP_LINK_MONITOR_H_
