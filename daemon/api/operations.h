// Operations of a Mutate, checked for all that can be checked without a write transaction, and what
// is told when one is refused, here or at the commit door. Pure functions of the request and the
// session; any thread.
#ifndef TIDEOVER_API_OPERATIONS_H_
#define TIDEOVER_API_OPERATIONS_H_

#include <grpcpp/support/status.h>

#include "api/session.h"
#include "doors/request.h"
#include "tideover/v1/data.pb.h"

namespace tideover::api {

grpc::Status CheckOperations(const Session& session, const v1::MutateRequest& request,
                             doors::CommitRequest* commit);

// What the commit door's refusal means to the caller. Reads a snapshot where the present revision
// is asked for: not on the writer's thread.
grpc::Status ExplainRefusal(const Session& session, const doors::CommitRequest& commit,
                            const absl::Status& refusal);

}  // namespace tideover::api

#endif  // TIDEOVER_API_OPERATIONS_H_
