// The simulator's entry: runs a range of seeds as a test, and one seed for a person.
//
//   sim_test                             the seeds of this shard
//   sim_test --seed=N [--mutant=NAME]    one seed; the trace is printed
//
// TIDEOVER_SIM_SEEDS: how many seeds all shards run together (default 2000); TIDEOVER_SIM_FIRST:
// the first of them (default 1); TIDEOVER_SIM_SHARD="i/n": this process runs each n-th, from i;
// TIDEOVER_SIM_SEED: as --seed.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/logging.h"
#include "sim/simulation.h"

namespace tideover::sim {
namespace {

uint64_t Setting(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// A directory in memory where there is one; the simulator models what a disk does.
class Directory {
 public:
  Directory() {
    const bool shm = std::filesystem::is_directory("/dev/shm");
    std::string name = (shm ? "/dev/shm" : std::filesystem::temp_directory_path().string()) +
                       "/tideover-sim-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string Explain(uint64_t seed, Mutant mutant, const Outcome& outcome) {
  return fmt::format("{}seed {}: {}\nreplay: {}\n", outcome.trace, seed, outcome.failure,
                     ReplayCommand(seed, mutant));
}

TEST(Simulation, KeepsEveryInvariantOnEverySeed) {
  const Directory directory;
  const uint64_t seeds = Setting("TIDEOVER_SIM_SEEDS", 2000);
  const uint64_t first = Setting("TIDEOVER_SIM_FIRST", 1);
  unsigned shard = 0;
  unsigned shards = 1;
  if (const char* text = std::getenv("TIDEOVER_SIM_SHARD")) {
    ASSERT_EQ(std::sscanf(text, "%u/%u", &shard, &shards), 2);
  }
  const auto begun = std::chrono::steady_clock::now();
  uint64_t run = 0;
  int64_t virtual_ms = 0;
  for (uint64_t seed = first + shard; seed < first + seeds; seed += shards) {
    const Outcome outcome = Simulate(seed, Mutant::kNone, directory.path());
    ASSERT_TRUE(outcome.ok) << Explain(seed, Mutant::kNone, outcome);
    if (seed % 100 == 0) {
      const Outcome again = Simulate(seed, Mutant::kNone, directory.path());
      ASSERT_EQ(again.hash, outcome.hash) << "seed " << seed << " is not deterministic";
    }
    ++run;
    virtual_ms += outcome.virtual_ms;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  std::printf("%llu seeds, %.1f virtual hours, %.0f seeds/s\n",
              static_cast<unsigned long long>(run), static_cast<double>(virtual_ms) / 3'600'000,
              static_cast<double>(run) / took.count());
}

// A planted bug must be noticed within so many seeds.
constexpr uint64_t kSeedsToCatch = 300;

class PlantedBug : public testing::TestWithParam<int> {};

TEST_P(PlantedBug, IsCaught) {
  const Directory directory;
  const auto mutant = static_cast<Mutant>(GetParam());
  for (uint64_t seed = 1; seed <= kSeedsToCatch; ++seed) {
    const Outcome outcome = Simulate(seed, mutant, directory.path());
    if (outcome.ok) continue;
    std::printf("caught at seed %llu: %s\n", static_cast<unsigned long long>(seed),
                outcome.failure.c_str());
    return;
  }
  FAIL() << NameOf(mutant) << " was not noticed in " << kSeedsToCatch << " seeds";
}

INSTANTIATE_TEST_SUITE_P(All, PlantedBug, testing::Range(1, kMutantCount), [](const auto& param) {
  std::string name = NameOf(static_cast<Mutant>(param.param));
  for (char& c : name) {
    if (c == '-') c = '_';
  }
  return name;
});

int ReplayOne(uint64_t seed, std::string_view mutant_name) {
  const Directory directory;
  auto mutant = Mutant::kNone;
  for (int i = 0; i < kMutantCount; ++i) {
    if (mutant_name == NameOf(static_cast<Mutant>(i))) mutant = static_cast<Mutant>(i);
  }
  const Outcome outcome = Simulate(seed, mutant, directory.path());
  if (outcome.ok) {
    std::printf("seed %llu: all invariants hold; %llu steps, trace hash %016llx\n",
                static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(outcome.steps),
                static_cast<unsigned long long>(outcome.hash));
    return 0;
  }
  std::printf("%s", Explain(seed, mutant, outcome).c_str());
  return 1;
}

}  // namespace
}  // namespace tideover::sim

int main(int argc, char** argv) {
  tideover::base::SetLogLevel(tideover::base::LogLevel::kOff);
  std::string mutant = "none";
  uint64_t seed = tideover::sim::Setting("TIDEOVER_SIM_SEED", 0);
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with("--seed=")) seed = std::strtoull(argv[i] + 7, nullptr, 10);
    if (argument.starts_with("--mutant=")) mutant = argument.substr(9);
  }
  if (seed != 0) return tideover::sim::ReplayOne(seed, mutant);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
