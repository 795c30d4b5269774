#include "api/connection_count.h"

#include <sys/stat.h>

namespace tideover::api {
namespace {

// 0 for what is no open descriptor.
ino_t InodeOf(int fd) {
  struct stat info {};
  return fstat(fd, &info) == 0 ? info.st_ino : 0;
}

}  // namespace

bool ConnectionCount::HasRoom() {
  if (open_.size() >= limit_) {
    std::erase_if(open_, [](const auto& entry) { return InodeOf(entry.first) != entry.second; });
  }
  return open_.size() < limit_;
}

void ConnectionCount::Add(int fd) { open_[fd] = InodeOf(fd); }

}  // namespace tideover::api
