#include "loop/link_table.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cstring>
#include <optional>

#include "base/status_macros.h"

namespace tideover::loop {
namespace {

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError("rtnetlink: malformed " + std::string(what));
}

// Messages need not be aligned in a buffer that we did not make.
template <typename T>
std::optional<T> ReadStruct(std::string_view bytes) {
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::string_view After(std::string_view bytes, size_t count) {
  return bytes.substr(std::min(bytes.size(), count));
}

// By type; the last of a kind wins. Nothing: the attributes do not fit their lengths.
std::optional<std::map<int, std::string_view>> ReadAttributes(std::string_view bytes) {
  std::map<int, std::string_view> attributes;
  while (!bytes.empty()) {
    const auto header = ReadStruct<rtattr>(bytes);
    if (!header.has_value()) return std::nullopt;
    if (header->rta_len < sizeof(rtattr) || header->rta_len > bytes.size()) return std::nullopt;
    attributes[header->rta_type & NLA_TYPE_MASK] =
        bytes.substr(sizeof(rtattr), header->rta_len - sizeof(rtattr));
    bytes = After(bytes, RTA_ALIGN(header->rta_len));
  }
  return attributes;
}

std::string_view ValueOf(const std::map<int, std::string_view>& attributes, int type) {
  const auto it = attributes.find(type);
  return it == attributes.end() ? std::string_view() : it->second;
}

// The interfaces of a route with several next hops.
std::optional<std::set<int>> NextHops(std::string_view bytes) {
  std::set<int> interfaces;
  while (!bytes.empty()) {
    const auto hop = ReadStruct<rtnexthop>(bytes);
    if (!hop.has_value()) return std::nullopt;
    if (hop->rtnh_len < sizeof(rtnexthop) || hop->rtnh_len > bytes.size()) return std::nullopt;
    if ((hop->rtnh_flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) == 0) {
      interfaces.insert(hop->rtnh_ifindex);
    }
    bytes = After(bytes, RTNH_ALIGN(hop->rtnh_len));
  }
  return interfaces;
}

bool IsLinkLocal(int family, std::string_view address) {
  if (family != AF_INET6 || address.size() < 2) return false;
  return static_cast<unsigned char>(address[0]) == 0xfe && (address[1] & 0xc0) == 0x80;
}

}  // namespace

absl::StatusOr<bool> LinkTable::Add(std::string_view datagram, uint32_t request) {
  while (!datagram.empty()) {
    const auto header = ReadStruct<nlmsghdr>(datagram);
    if (!header.has_value()) return Malformed("header");
    if (header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > datagram.size()) {
      return Malformed("length");
    }
    const std::string_view payload =
        datagram.substr(sizeof(nlmsghdr), header->nlmsg_len - sizeof(nlmsghdr));
    datagram = After(datagram, NLMSG_ALIGN(header->nlmsg_len));
    if (header->nlmsg_seq != request) continue;
    if ((header->nlmsg_flags & NLM_F_DUMP_INTR) != 0) {
      return absl::UnavailableError("rtnetlink: changed while it was read");
    }
    if (header->nlmsg_type == NLMSG_DONE) return true;
    if (header->nlmsg_type == NLMSG_ERROR) return absl::InternalError("rtnetlink: refused");
    if (header->nlmsg_type == NLMSG_OVERRUN) return absl::UnavailableError("rtnetlink: overrun");
    RETURN_IF_ERROR(Take(*header, payload));
  }
  return false;
}

absl::Status LinkTable::Take(const nlmsghdr& header, std::string_view payload) {
  switch (header.nlmsg_type) {
    case RTM_NEWLINK:
      return TakeLink(payload);
    case RTM_NEWADDR:
      return TakeAddress(payload);
    case RTM_NEWROUTE:
      return TakeRoute(payload);
    default:
      return absl::OkStatus();
  }
}

absl::Status LinkTable::TakeLink(std::string_view payload) {
  const auto link = ReadStruct<ifinfomsg>(payload);
  if (!link.has_value()) return Malformed("link");
  const bool runs = (link->ifi_flags & IFF_UP) != 0 && (link->ifi_flags & IFF_RUNNING) != 0;
  if (runs && (link->ifi_flags & IFF_LOOPBACK) == 0) running_.insert(link->ifi_index);
  return absl::OkStatus();
}

absl::Status LinkTable::TakeAddress(std::string_view payload) {
  const auto address = ReadStruct<ifaddrmsg>(payload);
  if (!address.has_value()) return Malformed("address");
  const auto attributes = ReadAttributes(After(payload, NLMSG_ALIGN(sizeof(ifaddrmsg))));
  if (!attributes.has_value()) return Malformed("attributes of an address");
  uint32_t flags = address->ifa_flags;
  if (const auto wide = ReadStruct<uint32_t>(ValueOf(*attributes, IFA_FLAGS))) flags = *wide;
  if ((flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) != 0) return absl::OkStatus();
  if (address->ifa_scope >= RT_SCOPE_LINK || Full()) return absl::OkStatus();
  std::string_view bytes = ValueOf(*attributes, IFA_LOCAL);
  if (bytes.empty()) bytes = ValueOf(*attributes, IFA_ADDRESS);
  const Side side(static_cast<int>(address->ifa_index), address->ifa_family);
  addresses_.emplace(side, bytes);
  return absl::OkStatus();
}

absl::Status LinkTable::TakeRoute(std::string_view payload) {
  const auto route = ReadStruct<rtmsg>(payload);
  if (!route.has_value()) return Malformed("route");
  const auto attributes = ReadAttributes(After(payload, NLMSG_ALIGN(sizeof(rtmsg))));
  if (!attributes.has_value()) return Malformed("attributes of a route");
  const unsigned useless = RTM_F_CLONED | RTNH_F_DEAD | RTNH_F_LINKDOWN;
  if (route->rtm_type != RTN_UNICAST || (route->rtm_flags & useless) != 0) return absl::OkStatus();
  if (IsLinkLocal(route->rtm_family, ValueOf(*attributes, RTA_DST))) return absl::OkStatus();
  auto interfaces = NextHops(ValueOf(*attributes, RTA_MULTIPATH));
  if (!interfaces.has_value()) return Malformed("next hops");
  if (const auto out = ReadStruct<int32_t>(ValueOf(*attributes, RTA_OIF))) interfaces->insert(*out);
  for (const int interface : *interfaces) {
    const Side side(interface, route->rtm_family);
    routed_.insert(side);
    if (route->rtm_dst_len != 0 || Full()) continue;
    defaults_.emplace(side, std::string(ValueOf(*attributes, RTA_GATEWAY)) + "/" +
                                std::string(ValueOf(*attributes, RTA_PRIORITY)));
  }
  return absl::OkStatus();
}

LinkPicture LinkTable::Picture() const {
  LinkPicture picture;
  std::set<Side> usable;
  const auto say = [&picture](const char* what, const auto& fact) {
    const auto& [side, text] = fact;
    picture.ways.insert(what + std::to_string(side.first) + "/" + std::to_string(side.second) +
                        "/" + text);
  };
  for (const auto& address : addresses_) {
    if (!running_.contains(address.first.first) || !routed_.contains(address.first)) continue;
    usable.insert(address.first);
    say("address ", address);
  }
  for (const auto& route : defaults_) {
    if (usable.contains(route.first)) say("default ", route);
  }
  return picture;
}

}  // namespace tideover::loop
