// What operators do to single mutations of the outbox and the dead-letter queue: part of the commit
// door. On the writer's thread; durable when the turn's transaction is.
#ifndef TIDEOVER_DOORS_OUTBOX_DOOR_H_
#define TIDEOVER_DOORS_OUTBOX_DOOR_H_

#include <absl/status/status.h>

#include "doors/request.h"
#include "doors/turn.h"

namespace tideover::doors {

// NOT_FOUND when the mutation is neither pending nor in the DLQ; FAILED_PRECONDITION when it is
// settled for good.
absl::Status ApplyOutboxRequest(Turn* turn, const OutboxRequest& request);

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_OUTBOX_DOOR_H_
