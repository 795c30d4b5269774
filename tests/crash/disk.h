// Disk: what a power cut may leave of the store's file, by the trace of a run. A value; no thread.
// Writes are on disk for certain once a sync of the file that began after them has returned, or
// when the file was opened for synchronous writing; a name is once its directory was synced. Until
// then each 512-byte sector of each write may be there or not, whatever was written before or
// after it: so writes are lost, torn and reordered.
#ifndef TIDEOVER_TESTS_CRASH_DISK_H_
#define TIDEOVER_TESTS_CRASH_DISK_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "crash/trace_file.h"

namespace tideover::crash {

// What the disk keeps of its promises. A rig that finds nothing on a disk that lies is none.
struct DiskRules {
  bool syncs = true;
  bool synchronous_writes = true;
  bool directory_syncs = true;
};

class Disk {
 public:
  explicit Disk(DiskRules rules = {}) : rules_(rules) {}

  // The next call of the run. The event must outlive the disk.
  void Apply(const TraceEvent& event);
  // Whether a cut at this moment may leave more than one thing.
  bool IsOpen() const { return !changes_.empty() || name_ == Name::kRenamed; }
  // Cuts the power: `directory` holds what is left of the store.
  void Cut(base::Random* random, const std::string& directory) const;

 private:
  enum class Name { kAside, kRenamed, kDurable };
  struct Change {
    bool is_truncation = false;
    bool is_certain = false;
    uint64_t offset = 0;
    std::string_view bytes;
  };
  // The file's bytes up to the last that was ever written, and how long it is.
  struct File {
    std::string bytes;
    uint64_t size = 0;
    void Write(uint64_t offset, std::string_view part);
    void Grow(uint64_t to) { size = std::max(size, to); }
  };

  void ApplyToFile(const TraceEvent& event);

  const DiskRules rules_;
  File durable_;
  std::vector<Change> changes_;  // Since, in order.
  Name name_ = Name::kAside;
};

}  // namespace tideover::crash

#endif  // TIDEOVER_TESTS_CRASH_DISK_H_
