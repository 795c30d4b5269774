// OutboxService's AnswerConflicts: the first message registers the caller as the resolver of a
// collection, every later one decides a conflict; questions go out meanwhile (ConflictQuestions).
// One answer is taken at a time, the next is read when it is durable. An answer that came too late,
// because the conflict was decided otherwise, is passed over; one that says nothing ends the call.
#ifndef TIDEOVER_API_CONFLICT_CALL_H_
#define TIDEOVER_API_CONFLICT_CALL_H_

#include <grpcpp/support/server_callback.h>

#include <memory>

#include "api/resolvers.h"
#include "api/shared.h"
#include "tideover/v1/outbox.pb.h"

namespace tideover::api {

// What gRPC wants to have.
grpc::ServerBidiReactor<v1::AnswerConflictsRequest, v1::AnswerConflictsResponse>* StartConflictCall(
    grpc::CallbackServerContext* context, const Shared& shared,
    const std::shared_ptr<Resolvers>& resolvers);

}  // namespace tideover::api

#endif  // TIDEOVER_API_CONFLICT_CALL_H_
