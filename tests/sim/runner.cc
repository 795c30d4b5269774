#include "sim/runner.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace tideover::sim {

uint64_t Setting(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

Directory::Directory() {
  const bool shm = std::filesystem::is_directory("/dev/shm");
  std::string name =
      (shm ? "/dev/shm" : std::filesystem::temp_directory_path().string()) + "/tideover-sim-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}

Directory::~Directory() { std::filesystem::remove_all(path_); }

std::string Explain(uint64_t seed, const Outcome& outcome, const std::string& replay) {
  return fmt::format("{}seed {}: {}\nreplay: {}\n", outcome.trace, seed, outcome.failure, replay);
}

int ReplayOne(uint64_t seed, Mutant mutant, const std::string& replay) {
  const Directory directory;
  Coverage coverage;
  const Outcome outcome = Simulate(seed, mutant, directory.path(), &coverage);
  if (!outcome.ok) {
    std::printf("%s", Explain(seed, outcome, replay).c_str());
    return 1;
  }
  std::printf("seed %llu: all invariants hold; %llu steps, trace hash %016llx\n",
              static_cast<unsigned long long>(seed), static_cast<unsigned long long>(outcome.steps),
              static_cast<unsigned long long>(outcome.hash));
  return 0;
}

}  // namespace tideover::sim
