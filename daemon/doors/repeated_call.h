// Repeated calls: an app that is not sure asks again with the same mutation id, and is told what
// became of the first call. On the writer's thread.
#ifndef TIDEOVER_DOORS_REPEATED_CALL_H_
#define TIDEOVER_DOORS_REPEATED_CALL_H_

#include <absl/status/statusor.h>

#include <optional>

#include "doors/request.h"
#include "doors/turn.h"

namespace tideover::doors {

// What became of the mutation of that id; nothing when the id is new. FAILED_PRECONDITION: it
// stands for another write. INVALID_ARGUMENT: only ids that are made here have that form.
absl::StatusOr<std::optional<OperationAnswer>> FindRepeated(const Turn& turn,
                                                            const Operation& operation);

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_REPEATED_CALL_H_
