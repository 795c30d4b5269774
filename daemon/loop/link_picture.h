// LinkPicture: which of the machine's links lead anywhere, at one moment. A value; and the two
// questions that each platform answers for LinkMonitor: how it says that something changed, and
// what is so now. Loop thread only.
//
// A link is usable when it is no loopback, runs (has a carrier), and has an address beyond the link
// together with a route of the same family. That is no promise that anything answers: a bridge of a
// container host counts, too. The error is on the right side: a wrong "up" costs a probe now and
// then, a wrong "down" would keep everything from being sent.
#ifndef TIDEOVER_LOOP_LINK_PICTURE_H_
#define TIDEOVER_LOOP_LINK_PICTURE_H_

#include <absl/status/statusor.h>

#include <set>
#include <string>

namespace tideover::loop {

struct LinkPicture {
  // Addresses of usable links and default routes, in words that are only compared.
  std::set<std::string> ways;

  bool up() const { return !ways.empty(); }
  bool operator==(const LinkPicture&) const = default;
};

// A non-blocking descriptor of the caller's that becomes readable when a link, an address or a
// route may have changed. What it says is thrown away, not read: so nothing is lost when it
// overruns.
absl::StatusOr<int> OpenLinkNotices();
// Takes away what has come; the descriptor rests until the next change.
void DrainLinkNotices(int fd);

// UNAVAILABLE: it changed while it was read; ask again.
absl::StatusOr<LinkPicture> ReadLinks();

}  // namespace tideover::loop

#endif  // TIDEOVER_LOOP_LINK_PICTURE_H_
