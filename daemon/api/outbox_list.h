// OutboxService's List: one page of the log, the history and the dead-letter queue, in log order,
// put together in slices on the worker pool. Each slice is a snapshot of its own, and none is held
// between two of them: a page costs no more memory than itself, however long the outbox is.
#ifndef TIDEOVER_API_OUTBOX_LIST_H_
#define TIDEOVER_API_OUTBOX_LIST_H_

#include <memory>

#include "api/shared.h"
#include "api/unary_call.h"
#include "tideover/v1/outbox.pb.h"

namespace tideover::api {

// Answers the call, sooner or later.
void StartList(const Shared& shared, std::shared_ptr<const Session> session,
               const v1::ListMutationsRequest& request,
               std::shared_ptr<UnaryCall<v1::ListMutationsResponse>> call);

}  // namespace tideover::api

#endif  // TIDEOVER_API_OUTBOX_LIST_H_
