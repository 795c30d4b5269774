// OutboxService's List and Get, over the log, the history and the dead-letter queue of a session.
// On the worker pool: both read snapshots of their own and hold none between two steps.
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

// With base, server document and dependencies. NOT_FOUND when nothing has the id any more.
grpc::Status ReadMutation(const Session& session, const std::string& mutation_id,
                          v1::Mutation* mutation);

}  // namespace tideover::api

#endif  // TIDEOVER_API_OUTBOX_LIST_H_
