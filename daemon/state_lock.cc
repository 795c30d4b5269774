#include "state_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/status_macros.h"

namespace tideover {
namespace {

absl::Status Failed(std::string_view what, const std::string& path) {
  return absl::InternalError(fmt::format("{} {}: {}", what, path, std::strerror(errno)));
}

absl::Status MakePrivateDirectory(const std::string& path) {
  const std::filesystem::path directory(path);
  std::error_code error;
  if (directory.has_parent_path()) {
    std::filesystem::create_directories(directory.parent_path(), error);
  }
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return Failed("making the state directory", path);
  }
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return Failed("looking at the state directory", path);
  if (!S_ISDIR(info.st_mode)) {
    return absl::FailedPreconditionError(fmt::format("{} is not a directory", path));
  }
  if (info.st_uid != geteuid() || (info.st_mode & 077) != 0) {
    return absl::FailedPreconditionError(
        fmt::format("the state directory {} must belong to this user and to nobody else: "
                    "chown it, and chmod 700 it",
                    path));
  }
  return absl::OkStatus();
}

std::string HolderOf(int fd) {
  char text[32] = {};
  const ssize_t size = pread(fd, text, sizeof text - 1, 0);
  return size > 0 ? fmt::format(" (process {})", std::string(text, static_cast<size_t>(size)))
                  : std::string();
}

}  // namespace

absl::StatusOr<std::unique_ptr<StateLock>> StateLock::Take(const std::string& state_dir) {
  RETURN_IF_ERROR(MakePrivateDirectory(state_dir));
  const std::string path = state_dir + "/daemon.lock";
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return Failed("opening the lock", path);
  std::unique_ptr<StateLock> lock(new StateLock(fd));
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Failed("locking", path);
    return absl::AbortedError(
        fmt::format("another tideoverd{} already serves {}: stop it, or give "
                    "this one its own --state-dir",
                    HolderOf(fd), state_dir));
  }
  const std::string pid = std::to_string(getpid());
  if (ftruncate(fd, 0) != 0 || pwrite(fd, pid.data(), pid.size(), 0) < 0) {
    return Failed("writing", path);
  }
  return lock;
}

StateLock::~StateLock() { close(fd_); }

}  // namespace tideover
