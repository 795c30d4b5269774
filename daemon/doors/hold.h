// Holds of pending mutations: every change of PushState.hold goes through here. An operator's hold
// is not lifted by what the server says: beside another hold it waits beneath it, and takes its
// place. On the writer's thread.
#ifndef TIDEOVER_DOORS_HOLD_H_
#define TIDEOVER_DOORS_HOLD_H_

#include <absl/status/status.h>

#include <cstdint>

#include "doors/bundle.h"
#include "doors/turn.h"
#include "log/mutation.h"

namespace tideover::doors {

// What holds it beside an operator.
log::PushState::Hold HoldBeneath(const log::PushState& push);

// Sets the hold of a pending mutation, writes its entry and announces it, when it is not so
// already. NONE leaves an operator's hold as it is.
absl::Status SetHold(Turn* turn, uint64_t seq, log::LogEntry entry, log::PushState::Hold hold);

// What the hold becomes when `hold` is asked for; the entry is neither written nor announced.
void ChangeHold(log::LogEntry* entry, log::PushState::Hold hold);

// Lifts any hold, an operator's too, writes the entry and announces it whether it was held or not:
// the engine tries it now.
absl::Status LetGo(Turn* turn, uint64_t seq, log::LogEntry entry);

// A person takes `seq` out of what may have arrived as one write. Was it the first, whose hold is
// for all of them, then the next one is held as it was.
absl::Status HandOnHold(Turn* turn, const Bundle& bundle, uint64_t seq);

// Writes an entry of which something that people see has changed, and tells them.
absl::Status WriteAndAnnounce(Turn* turn, uint64_t seq, const log::LogEntry& entry);

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_HOLD_H_
