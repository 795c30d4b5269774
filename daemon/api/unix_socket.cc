#include "api/unix_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/status_macros.h"

namespace tideover::api {
namespace {

// Connections that may wait to be accepted.
constexpr int kBacklog = 128;

absl::Status Errno(const std::string& what) {
  return absl::InternalError(fmt::format("{}: {}", what, std::strerror(errno)));
}

// Closes what it holds.
class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

absl::Status CheckDirectory(int fd, const std::string& path) {
  struct stat info {};
  if (fstat(fd, &info) != 0) return Errno("looking at " + path);
  if (info.st_uid != geteuid()) {
    return absl::FailedPreconditionError(
        fmt::format("the socket's directory {} belongs to user {}, not to us ({}): choose another "
                    "one",
                    path, info.st_uid, geteuid()));
  }
  if ((info.st_mode & 0077) != 0) {
    return absl::FailedPreconditionError(fmt::format(
        "the socket's directory {} has mode {:04o}, so that others may enter it: chmod 0700 it, or "
        "choose another one",
        path, info.st_mode & 07777));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> OpenDirectory(const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return Errno("making the socket's directory " + path);
  }
  Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (fd.get() < 0) {
    return absl::FailedPreconditionError(
        fmt::format("the socket's directory {} cannot be opened: {}", path, std::strerror(errno)));
  }
  RETURN_IF_ERROR(CheckDirectory(fd.get(), path));
  return fd.Release();
}

// The address goes by the open directory: a link that is swapped in meanwhile is not followed, and
// a long path fits.
absl::StatusOr<sockaddr_un> AddressOf(int directory, const std::string& name) {
  const std::string path = fmt::format("/proc/self/fd/{}/{}", directory, name);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return absl::InvalidArgumentError(fmt::format("the socket's name {} is too long", name));
  }
  path.copy(address.sun_path, path.size());
  return address;
}

const sockaddr* Generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

// Makes room for the socket where a dead daemon left one.
absl::Status RemoveStale(int directory, const std::string& name, const std::string& path,
                         const sockaddr_un& address) {
  struct stat info {};
  if (fstatat(directory, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? absl::OkStatus() : Errno("looking at " + path);
  }
  if (!S_ISSOCK(info.st_mode)) {
    return absl::FailedPreconditionError(
        fmt::format("{} is there and is no socket: move it away, or choose another path", path));
  }
  const Fd probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (probe.get() < 0) return Errno("making a socket");
  const int code = connect(probe.get(), Generic(address), sizeof address);
  if (code == 0 || errno == EAGAIN) {
    return absl::AlreadyExistsError(fmt::format("another daemon listens on {}", path));
  }
  if (unlinkat(directory, name.c_str(), 0) != 0) return Errno("removing the stale socket " + path);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<BoundSocket> BoundSocket::Bind(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == path.size()) {
    return absl::InvalidArgumentError(
        fmt::format("the socket's path \"{}\" must be absolute and name a file", path));
  }
  const std::string name = path.substr(slash + 1);
  ASSIGN_OR_RETURN(const int directory_fd, OpenDirectory(path.substr(0, slash)));
  const Fd directory(directory_fd);
  ASSIGN_OR_RETURN(const sockaddr_un address, AddressOf(directory.get(), name));
  RETURN_IF_ERROR(RemoveStale(directory.get(), name, path, address));
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return Errno("making a socket");
  const mode_t mask = umask(0177);
  const int code = bind(fd.get(), Generic(address), sizeof address);
  umask(mask);
  if (code != 0) return Errno("binding " + path);
  struct stat info {};
  if (fstatat(directory.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    return Errno("looking at " + path);
  }
  if (listen(fd.get(), kBacklog) != 0) return Errno("listening on " + path);
  return BoundSocket(fd.Release(), path, info.st_ino);
}

absl::StatusOr<BoundSocket> BoundSocket::Adopt(int fd) {
  int listening = 0;
  socklen_t size = sizeof listening;
  sockaddr_un address{};
  socklen_t address_size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &address_size) != 0 ||
      address.sun_family != AF_UNIX ||
      getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0) {
    return absl::InvalidArgumentError(
        "the descriptor of the socket activation is no listening Unix-domain socket");
  }
  return BoundSocket(fd, "", 0);
}

BoundSocket::BoundSocket(BoundSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)), inode_(other.inode_) {
  other.path_.clear();
}

BoundSocket::~BoundSocket() {
  if (fd_ < 0) return;
  close(fd_);
  struct stat info {};
  if (!path_.empty() && lstat(path_.c_str(), &info) == 0 && info.st_ino == inode_) {
    unlink(path_.c_str());
  }
}

absl::StatusOr<uid_t> PeerUid(int fd) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return Errno("asking who connects");
  }
  return credentials.uid;
}

}  // namespace tideover::api
