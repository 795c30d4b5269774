// macOS: a routing socket for the notices, getifaddrs for what is so. It does not look at routes: a
// link that runs and has an address beyond the link counts as usable. No Mac has run it so far: it
// is compiled for macOS, and what getifaddrs says is read on Linux too, in its test.
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "loop/link_picture.h"

namespace tideover::loop {
namespace {

// The address as text that is only compared; empty for one that leads nowhere.
std::string WayOf(const ifaddrs& entry) {
  const unsigned needed = IFF_UP | IFF_RUNNING;
  if ((entry.ifa_flags & needed) != needed || (entry.ifa_flags & IFF_LOOPBACK) != 0) return "";
  if (entry.ifa_addr == nullptr) return "";
  const std::string name = std::string(entry.ifa_name) + "/";
  if (entry.ifa_addr->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(entry.ifa_addr);
    const uint32_t address = ntohl(v4->sin_addr.s_addr);
    return (address >> 16) == 0xa9fe ? "" : name + std::to_string(address);
  }
  if (entry.ifa_addr->sa_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(entry.ifa_addr);
    if (IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr)) return "";
    return name + std::string(reinterpret_cast<const char*>(&v6->sin6_addr), 16);
  }
  return "";
}

}  // namespace

absl::StatusOr<int> OpenLinkNotices() {
  const int fd = socket(PF_ROUTE, SOCK_RAW, 0);
  if (fd < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
    const std::string why = std::strerror(errno);
    if (fd >= 0) close(fd);
    return absl::InternalError("routing socket: " + why);
  }
  return fd;
}

void DrainLinkNotices(int fd) {
  std::array<char, 64> ignored;
  while (recv(fd, ignored.data(), ignored.size(), MSG_DONTWAIT) >= 0 || errno == ENOBUFS ||
         errno == EINTR) {
  }
}

absl::StatusOr<LinkPicture> ReadLinks() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) {
    return absl::InternalError("getifaddrs: " + std::string(std::strerror(errno)));
  }
  LinkPicture picture;
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    std::string way = WayOf(*entry);
    if (!way.empty()) picture.ways.insert(std::move(way));
  }
  freeifaddrs(first);
  return picture;
}

}  // namespace tideover::loop
