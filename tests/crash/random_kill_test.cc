// `kill -9` at ten thousand random times, each time on the store that the last one left: what was
// answered is there, every time.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "base/random.h"
#include "crash/child.h"
#include "crash/child_run.h"
#include "crash/reference.h"
#include "crash/scale.h"
#include "crash/scenario.h"
#include "support/temp_dir.h"

namespace tideover::crash {
namespace {

constexpr int kKills = 10'000;
// Scenarios that take turns; each new directory has the next one.
constexpr uint64_t kScenarios = 16;
// A run is killed within this time from when it was ready; it could make a dozen of turns.
constexpr uint64_t kMicrosecondsMax = 2000;
// One run in so many is killed within this time from its start: while it opens, most often.
constexpr uint64_t kEarly = 8;
constexpr uint64_t kEarlyMicrosecondsMax = 600;

class RandomKill : public testing::Test {
 protected:
  const Reference& ReferenceOf(uint64_t seed) {
    return references_.try_emplace(seed, seed).first->second;
  }

  // A new directory and the next scenario.
  void StartOver() {
    std::filesystem::remove_all(directory_);
    seed_ = seed_ % kScenarios + 1;
    turn_ = 0;
  }

  // One run from where the store stands, and its end. False when something is missing.
  void RunAndKill() {
    Child child({.directory = directory_, .seed = seed_, .first_turn = turn_ + 1});
    const bool is_early = random_.Below(kEarly) == 0;
    if (!is_early) {
      ASSERT_TRUE(child.WaitUntilReady()) << child.said();
    }
    child.KillAfter(random_.Below(is_early ? kEarlyMicrosecondsMax : kMicrosecondsMax));
    const std::optional<int> code = child.Wait();
    const Answers answers = child.answers();
    ASSERT_TRUE(answers.in_order) << child.said();
    if (code.has_value()) {
      ASSERT_EQ(*code, kExitDone) << child.said();
    } else {
      ++kills_;
    }
    answered_ += answers.turn - turn_;
    mutations_ += answers.mutation_ids.size();
    const auto turn = ReferenceOf(seed_).Verify(directory_, answers);
    ASSERT_TRUE(turn.ok()) << "kill " << kills_ << ": " << turn.status() << "\n" << child.said();
    turn_ = *turn;
  }

  const support::TempDir base_;
  const std::string directory_ = std::filesystem::canonical(base_.path()).string() + "/env";
  base::SeededRandom random_{20260730};
  std::map<uint64_t, Reference> references_;
  uint64_t seed_ = 0;
  int turn_ = 0;
  int kills_ = 0;
  int answered_ = 0;
  size_t mutations_ = 0;
};

TEST_F(RandomKill, TenThousandLoseNothing) {
  const int kills = Scaled(kKills);
  StartOver();
  while (kills_ < kills) {
    RunAndKill();
    if (HasFatalFailure()) return;
    if (turn_ == kTurns) StartOver();
  }
  fmt::print(
      "crash: {} kills of the storage child, {} turns and {} mutations answered, 0 missing\n",
      kills_, answered_, mutations_);
}

}  // namespace
}  // namespace tideover::crash
