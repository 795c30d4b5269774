// Edit: a person puts other content in the place of what a mutation writes. It keeps its place in
// the log; it keeps its mutation id too when it was certainly never sent, and gets another one for
// the server otherwise, for the server may know the old one with the old content. The app's own id
// leads to it as before, and what the app wrote is kept (LogEntry.original). Part of the commit
// door; on the writer's thread.
#ifndef TIDEOVER_DOORS_OUTBOX_EDIT_H_
#define TIDEOVER_DOORS_OUTBOX_EDIT_H_

#include <absl/status/status.h>

#include <cstdint>
#include <string>

#include "doors/turn.h"
#include "log/mutation.h"
#include "view/coalesce.h"

namespace tideover::doors {

// INVALID_ARGUMENT for content that a new write could not have either. FAILED_PRECONDITION when it
// is in flight, its kind writes nothing, or a list is about to tell whether it arrived. The same
// content again changes nothing.
absl::Status EditPending(Turn* turn, uint64_t seq, log::LogEntry entry, const std::string& json);
absl::Status EditDeadLetter(Turn* turn, uint64_t seq, log::SettledEntry settled,
                            const std::string& json);

// INVALID_ARGUMENT when the document would not bear the entry in place of the one that is pending
// under `seq`: it would be too large, or have a member of the wrong type.
absl::Status CheckInPlace(const Turn& turn, uint64_t seq, const log::LogEntry& entry);

// Gives the entry another write, of which certainly nothing arrived yet; `new_id`: and another
// mutation id.
void PutInPlace(const Turn& turn, uint64_t seq, const view::Write& write, bool new_id,
                log::LogEntry* entry);

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_OUTBOX_EDIT_H_
