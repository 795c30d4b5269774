// ConnectionCount: how many of the sockets that were handed to gRPC are still open. gRPC does not
// say when it closes one, but a socket has an inode of its own for life: as long as the descriptor
// stands for the same inode, the connection is there. A resource, owned by the listener, on one
// thread. It looks only when the limit seems to be reached.
#ifndef TIDEOVER_API_CONNECTION_COUNT_H_
#define TIDEOVER_API_CONNECTION_COUNT_H_

#include <sys/types.h>

#include <cstddef>
#include <map>

namespace tideover::api {

class ConnectionCount {
 public:
  explicit ConnectionCount(size_t limit) : limit_(limit) {}

  // Whether one more fits.
  bool HasRoom();
  // Before the descriptor is handed on.
  void Add(int fd);

 private:
  const size_t limit_;
  std::map<int, ino_t> open_;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_CONNECTION_COUNT_H_
