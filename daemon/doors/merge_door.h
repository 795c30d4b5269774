// The merge door: what the server said enters here: sent marks, outcomes of pushes, lists, messages
// about single documents. Each event is applied whole; an event about a mutation that is no longer
// pending (a person took it out meanwhile) changes nothing. On the writer's thread; durable when
// the turn's transaction is.
#ifndef TIDEOVER_DOORS_MERGE_DOOR_H_
#define TIDEOVER_DOORS_MERGE_DOOR_H_

#include <absl/status/status.h>

#include "doors/hold.h"
#include "doors/request.h"
#include "doors/turn.h"

namespace tideover::doors {

// An error comes from the store and ends the turn.
absl::Status Merge(Turn* turn, const MergeEvent& event, MergeAnswer* answer);

// The parts, also used by list_merge.cc. The first is in confirm.cc.
absl::Status MergeConfirmed(Turn* turn, const Confirmed& event);

// Takes a mutation out of the outbox into `settled`; what it saw of the base is handed on. The
// caller folds the document again.
absl::Status Settle(Turn* turn, uint64_t seq, const log::LogEntry& entry,
                    log::SettledEntry settled);

// It is certain now that no attempt of the bundle reached the server: let go, to be sent again.
absl::Status NeverArrived(Turn* turn, uint64_t seq);

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_MERGE_DOOR_H_
