// LinkTable: what rtnetlink says of links, addresses and routes, gathered from the kernel's answers
// to three dump requests (RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE). A value without input or output,
// so that every message, true or false, can be put to it.
//
// A message that does not fit its own lengths is an error of the whole dump; message types,
// attributes and families that are not known are passed over.
#ifndef TIDEOVER_LOOP_LINK_TABLE_H_
#define TIDEOVER_LOOP_LINK_TABLE_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "loop/link_picture.h"

struct nlmsghdr;

namespace tideover::loop {

// Addresses and routes that are remembered; a router has more, and needs no more to be up.
inline constexpr size_t kLinkFactsMax = 4096;

class LinkTable {
 public:
  // One datagram of the answer to the request with this number. True: it was the last one.
  // UNAVAILABLE when the kernel says that the dump is not of one moment.
  absl::StatusOr<bool> Add(std::string_view datagram, uint32_t request);

  LinkPicture Picture() const;

 private:
  // Interface and address family.
  using Side = std::pair<int, int>;

  absl::Status Take(const nlmsghdr& header, std::string_view payload);
  absl::Status TakeLink(std::string_view payload);
  absl::Status TakeAddress(std::string_view payload);
  absl::Status TakeRoute(std::string_view payload);
  bool Full() const { return addresses_.size() + defaults_.size() >= kLinkFactsMax; }

  std::set<int> running_;                             // No loopbacks.
  std::set<std::pair<Side, std::string>> addresses_;  // Beyond the link.
  std::set<Side> routed_;                             // Some route leads there.
  std::set<std::pair<Side, std::string>> defaults_;   // Gateway and metric.
};

}  // namespace tideover::loop

#endif  // TIDEOVER_LOOP_LINK_TABLE_H_
