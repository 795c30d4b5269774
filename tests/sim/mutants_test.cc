// Proves the checkers: every planted bug must be caught within kSeedsToCatch seeds. Bugs of the
// engine are those of daemon/base/planted_bug.h; beside them stand bugs at its ports (sim::Mutant).
//
//   sim_mutants_test                        all of them
//   sim_mutants_test --seed=N --mutant=NAME one seed with one bug; the trace is printed
//
// Each bug runs in a process of its own, for some end it (a broken invariant stops the daemon) or
// make it spin: both count as caught.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/logging.h"
#include "base/planted_bug.h"
#include "sim/runner.h"

namespace tideover::base {

PlantedBug planted_bug = PlantedBug::kNone;

}  // namespace tideover::base

namespace tideover::sim {
namespace {

// A planted bug must be noticed within so many seeds.
constexpr uint64_t kSeedsToCatch = 1000;
// The longest that a seed may take before it is said to hang.
constexpr unsigned kSeedSecondsMax = 60;

struct Bug {
  std::string name;
  base::PlantedBug planted = base::PlantedBug::kNone;
  Mutant mutant = Mutant::kNone;
};

std::vector<Bug> AllBugs() {
  std::vector<Bug> bugs;
#define TIDEOVER_BUG(bug) bugs.push_back({#bug, base::PlantedBug::bug, Mutant::kNone});
  TIDEOVER_PLANTED_BUG_LIST(TIDEOVER_BUG)
#undef TIDEOVER_BUG
  for (int i = 1; i < kMutantCount; ++i) {
    const auto mutant = static_cast<Mutant>(i);
    bugs.push_back({NameOf(mutant), base::PlantedBug::kNone, mutant});
  }
  return bugs;
}

std::string Replay(uint64_t seed, const std::string& name) {
  return fmt::format("sim_mutants_test --seed={} --mutant={}", seed, name);
}

// In the child: says each seed before it begins, and how it was caught.
[[noreturn]] void Hunt(const Bug& bug, const std::string& directory, int out) {
  base::planted_bug = bug.planted;
  // What a dying process would say about itself is no news here.
  (void)!std::freopen("/dev/null", "w", stderr);
  Coverage coverage;
  const uint64_t last = Setting("TIDEOVER_SIM_SEEDS", kSeedsToCatch);
  for (uint64_t seed = 1; seed <= last; ++seed) {
    (void)!write(out, &seed, sizeof seed);
    alarm(kSeedSecondsMax);
    const Outcome outcome = Simulate(seed, bug.mutant, directory, &coverage);
    if (outcome.ok) continue;
    (void)!write(out, outcome.failure.data(), outcome.failure.size());
    _exit(0);
  }
  _exit(1);
}

class PlantedBugs : public testing::TestWithParam<Bug> {};

TEST_P(PlantedBugs, AreCaught) {
  const Directory directory;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) Hunt(GetParam(), directory.path(), ends[1]);
  close(ends[1]);
  std::string said;
  char buffer[4096];
  for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) > 0;) {
    said.append(buffer, static_cast<size_t>(n));
  }
  close(ends[0]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  uint64_t seed = 0;
  // Seeds are below 2^16: the words before the failure's text are told apart by their high bytes.
  while (said.size() >= sizeof seed && said[7] == 0 && said[6] == 0) {
    std::memcpy(&seed, said.data(), sizeof seed);
    said.erase(0, sizeof seed);
  }
  if (WIFSIGNALED(status)) said = fmt::format("ended by signal {}", WTERMSIG(status));
  ASSERT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) != 0)
      << GetParam().name << " was not noticed in " << seed << " seeds";
  std::printf("caught at seed %llu: %.200s\n", static_cast<unsigned long long>(seed), said.c_str());
}

INSTANTIATE_TEST_SUITE_P(All, PlantedBugs, testing::ValuesIn(AllBugs()), [](const auto& param) {
  std::string name = param.param.name;
  for (char& c : name) {
    if (c == '-') c = '_';
  }
  return name;
});

int ReplayWith(uint64_t seed, std::string_view name) {
  for (const Bug& bug : AllBugs()) {
    if (bug.name != name) continue;
    base::planted_bug = bug.planted;
    return ReplayOne(seed, bug.mutant, Replay(seed, bug.name));
  }
  std::fprintf(stderr, "no bug has the name %s\n", std::string(name).c_str());
  return 2;
}

}  // namespace
}  // namespace tideover::sim

int main(int argc, char** argv) {
  tideover::base::SetLogLevel(tideover::base::LogLevel::kOff);
  std::string mutant;
  uint64_t seed = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with("--seed=")) seed = std::strtoull(argv[i] + 7, nullptr, 10);
    if (argument.starts_with("--mutant=")) mutant = argument.substr(9);
  }
  if (seed != 0) return tideover::sim::ReplayWith(seed, mutant);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
