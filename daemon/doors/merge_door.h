// The merge door: what the server said enters here: sent marks, outcomes of pushes, lists. Each
// event is applied whole; an event about a mutation that is no longer pending (a person took it out
// meanwhile) changes nothing. On the writer's thread; durable when the turn's transaction is.
#ifndef TIDEOVER_DOORS_MERGE_DOOR_H_
#define TIDEOVER_DOORS_MERGE_DOOR_H_

#include <absl/status/status.h>

#include "doors/request.h"
#include "doors/turn.h"

namespace tideover::doors {

// An error comes from the store and ends the turn.
absl::Status Merge(Turn* turn, const MergeEvent& event, MergeAnswer* answer);

// The parts, also used by list_merge.cc. The first is in confirm.cc.
absl::Status MergeConfirmed(Turn* turn, const Confirmed& event);

// Takes a mutation out of the outbox into `settled`; the caller folds the document again.
absl::Status Settle(Turn* turn, uint64_t seq, const log::LogEntry& entry,
                    log::SettledEntry settled);

// Sets the hold of a pending mutation and announces it, when it is not so already.
absl::Status SetHold(Turn* turn, uint64_t seq, log::LogEntry entry, log::PushState::Hold hold);

// It is certain now that no attempt of the bundle reached the server: let go, to be sent again.
absl::Status NeverArrived(Turn* turn, uint64_t seq);

// Changes the hold of what needs the create `seq`: everything behind it in its lane, up to the next
// create. What is not in hold `from` is left as it is.
absl::Status HoldDependants(Turn* turn, uint64_t seq, const log::Mutation& create,
                            log::PushState::Hold from, log::PushState::Hold to);

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_MERGE_DOOR_H_
