// OutboxService: looking at mutations and deciding about those that cannot go on alone. A resource,
// owned by the server. What it does not override answers UNIMPLEMENTED by gRPC's own code.
#ifndef TIDEOVER_API_OUTBOX_SERVICE_H_
#define TIDEOVER_API_OUTBOX_SERVICE_H_

#include "api/shared.h"
#include "tideover/v1/outbox.grpc.pb.h"

namespace tideover::api {

class OutboxServiceImpl final : public v1::OutboxService::CallbackService {
 public:
  explicit OutboxServiceImpl(const Shared& shared) : shared_(shared) {}

  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context,
                                 const v1::ListMutationsRequest* request,
                                 v1::ListMutationsResponse* response) override;
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context,
                                const v1::GetMutationRequest* request,
                                v1::GetMutationResponse* response) override;
  grpc::ServerUnaryReactor* Retry(grpc::CallbackServerContext* context,
                                  const v1::RetryRequest* request,
                                  v1::RetryResponse* response) override;
  grpc::ServerUnaryReactor* Discard(grpc::CallbackServerContext* context,
                                    const v1::DiscardRequest* request,
                                    v1::DiscardResponse* response) override;

 private:
  const Shared shared_;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_OUTBOX_SERVICE_H_
