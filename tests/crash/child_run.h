// What a storage child does: it makes the turns of the scenario and answers each on standard
// output, by one write, only after its commit returned OK:
//   ready
//   answered <turn> <mutation id>...
//   full <turn>          the disk was full and every request of the turn was told so; it asks again
//   stopped <error>      the store failed: nothing is answered any more
// On the one thread of its process.
#ifndef TIDEOVER_TESTS_CRASH_CHILD_RUN_H_
#define TIDEOVER_TESTS_CRASH_CHILD_RUN_H_

#include "crash/scenario.h"

namespace tideover::crash {

// How it ends: all turns are made; wrong arguments; the store failed; the disk stayed full; the
// store did not open.
inline constexpr int kExitDone = 0;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitStopped = 3;
inline constexpr int kExitFull = 4;
inline constexpr int kExitNotOpened = 5;

// How often it asks again for a turn that found the disk full.
inline constexpr int kFullMax = 3;

// Returns the exit code.
int RunChild(const ScenarioOptions& options, int first_turn);

}  // namespace tideover::crash

#endif  // TIDEOVER_TESTS_CRASH_CHILD_RUN_H_
