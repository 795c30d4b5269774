#include "network_watch.h"

#include <utility>

#include "base/clock.h"
#include "base/logging.h"
#include "net/request_check.h"

namespace tideover {

using base::Log;
using base::LogLevel;

NetworkWatch::NetworkWatch(loop::EventLoop& loop, const std::string& first_hop,
                           NetworkEvents events)
    : events_(std::move(events)), sleep_(loop, base::TimeAsleep, [this](base::Millis slept) {
        Log(LogLevel::kInfo, "network", "awake again", {{"slept_s", slept.count() / 1000}});
        events_.on_awake();
      }) {
  if (net::IsLoopbackUrl(first_hop)) return;
  auto links = loop::LinkMonitor::Create(loop, [this](bool up) {
    Log(LogLevel::kInfo, "network", up ? "the links changed" : "no link is usable");
    events_.on_link(up);
  });
  if (links.ok()) {
    links_ = *std::move(links);
  } else {
    Log(LogLevel::kWarning, "network", "links are not watched: taken for up",
        {{"error", links.status().ToString()}});
  }
}

}  // namespace tideover
