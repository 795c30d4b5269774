// The commit door: writes of apps enter here. Each call is checked against the view and then
// applied whole, or refused whole with nothing written; a refused call does not touch the others of
// its turn. On the writer's thread; durable when the turn's transaction is.
#ifndef TIDEOVER_DOORS_COMMIT_DOOR_H_
#define TIDEOVER_DOORS_COMMIT_DOOR_H_

#include <absl/status/statusor.h>

#include "doors/request.h"
#include "doors/turn.h"

namespace tideover::doors {

// ALREADY_EXISTS: create of a document that is there. FAILED_PRECONDITION: a mutation id that
// stands for another write. NOT_FOUND: update, replace or delete of a document that is not there.
// ABORTED: if_revision is not the document's revision. INVALID_ARGUMENT: the result would be too
// large, or a create names itself by its provisional id. RefusedOperation says which operation it
// was. An error other than these comes from the store and ends the turn.
absl::StatusOr<CommitAnswer> Commit(Turn* turn, const CommitRequest& request);

// Whether it was refused because its document would be too large.
bool IsTooLarge(const absl::Status& refusal);

// Whether a status is a refusal of the request alone (true), or a failure of the store (false).
bool IsRefusal(const absl::Status& status);

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_COMMIT_DOOR_H_
