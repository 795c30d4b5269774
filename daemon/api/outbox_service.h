// OutboxService: looking at mutations and deciding about those that cannot go on alone. A resource,
// owned by the server.
#ifndef TIDEOVER_API_OUTBOX_SERVICE_H_
#define TIDEOVER_API_OUTBOX_SERVICE_H_

#include <memory>

#include "api/resolvers.h"
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
  grpc::ServerUnaryReactor* Edit(grpc::CallbackServerContext* context,
                                 const v1::EditRequest* request,
                                 v1::EditResponse* response) override;
  grpc::ServerUnaryReactor* Hold(grpc::CallbackServerContext* context,
                                 const v1::HoldRequest* request,
                                 v1::HoldResponse* response) override;
  grpc::ServerUnaryReactor* Release(grpc::CallbackServerContext* context,
                                    const v1::ReleaseRequest* request,
                                    v1::ReleaseResponse* response) override;
  grpc::ServerUnaryReactor* ResolveConflict(grpc::CallbackServerContext* context,
                                            const v1::ResolveConflictRequest* request,
                                            v1::ResolveConflictResponse* response) override;
  grpc::ServerBidiReactor<v1::AnswerConflictsRequest, v1::AnswerConflictsResponse>* AnswerConflicts(
      grpc::CallbackServerContext* context) override;
  grpc::ServerWriteReactor<v1::ExportResponse>* Export(grpc::CallbackServerContext* context,
                                                       const v1::ExportRequest* request) override;
  grpc::ServerWriteReactor<v1::WatchOutboxResponse>* Watch(
      grpc::CallbackServerContext* context, const v1::WatchOutboxRequest* request) override;

 private:
  const Shared shared_;
  const std::shared_ptr<Resolvers> resolvers_ = std::make_shared<Resolvers>();
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_OUTBOX_SERVICE_H_
