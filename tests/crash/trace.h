// What the recorder (shim.cc) writes into a trace file and the replayer (disk.cc) reads: one header
// for each storage call of the storage child and for each line that it answered, in the order in
// which they ended; after a header stand its `size` bytes, where the kind has some. The n-th entry
// is the n-th call as the shim counts them. Values, in the byte order of the machine: a trace never
// leaves the test that made it.
#ifndef TIDEOVER_TESTS_CRASH_TRACE_H_
#define TIDEOVER_TESTS_CRASH_TRACE_H_

#include <cstdint>

namespace tideover::crash {

enum class TraceKind : uint32_t {
  kOpen,
  kRead,
  kMap,
  kWrite,     // `size` bytes follow, which went to `offset`.
  kTruncate,  // The file has `offset` bytes now.
  kSync,
  kMakeDirectory,
  kRename,
  kAnswer,  // Not a storage call: `size` bytes that went to standard output.
};
inline constexpr int kTraceKinds = 9;
inline constexpr const char* kTraceKindNames[kTraceKinds] = {
    "open", "read", "map", "write", "truncate", "sync", "mkdir", "rename", "answer"};

enum class TraceFile : uint32_t { kNone, kData, kLock, kDirectory, kOther };

struct TraceHeader {
  TraceKind kind = TraceKind::kOpen;
  TraceFile file = TraceFile::kNone;
  // The file was opened so that each write is on disk when it returns (O_DSYNC).
  uint32_t is_synchronous = 0;
  // 1: the kernel refused.
  uint32_t has_failed = 0;
  uint64_t offset = 0;
  uint64_t size = 0;
};

}  // namespace tideover::crash

#endif  // TIDEOVER_TESTS_CRASH_TRACE_H_
