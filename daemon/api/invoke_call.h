// Invoke: a custom operation of the backend, queued like any mutation. Its checks and answers are
// its own; in between it is a Mutate of one operation (mutate_call.h).
#ifndef TIDEOVER_API_INVOKE_CALL_H_
#define TIDEOVER_API_INVOKE_CALL_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "api/shared.h"
#include "tideover/v1/data.pb.h"

namespace tideover::api {

grpc::ServerUnaryReactor* StartInvoke(const Shared& shared, std::shared_ptr<const Session> session,
                                      grpc::CallbackServerContext* context,
                                      const v1::InvokeRequest& request,
                                      v1::InvokeResponse* response);

}  // namespace tideover::api

#endif  // TIDEOVER_API_INVOKE_CALL_H_
