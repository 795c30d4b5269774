// What both binaries of the simulator share: settings from the environment, the directory in which
// the stores of a seed lie, and what is printed of a seed. Functions and one resource.
#ifndef TIDEOVER_TESTS_SIM_RUNNER_H_
#define TIDEOVER_TESTS_SIM_RUNNER_H_

#include <cstdint>
#include <string>

#include "sim/simulation.h"

namespace tideover::sim {

// A number from the environment.
uint64_t Setting(const char* name, uint64_t otherwise);

// A directory in memory where there is one (the simulator models what a disk does); it goes away
// with this.
class Directory {
 public:
  Directory();
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Trace, failure and the command that runs the seed again.
std::string Explain(uint64_t seed, const Outcome& outcome, const std::string& replay);

// Runs one seed for a person and prints how it ended. Returns the exit status.
int ReplayOne(uint64_t seed, Mutant mutant, const std::string& replay);

}  // namespace tideover::sim

#endif  // TIDEOVER_TESTS_SIM_RUNNER_H_
