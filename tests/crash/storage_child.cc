// The storage child: makes the turns of the scenario and answers each on standard output, by one
// write, only after its commit returned OK:
//   ready
//   answered <turn> <mutation id>...
//   full <turn>          the disk was full and every request of the turn was told so; it asks again
//   stopped <error>      the store failed: nothing is answered any more
// Usage: storage_child DIRECTORY SEED FIRST_TURN [nosync]
// Exit: 0 all turns are made, 2 usage, 3 stopped, 4 full for good, 5 the store did not open.
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "crash/child_exit.h"
#include "crash/scenario.h"

namespace tideover::crash {
namespace {

void Say(const std::string& line) {
  const std::string whole = line + "\n";
  // Whoever does not listen any more is about to kill us.
  if (write(STDOUT_FILENO, whole.data(), whole.size()) < 0) std::_Exit(kExitUsage);
}

int Stop(const absl::Status& status, int code) {
  Say("stopped " + status.ToString());
  return code;
}

// The turn, again while the disk is full.
int Turn(Scenario* scenario, int turn) {
  for (int i = 0; i < kFullMax; ++i) {
    const absl::StatusOr<Turned> turned = scenario->RunTurn(turn);
    if (!turned.ok()) return Stop(turned.status(), kExitStopped);
    if (turned->full) {
      Say("full " + std::to_string(turn));
      continue;
    }
    std::string line = "answered " + std::to_string(turn);
    for (const std::string& id : turned->mutation_ids) line += " " + id;
    Say(line);
    return kExitDone;
  }
  return kExitFull;
}

int Run(const ScenarioOptions& options, int first) {
  auto scenario = Scenario::Open(options);
  if (!scenario.ok()) return Stop(scenario.status(), kExitNotOpened);
  Say("ready");
  for (int turn = first; turn <= kTurns; ++turn) {
    if (const int code = Turn(scenario->get(), turn); code != kExitDone) return code;
  }
  return kExitDone;
}

}  // namespace
}  // namespace tideover::crash

int main(int argc, char** argv) {
  if (argc < 4) return tideover::crash::kExitUsage;
  tideover::crash::ScenarioOptions options;
  options.directory = argv[1];
  options.seed = std::strtoull(argv[2], nullptr, 10);
  options.no_sync = argc > 4 && std::strcmp(argv[4], "nosync") == 0;
  return tideover::crash::Run(options, std::atoi(argv[3]));
}
