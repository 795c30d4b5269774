// Linux: rtnetlink. Notices come by multicast to one socket; what is so is asked for on another, as
// three dumps, which the kernel answers without waiting for anything but its own lock.
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "base/status_macros.h"
#include "loop/link_picture.h"
#include "loop/link_table.h"

namespace tideover::loop {
namespace {

// The kernel never makes datagrams of a dump larger than this.
constexpr size_t kDatagramBytes = 32 << 10;
// Of one dump: some 100,000 routes. What lies beyond is not looked at.
constexpr size_t kDatagramsMax = 1024;
constexpr unsigned kGroups =
    RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE;

absl::Status Failed(std::string_view what) {
  return absl::InternalError("rtnetlink: " + std::string(what) + ": " + std::strerror(errno));
}

class Socket {
 public:
  explicit Socket(unsigned groups)
      : fd_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)) {
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = groups;
    bound_ = fd_ >= 0 && bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  bool bound() const { return bound_; }
  int fd() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
  bool bound_ = false;
};

absl::Status Ask(int fd, uint16_t type, uint32_t number) {
  struct {
    nlmsghdr header;
    rtgenmsg message;
  } request{};
  request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.message);
  request.header.nlmsg_type = type;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.header.nlmsg_seq = number;
  request.message.rtgen_family = AF_UNSPEC;
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  const ssize_t sent = sendto(fd, &request, request.header.nlmsg_len, 0,
                              reinterpret_cast<sockaddr*>(&kernel), sizeof kernel);
  return sent < 0 ? Failed("asking") : absl::OkStatus();
}

absl::Status Dump(int fd, uint16_t type, LinkTable* table) {
  RETURN_IF_ERROR(Ask(fd, type, type));
  std::vector<char> buffer(kDatagramBytes);
  for (size_t i = 0; i < kDatagramsMax; ++i) {
    sockaddr_nl from{};
    socklen_t from_size = sizeof from;
    const ssize_t size = recvfrom(fd, buffer.data(), buffer.size(), MSG_TRUNC,
                                  reinterpret_cast<sockaddr*>(&from), &from_size);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return Failed("reading");
    if (from.nl_pid != 0) continue;  // Not the kernel.
    if (static_cast<size_t>(size) > buffer.size()) return Failed("an answer is too long");
    ASSIGN_OR_RETURN(const bool last,
                     table->Add(std::string_view(buffer.data(), static_cast<size_t>(size)), type));
    if (last) return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<int> OpenLinkNotices() {
  Socket socket(kGroups);
  if (!socket.bound()) return Failed("listening");
  return socket.Release();
}

void DrainLinkNotices(int fd) {
  // Also an overrun (ENOBUFS) only says that something changed.
  std::array<char, 64> ignored;
  while (recv(fd, ignored.data(), ignored.size(), MSG_DONTWAIT) >= 0 || errno == ENOBUFS ||
         errno == EINTR) {
  }
}

absl::StatusOr<LinkPicture> ReadLinks() {
  LinkTable table;
  // A socket for each: what is left of a dump that was given up cannot be taken for the next.
  for (const uint16_t type : {RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE}) {
    const Socket socket(0);
    if (!socket.bound()) return Failed("opening a socket");
    RETURN_IF_ERROR(Dump(socket.fd(), type, &table));
  }
  return table.Picture();
}

}  // namespace tideover::loop
