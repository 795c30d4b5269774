// StateLock: one daemon for one state directory. A resource, owned by main; the kernel lets it go
// when the process ends, however it ends.
#ifndef TIDEOVER_STATE_LOCK_H_
#define TIDEOVER_STATE_LOCK_H_

#include <absl/status/statusor.h>

#include <memory>
#include <string>

namespace tideover {

class StateLock {
 public:
  // Makes the directory (mode 0700) with its parents when it is missing. FAILED_PRECONDITION when
  // it is another user's or open to others; ABORTED when another daemon holds it, with its process
  // id.
  static absl::StatusOr<std::unique_ptr<StateLock>> Take(const std::string& state_dir);
  ~StateLock();
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;

 private:
  explicit StateLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace tideover

#endif  // TIDEOVER_STATE_LOCK_H_
