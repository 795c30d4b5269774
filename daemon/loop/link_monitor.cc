#include "loop/link_monitor.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/logging.h"
#include "base/status_macros.h"

namespace tideover::loop {

absl::StatusOr<std::unique_ptr<LinkMonitor>> LinkMonitor::Create(EventLoop& loop,
                                                                 OnChange on_change) {
  // Listens first: a change while the first picture is read is not missed.
  ASSIGN_OR_RETURN(const int fd, OpenLinkNotices());
  std::unique_ptr<LinkMonitor> monitor(new LinkMonitor(loop, fd, std::move(on_change)));
  ASSIGN_OR_RETURN(monitor->watcher_,
                   FdWatcher::Create(loop, fd, {.readable = true},
                                     [self = monitor.get()](FdEvents) { self->OnNotice(); }));
  absl::StatusOr<LinkPicture> picture = ReadLinks();
  if (absl::IsUnavailable(picture.status())) picture = ReadLinks();
  RETURN_IF_ERROR(picture.status());
  monitor->picture_ = *std::move(picture);
  return monitor;
}

LinkMonitor::LinkMonitor(EventLoop& loop, int fd, OnChange on_change)
    : loop_(loop), fd_(fd), on_change_(std::move(on_change)), timer_(loop) {}

LinkMonitor::~LinkMonitor() {
  watcher_.reset();
  close(fd_);
}

void LinkMonitor::OnNotice() {
  DrainLinkNotices(fd_);
  // After an error of the descriptor the watcher rests until it is asked again.
  (void)watcher_->SetInterest({.readable = true});
  if (timer_.armed()) return;
  timer_.Start(std::max(kLinkSettle, looked_at_ + kLinkRest - loop_.Now()), [this] { Look(); });
}

void LinkMonitor::Look() {
  looked_at_ = loop_.Now();
  absl::StatusOr<LinkPicture> picture = ReadLinks();
  if (!picture.ok()) {
    base::Log(base::LogLevel::kDebug, "links", "reading them again",
              {{"why", picture.status().ToString()}});
    timer_.Start(kLinkRest, [this] { Look(); });
    return;
  }
  if (*picture == picture_) return;
  picture_ = *std::move(picture);
  on_change_(picture_.up());
}

}  // namespace tideover::loop
