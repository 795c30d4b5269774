// A person, or an app that answers for the collection, decides a conflict: the mutation is sent
// again as decided, or ends. The server's document is the base already (doors/conflict.h). Part of
// the commit door; on the writer's thread.
#ifndef TIDEOVER_DOORS_RESOLVE_H_
#define TIDEOVER_DOORS_RESOLVE_H_

#include <absl/status/status.h>

#include <cstdint>
#include <string>

#include "doors/turn.h"
#include "log/mutation.h"

namespace tideover::doors {

// All: FAILED_PRECONDITION when it is not held for CONFLICT.

// Sent again on top of the server's document; so is what was made on top of it since. Where the
// server has deleted the document, all of it is created again; FAILED_PRECONDITION when the backend
// cannot do that under its id.
absl::Status KeepOurs(Turn* turn, uint64_t seq, log::LogEntry entry);

// The mutation ends as DISCARDED.
absl::Status KeepTheirs(Turn* turn, uint64_t seq, const log::LogEntry& entry);

// Sends what makes `json`, a whole document, of the server's, in place of the mutation; when there
// is no difference the mutation ends as CONFIRMED. INVALID_ARGUMENT when that is no document, or
// changes what the backend's update cannot carry.
absl::Status KeepMerged(Turn* turn, uint64_t seq, log::LogEntry entry, const std::string& json);

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_RESOLVE_H_
