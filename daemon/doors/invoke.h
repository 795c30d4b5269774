// How an invoke leaves the outbox. It stands in the lanes of all documents of its effects, and what
// it showed there goes with it: what the server made of them comes with the next list. On the
// writer's thread.
#ifndef TIDEOVER_DOORS_INVOKE_H_
#define TIDEOVER_DOORS_INVOKE_H_

#include <absl/status/status.h>

#include "doors/turn.h"
#include "log/mutation.h"

namespace tideover::doors {

// Takes it into `settled`, folds its documents again, and holds what needs those that it would have
// made: their provisional ids stand for nothing any more, however it ended.
absl::Status SettleInvoke(Turn* turn, uint64_t seq, const log::LogEntry& entry,
                          log::SettledEntry settled);

// Folds the documents of its effects again.
absl::Status RefoldEffects(Turn* turn, uint64_t seq, const log::Mutation& invoke, bool settles);

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_INVOKE_H_
