#include "crash/reference.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/status_macros.h"
#include "crash/scenario.h"
#include "support/store_check.h"
#include "support/temp_dir.h"

namespace tideover::crash {

Reference::Reference(uint64_t seed) : seed_(seed) { Run(); }

void Reference::Run() {
  const support::TempDir directory;
  auto scenario = Scenario::Open({directory.path() + "/env", seed_, /*no_sync=*/true});
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  for (int turn = 0; turn <= kTurns; ++turn) {
    if (turn > 0) {
      const auto turned = (*scenario)->RunTurn(turn);
      ASSERT_TRUE(turned.ok()) << turned.status();
      ASSERT_FALSE(turned->full);
    }
    const auto txn = (*scenario)->env().BeginRead();
    const doors::Doors& doors = (*scenario)->doors();
    const absl::Status checked = support::CheckStore(txn->reader(), doors.rules(), doors.catalog());
    ASSERT_TRUE(checked.ok()) << "turn " << turn << ": " << checked;
    after_.push_back((*scenario)->Fingerprint().value_or(0));
    ASSERT_TRUE(turns_.emplace(after_.back(), turn).second) << "turn " << turn << " wrote nothing";
  }
}

absl::StatusOr<int> Reference::Judge(Scenario* scenario, int answered) const {
  ASSIGN_OR_RETURN(const uint64_t fingerprint, scenario->Fingerprint());
  const auto turn = turns_.find(fingerprint);
  if (turn == turns_.end()) {
    return absl::DataLossError(
        fmt::format("the store is as it was after no turn ({} was answered)", answered));
  }
  if (turn->second < answered) {
    return absl::DataLossError(
        fmt::format("the store is as it was after turn {}, but {} was "
                    "answered",
                    turn->second, answered));
  }
  if (turn->second > answered + 1) {
    return absl::InternalError(fmt::format("turn {} is there and {} was the last that was answered",
                                           turn->second, answered));
  }
  return turn->second;
}

absl::StatusOr<int> Reference::Verify(const std::string& directory, int answered,
                                      bool go_on) const {
  ASSIGN_OR_RETURN(const auto scenario, Scenario::Open({directory, seed_, /*no_sync=*/true}));
  ASSIGN_OR_RETURN(const int turn, Judge(scenario.get(), answered));
  if (!go_on || turn == kTurns) return turn;
  ASSIGN_OR_RETURN(const Turned unused, scenario->RunTurn(turn + 1));
  ASSIGN_OR_RETURN(const uint64_t next, scenario->Fingerprint());
  if (next == after_[static_cast<size_t>(turn) + 1]) return turn;
  return absl::DataLossError(
      fmt::format("turn {} comes out differently after the crash", turn + 1));
}

absl::StatusOr<int> Reference::Verify(const std::string& directory, const Answers& answers) const {
  ASSIGN_OR_RETURN(const auto scenario, Scenario::Open({directory, seed_, /*no_sync=*/true}));
  ASSIGN_OR_RETURN(const int turn, Judge(scenario.get(), answers.turn));
  for (const std::string& id : answers.mutation_ids) RETURN_IF_ERROR(scenario->Knows(id));
  return turn;
}

}  // namespace tideover::crash
