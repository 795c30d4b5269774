// The Unix-domain socket of the daemon: made so that nobody else can take its place or connect, and
// asked who is at the other end. Functions over descriptors; at start, on one thread (the mode of
// files is the process's while a socket is bound).
#ifndef TIDEOVER_API_UNIX_SOCKET_H_
#define TIDEOVER_API_UNIX_SOCKET_H_

#include <absl/status/statusor.h>
#include <sys/types.h>

#include <string>

namespace tideover::api {

// A listening socket of ours. A resource: the destructor closes it and takes the file away, unless
// another socket stands there by now.
class BoundSocket {
 public:
  // The directory is made with mode 0700 if it is missing; it must be ours, and nobody else's to
  // enter or write (FAILED_PRECONDITION). The socket gets mode 0600. ALREADY_EXISTS when somebody
  // listens there; a socket that a dead daemon left is replaced.
  static absl::StatusOr<BoundSocket> Bind(const std::string& path);
  // A listening socket that systemd made; its file stays.
  static absl::StatusOr<BoundSocket> Adopt(int fd);

  BoundSocket(BoundSocket&& other) noexcept;
  BoundSocket& operator=(BoundSocket&&) = delete;
  ~BoundSocket();

  int fd() const { return fd_; }

 private:
  BoundSocket(int fd, std::string path, ino_t inode)
      : fd_(fd), path_(std::move(path)), inode_(inode) {}
  int fd_;
  std::string path_;  // Empty: not ours to take away.
  ino_t inode_ = 0;
};

// The user at the other end of a connected socket.
absl::StatusOr<uid_t> PeerUid(int fd);

}  // namespace tideover::api

#endif  // TIDEOVER_API_UNIX_SOCKET_H_
