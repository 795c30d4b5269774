// One Query from its check to its page: slices of the scan take turns on the worker pool with those
// of other queries and watches.
#ifndef TIDEOVER_API_QUERY_CALL_H_
#define TIDEOVER_API_QUERY_CALL_H_

#include <memory>

#include "api/fetch.h"
#include "api/shared.h"
#include "api/unary_call.h"
#include "tideover/v1/data.pb.h"

namespace tideover::api {

// Answers the call, sooner or later. `plan` is what the read policy asks for.
void StartQuery(const Shared& shared, std::shared_ptr<const Session> session,
                const Collection& collection, const ReadPlan& plan, const v1::QueryRequest& request,
                std::shared_ptr<UnaryCall<v1::QueryResponse>> call);

}  // namespace tideover::api

#endif  // TIDEOVER_API_QUERY_CALL_H_
