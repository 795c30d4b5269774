// The shim: a shared library that is loaded before all others (LD_PRELOAD) into a storage child and
// stands between it and the kernel's storage calls. By the environment it
//   TIDEOVER_SHIM_UNDER=DIR       looks at files below DIR (canonical) only; the rest depends on it
//   TIDEOVER_SHIM_DIE=K           kills the process before the K-th call; an answer on standard
//   output
//                                 is counted with them, but never fails
//   TIDEOVER_SHIM_FAIL=N          lets the N-th call fail, with
//   TIDEOVER_SHIM_ERROR=NUMBER    this errno, or writing but half of its bytes when it is 0
//   TIDEOVER_SHIM_FOR_EVER=1      and all that follow
//   TIDEOVER_SHIM_TRACE=FILE      records every call that succeeded, and what is written to
//   standard
//                                 output (trace.h)
// Calls are made straight to the kernel, so that nothing here comes back to itself. One thread.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <cstring>

#include "crash/trace.h"

namespace {

using tideover::crash::TraceFile;
using tideover::crash::TraceHeader;
using tideover::crash::TraceKind;

constexpr int kFilesMax = 256;

struct OpenFile {
  TraceFile file = TraceFile::kNone;  // kNone: not below the directory.
  bool is_synchronous = false;
};

struct Shim {
  const char* under = nullptr;
  long die = 0;
  long fail = 0;
  int error = 0;
  bool for_ever = false;
  int trace = -1;
  long calls = 0;
  OpenFile files[kFilesMax];
};
Shim shim;

long NumberIn(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? 0 : std::strtol(text, nullptr, 10);
}

__attribute__((constructor)) void Start() {
  shim.die = NumberIn("TIDEOVER_SHIM_DIE");
  shim.fail = NumberIn("TIDEOVER_SHIM_FAIL");
  shim.error = static_cast<int>(NumberIn("TIDEOVER_SHIM_ERROR"));
  shim.for_ever = NumberIn("TIDEOVER_SHIM_FOR_EVER") != 0;
  if (const char* trace = std::getenv("TIDEOVER_SHIM_TRACE")) {
    shim.trace = static_cast<int>(
        syscall(SYS_openat, AT_FDCWD, trace, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  }
  shim.under = std::getenv("TIDEOVER_SHIM_UNDER");
}

TraceFile FileAt(const char* path, int flags) {
  if (shim.under == nullptr || std::strncmp(path, shim.under, std::strlen(shim.under)) != 0) {
    return TraceFile::kNone;
  }
  if ((flags & O_DIRECTORY) != 0) return TraceFile::kDirectory;
  const char* slash = std::strrchr(path, '/');
  const char* name = slash == nullptr ? path : slash + 1;
  // Also while it is made, under another name.
  if (std::strncmp(name, "data.mdb", 8) == 0) return TraceFile::kData;
  return std::strcmp(name, "lock.mdb") == 0 ? TraceFile::kLock : TraceFile::kOther;
}

OpenFile FileOf(int fd) { return fd >= 0 && fd < kFilesMax ? shim.files[fd] : OpenFile(); }

// One more call is about to be made: false when it must fail. `half` is where a write may be cut
// short instead.
bool Count(size_t* half = nullptr) {
  ++shim.calls;
  if (shim.calls == shim.die) kill(getpid(), SIGKILL);
  if (shim.fail == 0 || shim.calls < shim.fail) return true;
  if (shim.calls > shim.fail && !shim.for_ever) return true;
  if (shim.error != 0) {
    errno = shim.error;
    return false;
  }
  if (half != nullptr) *half /= 2;
  return true;
}

void Record(const TraceHeader& header, const iovec* bytes = nullptr, int count = 0) {
  if (shim.trace < 0) return;
  const int error = errno;
  syscall(SYS_write, shim.trace, &header, sizeof header);
  size_t left = header.size;
  for (int i = 0; i < count && left > 0; ++i) {
    const size_t size = std::min(left, bytes[i].iov_len);
    syscall(SYS_write, shim.trace, bytes[i].iov_base, size);
    left -= size;
  }
  errno = error;
}

int Open(const char* path, int flags, mode_t mode) {
  const TraceFile file = FileAt(path, flags);
  if (file != TraceFile::kNone && !Count()) return -1;
  const int fd = static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
  if (file == TraceFile::kNone) return fd;
  const bool is_synchronous = (flags & (O_DSYNC | O_SYNC)) != 0;
  if (fd >= 0 && fd < kFilesMax) shim.files[fd] = {file, is_synchronous};
  Record({TraceKind::kOpen, file, is_synchronous, fd < 0, 0, 0});
  return fd;
}

// All writes; an offset of -1 is wherever the file stands.
ssize_t Write(int fd, const iovec* bytes, int count, off_t offset) {
  const OpenFile file = FileOf(fd);
  const bool is_answer = fd == STDOUT_FILENO && shim.under != nullptr;
  if (is_answer && ++shim.calls == shim.die) kill(getpid(), SIGKILL);
  iovec cut[IOV_MAX];
  const iovec* given = bytes;
  if (file.file != TraceFile::kNone) {
    size_t size = 0;
    for (int i = 0; i < count; ++i) size += bytes[i].iov_len;
    size_t left = size;
    if (!Count(&left)) return -1;
    if (left < size) {
      std::copy_n(bytes, count, cut);
      for (int i = 0; i < count; ++i) {
        cut[i].iov_len = std::min(left, cut[i].iov_len);
        left -= cut[i].iov_len;
      }
      given = cut;
    }
  }
  const bool traced = shim.trace >= 0 && file.file != TraceFile::kNone;
  const off_t at = traced && offset < 0 ? syscall(SYS_lseek, fd, 0, SEEK_CUR) : offset;
  const ssize_t written = offset < 0 ? syscall(SYS_writev, fd, given, count)
                                     : syscall(SYS_pwritev, fd, given, count, offset, 0);
  if (traced || is_answer) {
    Record({is_answer ? TraceKind::kAnswer : TraceKind::kWrite, file.file, file.is_synchronous,
            written < 0, static_cast<uint64_t>(at),
            static_cast<uint64_t>(std::max<ssize_t>(written, 0))},
           given, count);
  }
  return written;
}

ssize_t Read(int fd, void* buffer, size_t size, off_t offset) {
  const OpenFile file = FileOf(fd);
  if (file.file != TraceFile::kNone && !Count()) return -1;
  const ssize_t count = syscall(SYS_pread64, fd, buffer, size, offset);
  if (file.file != TraceFile::kNone) Record({TraceKind::kRead, file.file, 0, count < 0, 0, 0});
  return count;
}

int Truncate(int fd, off_t size) {
  const OpenFile file = FileOf(fd);
  if (file.file != TraceFile::kNone && !Count()) return -1;
  const int code = static_cast<int>(syscall(SYS_ftruncate, fd, size));
  if (code == 0 && file.file != TraceFile::kNone) {
    Record(
        {TraceKind::kTruncate, file.file, file.is_synchronous, 0, static_cast<uint64_t>(size), 0});
  }
  return code;
}

int Sync(long call, int fd) {
  const OpenFile file = FileOf(fd);
  if (file.file != TraceFile::kNone && !Count()) return -1;
  const int code = static_cast<int>(syscall(call, fd));
  if (file.file != TraceFile::kNone) Record({TraceKind::kSync, file.file, 0, code != 0, 0, 0});
  return code;
}

void* Map(void* address, size_t size, int protection, int flags, int fd, off_t offset) {
  const OpenFile file = FileOf(fd);
  if (file.file != TraceFile::kNone && !Count()) return MAP_FAILED;
  // The kernel's answer is an address.
  const long answer = syscall(SYS_mmap, address, size, protection, flags, fd, offset);
  auto* mapped = reinterpret_cast<void*>(answer);  // NOLINT(performance-no-int-to-ptr): it is one
  if (file.file != TraceFile::kNone) {
    Record({TraceKind::kMap, file.file, 0, mapped == MAP_FAILED, 0, 0});
  }
  return mapped;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return Open(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return Open(path, flags, mode);
}
int close(int fd) {
  if (fd >= 0 && fd < kFilesMax) shim.files[fd] = OpenFile();
  return static_cast<int>(syscall(SYS_close, fd));
}
ssize_t write(int fd, const void* bytes, size_t size) {
  const iovec one{const_cast<void*>(bytes), size};
  return Write(fd, &one, 1, -1);
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  const iovec one{const_cast<void*>(bytes), size};
  return Write(fd, &one, 1, offset);
}
ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) {
  return pwrite(fd, bytes, size, offset);
}
ssize_t writev(int fd, const iovec* bytes, int count) { return Write(fd, bytes, count, -1); }
ssize_t pwritev(int fd, const iovec* bytes, int count, off_t offset) {
  return Write(fd, bytes, count, offset);
}
ssize_t pwritev64(int fd, const iovec* bytes, int count, off64_t offset) {
  return Write(fd, bytes, count, offset);
}
ssize_t pread(int fd, void* buffer, size_t size, off_t offset) {
  return Read(fd, buffer, size, offset);
}
ssize_t pread64(int fd, void* buffer, size_t size, off64_t offset) {
  return Read(fd, buffer, size, offset);
}
int ftruncate(int fd, off_t size) noexcept { return Truncate(fd, size); }
int ftruncate64(int fd, off64_t size) noexcept { return Truncate(fd, size); }
int fsync(int fd) { return Sync(SYS_fsync, fd); }
int fdatasync(int fd) { return Sync(SYS_fdatasync, fd); }
void* mmap(void* address, size_t size, int protection, int flags, int fd, off_t offset) noexcept {
  return Map(address, size, protection, flags, fd, offset);
}
void* mmap64(void* address, size_t size, int protection, int flags, int fd,
             off64_t offset) noexcept {
  return Map(address, size, protection, flags, fd, offset);
}
int mkdir(const char* path, mode_t mode) noexcept {
  const bool counted = FileAt(path, O_DIRECTORY) != TraceFile::kNone;
  if (counted && !Count()) return -1;
  const int code = static_cast<int>(syscall(SYS_mkdir, path, mode));
  if (counted) Record({TraceKind::kMakeDirectory, TraceFile::kDirectory, 0, code != 0, 0, 0});
  return code;
}
int rename(const char* from, const char* to) noexcept {
  const TraceFile file = FileAt(to, 0);
  if (file != TraceFile::kNone && !Count()) return -1;
  const int code = static_cast<int>(syscall(SYS_rename, from, to));
  if (file != TraceFile::kNone) Record({TraceKind::kRename, file, 0, code != 0, 0, 0});
  return code;
}

}  // extern "C"
