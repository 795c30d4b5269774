// SyncService: the state of the daemon, the network setting, synchronisation on demand and events.
// A resource, owned by the server.
#ifndef TIDEOVER_API_SYNC_SERVICE_H_
#define TIDEOVER_API_SYNC_SERVICE_H_

#include <memory>
#include <utility>

#include "api/event_log.h"
#include "api/shared.h"
#include "tideover/v1/sync.grpc.pb.h"

namespace tideover::api {

class SyncServiceImpl final : public v1::SyncService::CallbackService {
 public:
  SyncServiceImpl(const Shared& shared, std::shared_ptr<EventLog> events)
      : shared_(shared), events_(std::move(events)) {}

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
  grpc::ServerWriteReactor<v1::Event>* WatchEvents(grpc::CallbackServerContext* context,
                                                   const v1::WatchEventsRequest* request) override;

 private:
  const Shared shared_;
  const std::shared_ptr<EventLog> events_;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_SYNC_SERVICE_H_
