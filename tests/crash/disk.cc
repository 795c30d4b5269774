#include "crash/disk.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace tideover::crash {
namespace {

constexpr uint64_t kSector = 512;

// Which parts of the writes that are not certain a cut leaves.
class Fate {
 public:
  explicit Fate(base::Random* random) : random_(*random), kind_(random->Below(5)) {
    constexpr uint64_t kShares[] = {8, 128, 248};
    share_ = kShares[random_.Below(3)];
  }
  bool KeepsChange() const {
    if (kind_ <= 1) return kind_ == 1;
    return kind_ != 2 || Coin();
  }
  bool KeepsSector() const { return kind_ <= 2 || Coin(); }

 private:
  bool Coin() const { return random_.Below(256) < share_; }
  base::Random& random_;
  const uint64_t kind_;  // 0: nothing, 1: all, 2: some whole writes, else: some sectors.
  uint64_t share_ = 0;   // Of 256.
};

}  // namespace

void Disk::File::Write(uint64_t offset, std::string_view part) {
  if (bytes.size() < offset + part.size()) bytes.resize(offset + part.size());
  bytes.replace(offset, part.size(), part);
  Grow(bytes.size());
}

void Disk::Apply(const TraceEvent& event) {
  const TraceHeader& header = event.header;
  if (header.has_failed != 0) return;
  if (header.file == TraceFile::kData) ApplyToFile(event);
  const bool is_directory_sync =
      header.file == TraceFile::kDirectory && header.kind == TraceKind::kSync;
  if (is_directory_sync && rules_.directory_syncs && name_ == Name::kRenamed) {
    name_ = Name::kDurable;
  }
}

void Disk::ApplyToFile(const TraceEvent& event) {
  const TraceHeader& header = event.header;
  switch (header.kind) {
    case TraceKind::kWrite:
      changes_.push_back({false, header.is_synchronous != 0 && rules_.synchronous_writes,
                          header.offset, event.bytes});
      break;
    case TraceKind::kTruncate:
      changes_.push_back({true, false, header.offset, {}});
      break;
    case TraceKind::kSync:
      if (!rules_.syncs) break;
      for (const Change& change : changes_) {
        if (change.is_truncation) durable_.Grow(change.offset);
        if (!change.is_truncation) durable_.Write(change.offset, change.bytes);
      }
      changes_.clear();
      break;
    case TraceKind::kRename:
      name_ = Name::kRenamed;
      break;
    default:
      break;
  }
}

void Disk::Cut(base::Random* random, const std::string& directory) const {
  File left = durable_;
  const Fate fate(random);
  for (const Change& change : changes_) {
    if (change.is_certain) {
      left.Write(change.offset, change.bytes);
    } else if (!fate.KeepsChange()) {
      continue;
    } else if (change.is_truncation) {
      left.Grow(change.offset);
    } else {
      for (uint64_t at = 0; at < change.bytes.size(); at += kSector) {
        if (fate.KeepsSector()) left.Write(change.offset + at, change.bytes.substr(at, kSector));
      }
    }
  }
  const bool is_named =
      name_ == Name::kDurable || (name_ == Name::kRenamed && random->Below(2) == 0);
  const std::string path = directory + "/data.mdb";
  std::filesystem::remove_all(directory);
  std::filesystem::create_directory(directory);
  const int fd = open((is_named ? path : path + ".new").c_str(), O_WRONLY | O_CREAT, 0600);
  const ssize_t written = pwrite(fd, left.bytes.data(), left.bytes.size(), 0);
  EXPECT_EQ(written, static_cast<ssize_t>(left.bytes.size()));
  EXPECT_EQ(ftruncate(fd, static_cast<off_t>(left.size)), 0);
  close(fd);
}

}  // namespace tideover::crash
