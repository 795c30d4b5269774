// Simulation: one seed from beginning to end: rounds of chaos, each followed by calm and by the
// checks of what must hold when all is quiet. A resource; one at a time in a process.
#ifndef TIDEOVER_TESTS_SIM_SIMULATION_H_
#define TIDEOVER_TESTS_SIM_SIMULATION_H_

#include <cstdint>
#include <string>

#include "sim/coverage.h"
#include "sim/plan.h"

namespace tideover::sim {

struct Outcome {
  bool ok = true;
  std::string failure;
  std::string trace;  // The last lines; only of a failure.
  uint64_t hash = 0;
  uint64_t steps = 0;
  int64_t virtual_ms = 0;
};

// `directory` exists and is empty but for what an earlier run left. What faults met is added to
// `coverage`.
Outcome Simulate(uint64_t seed, Mutant mutant, const std::string& directory, Coverage* coverage);

}  // namespace tideover::sim

#endif  // TIDEOVER_TESTS_SIM_SIMULATION_H_
