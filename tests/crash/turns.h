// The turns of the scenario: what apps ask, what a server answers, what operators do, as one group
// commit of a few requests. A pure function of the store as it stands, the seed and the number of
// the turn: whoever comes to the same store makes the same turn, so that a scenario that was killed
// goes on as if it had not been.
#ifndef TIDEOVER_TESTS_CRASH_TURNS_H_
#define TIDEOVER_TESTS_CRASH_TURNS_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <vector>

#include "doors/doors.h"
#include "store/txn.h"

namespace tideover::crash {

// Collections: "todos" (the server chooses ids) and "notes" (ids made here).
doors::RulesByCollection ScenarioRules();

// One to four requests; the first is always accepted. Every operation carries a mutation id. The
// requests point into `doors`.
absl::StatusOr<std::vector<doors::Request>> MakeTurn(const store::Reader& reader,
                                                     const doors::Doors& doors, uint64_t seed,
                                                     int turn);

}  // namespace tideover::crash

#endif  // TIDEOVER_TESTS_CRASH_TURNS_H_
