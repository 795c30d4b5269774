// Power cuts: at every storage call of the scenario, what a disk with a volatile cache may have
// kept is built again and again, and opened. The same rig on a disk that breaks one promise, and on
// a store that does not wait for its disk, must find them out.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "crash/disk.h"
#include "crash/reference.h"
#include "crash/scale.h"
#include "crash/scenario.h"
#include "support/temp_dir.h"

namespace tideover::crash {
namespace {

constexpr int kScenarios = 4;
constexpr int kImages = 10'000;  // Of each.
// A fault of this size must show within so many images.
constexpr int kImagesUntilFound = 500;
// One image in so many is also written to.
constexpr int kGoOn = 4;
// Faults are looked for when the store has long been open: what is lost then is lost to somebody.
constexpr int kLongOpen = 10;

class Power : public testing::Test {
 protected:
  void Record(uint64_t seed, bool no_sync = false) {
    reference_.emplace(seed);
    const std::string directory = std::filesystem::canonical(base_.path()).string() + "/env";
    std::filesystem::remove_all(directory);
    events_ = RecordRun({.directory = directory, .seed = seed, .no_sync = no_sync},
                        base_.path() + "/trace");
  }

  static int AnsweredBy(const TraceEvent& event, int before) {
    if (event.header.kind != TraceKind::kAnswer) return before;
    return std::max(before, ParseAnswers(event.bytes, 1).turn);
  }

  // Cuts the power `cuts` times at each moment of the trace at which it matters, from the answer to
  // `from_turn` on, until one image does not hold. Returns what is wrong with that one.
  absl::Status CutEverywhere(const DiskRules& rules, int cuts, int from_turn) {
    const std::string directory = base_.path() + "/image";
    base::SeededRandom random(reference_->seed());
    Disk disk(rules);
    int answered = 0;
    images_ = 0;
    for (const TraceEvent& event : events_) {
      disk.Apply(event);
      answered = AnsweredBy(event, answered);
      if (answered < from_turn) continue;
      for (int i = 0; i < (disk.IsOpen() ? cuts : 1); ++i) {
        disk.Cut(&random, directory);
        ++images_;
        const auto turn = reference_->Verify(directory, answered, images_ % kGoOn == 0);
        if (!turn.ok()) return turn.status();
      }
    }
    return absl::OkStatus();
  }

  void ExpectFound(const std::string& what, const DiskRules& rules) {
    const absl::Status found = CutEverywhere(rules, 1, kLongOpen);
    EXPECT_FALSE(found.ok()) << what;
    EXPECT_LE(images_, kImagesUntilFound) << what;
    fmt::print("crash: {}: found with image {}: {}\n", what, images_, std::string(found.message()));
  }

  std::optional<Reference> reference_;
  const support::TempDir base_;
  std::vector<TraceEvent> events_;
  int images_ = 0;
};

TEST_F(Power, EveryImageHoldsWhatWasAnswered) {
  int images = 0;
  int moments = 0;
  for (uint64_t seed = 1; seed <= kScenarios; ++seed) {
    Record(seed);
    const int cuts = Scaled(kImages) / static_cast<int>(events_.size()) + 1;
    const absl::Status held = CutEverywhere({}, cuts, 0);
    EXPECT_TRUE(held.ok()) << "scenario " << seed << ", image " << images_ << ": " << held;
    images += images_;
    moments += static_cast<int>(events_.size());
  }
  EXPECT_GE(images, kScenarios * Scaled(kImages));
  fmt::print("crash: {} images of power cuts at {} moments\n", images, moments);
}

TEST_F(Power, AStoreThatDoesNotWaitForItsDiskIsFoundOut) {
  Record(1, /*no_sync=*/true);
  ExpectFound("a store without syncs", {});
}

TEST_F(Power, ADiskThatLiesIsFoundOut) {
  Record(1);
  ExpectFound("a disk whose syncs do nothing", {.syncs = false});
  ExpectFound("a disk whose synchronous writes are not", {.synchronous_writes = false});
  ExpectFound("a directory that forgets names", {.directory_syncs = false});
}

}  // namespace
}  // namespace tideover::crash
