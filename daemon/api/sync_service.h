// SyncService: the state of the daemon, the network setting and synchronisation on demand. A
// resource, owned by the server. What it does not override answers UNIMPLEMENTED by gRPC's own
// code.
#ifndef TIDEOVER_API_SYNC_SERVICE_H_
#define TIDEOVER_API_SYNC_SERVICE_H_

#include "api/shared.h"
#include "tideover/v1/sync.grpc.pb.h"

namespace tideover::api {

class SyncServiceImpl final : public v1::SyncService::CallbackService {
 public:
  explicit SyncServiceImpl(const Shared& shared) : shared_(shared) {}

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const v1::GetStatusRequest* request,
                                      v1::GetStatusResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchStatusResponse>* WatchStatus(
      grpc::CallbackServerContext* context, const v1::WatchStatusRequest* request) override;
  grpc::ServerUnaryReactor* SetNetwork(grpc::CallbackServerContext* context,
                                       const v1::SetNetworkRequest* request,
                                       v1::SetNetworkResponse* response) override;
  grpc::ServerUnaryReactor* Sync(grpc::CallbackServerContext* context,
                                 const v1::SyncRequest* request,
                                 v1::SyncResponse* response) override;
  grpc::ServerUnaryReactor* Invalidate(grpc::CallbackServerContext* context,
                                       const v1::InvalidateRequest* request,
                                       v1::InvalidateResponse* response) override;

 private:
  const Shared shared_;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_SYNC_SERVICE_H_
