// The simulator's entry: runs a range of seeds as a test, and one seed for a person.
//
//   sim_test             the seeds of this shard
//   sim_test --seed=N    one seed; the trace of a failure is printed
//
// TIDEOVER_SIM_SEEDS: how many seeds all shards run together (default 20000); TIDEOVER_SIM_FIRST:
// the first of them (default 1); TIDEOVER_SIM_SHARD="i/n": this process runs each n-th, from i;
// TIDEOVER_SIM_SEED: as --seed.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/logging.h"
#include "sim/runner.h"

namespace tideover::sim {
namespace {

std::string Replay(uint64_t seed) { return fmt::format("sim_test --seed={}", seed); }

// A shard of so many seeds must have met every pair of a fault and a kind of mutation.
constexpr uint64_t kSeedsToMeetAll = 1000;

TEST(Simulation, KeepsEveryInvariantOnEverySeed) {
  const Directory directory;
  const uint64_t seeds = Setting("TIDEOVER_SIM_SEEDS", 20000);
  const uint64_t first = Setting("TIDEOVER_SIM_FIRST", 1);
  unsigned shard = 0;
  unsigned shards = 1;
  if (const char* text = std::getenv("TIDEOVER_SIM_SHARD")) {
    ASSERT_EQ(std::sscanf(text, "%u/%u", &shard, &shards), 2);
  }
  const auto begun = std::chrono::steady_clock::now();
  Coverage coverage;
  uint64_t run = 0;
  int64_t virtual_ms = 0;
  for (uint64_t seed = first + shard; seed < first + seeds; seed += shards) {
    const Outcome outcome = Simulate(seed, Mutant::kNone, directory.path(), &coverage);
    ASSERT_TRUE(outcome.ok) << Explain(seed, outcome, Replay(seed));
    if (seed % 100 < shards) {
      const Outcome again = Simulate(seed, Mutant::kNone, directory.path(), &coverage);
      ASSERT_EQ(again.hash, outcome.hash) << "seed " << seed << " is not deterministic";
    }
    ++run;
    virtual_ms += outcome.virtual_ms;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  std::printf("%llu seeds, %.1f virtual hours, %.0f seeds/s\n",
              static_cast<unsigned long long>(run), static_cast<double>(virtual_ms) / 3'600'000,
              static_cast<double>(run) / took.count());
  std::printf("Faults that struck while a mutation of a kind was under way:\n%s",
              coverage.Table().c_str());
  if (run >= kSeedsToMeetAll) {
    EXPECT_EQ(coverage.Missing(), "") << "the generator never met these pairs";
  }
}

}  // namespace
}  // namespace tideover::sim

int main(int argc, char** argv) {
  tideover::base::SetLogLevel(tideover::base::LogLevel::kOff);
  uint64_t seed = tideover::sim::Setting("TIDEOVER_SIM_SEED", 0);
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]).starts_with("--seed=")) {
      seed = std::strtoull(argv[i] + 7, nullptr, 10);
    }
  }
  if (seed != 0) {
    return tideover::sim::ReplayOne(seed, tideover::sim::Mutant::kNone,
                                    tideover::sim::Replay(seed));
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
