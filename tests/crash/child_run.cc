#include "crash/child_run.h"

#include <unistd.h>

#include <cstdlib>
#include <string>

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

}  // namespace

int RunChild(const ScenarioOptions& options, int first_turn) {
  auto scenario = Scenario::Open(options);
  if (!scenario.ok()) return Stop(scenario.status(), kExitNotOpened);
  Say("ready");
  for (int turn = first_turn; turn <= kTurns; ++turn) {
    if (const int code = Turn(scenario->get(), turn); code != kExitDone) return code;
  }
  return kExitDone;
}

}  // namespace tideover::crash
