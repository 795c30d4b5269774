#include "api/server.h"

#include <grpc/grpc.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/server_posix.h>
#include <unistd.h>

#include <chrono>
#include <mutex>

#include "api/admin_service.h"
#include "api/auth_service.h"
#include "api/data_service.h"
#include "api/event_log.h"
#include "api/limits.h"
#include "api/outbox_service.h"
#include "api/shared.h"
#include "api/sync_service.h"
#include "base/check.h"
#include "grpc/health/v1/health.pb.h"

namespace tideover::api {
namespace {

// Health and reflection are global switches of gRPC, to be set before the first server is built.
// The reference to gRPC is never given back: with the last one gone it would wait up to 10 s for a
// poller of its own, after a client that did not read.
void SwitchPluginsOn() {
  static std::once_flag once;
  std::call_once(once, [] {
    grpc_init();
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    // Reflection names gRPC's own health service; it can only describe it when this is linked in.
    grpc::health::v1::HealthCheckRequest::descriptor();
  });
}

void SetLimits(grpc::ServerBuilder* builder) {
  builder->SetMaxReceiveMessageSize(kMessageBytesMax);
  builder->SetMaxSendMessageSize(kMessageBytesMax + kMessageFillBytes);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsPerConnectionMax);
  builder->AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kHeaderBytesMax);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS,
                              static_cast<int>(kConnectionIdle.count()));
  // A Unix socket needs no keepalive of ours; clients may send theirs.
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
}

}  // namespace

struct Server::Parts {
  Parts(SessionSource* source, const base::Clock* clock, base::Random* random)
      : pool(std::make_shared<WorkerPool>(kQueryThreads, clock)),
        events(std::make_shared<EventLog>(source, clock, pool)),
        states(pool, clock, random),
        freshness(source, clock),
        shared{source, clock, pool, &states, &freshness, &watchers},
        data(shared),
        outbox(shared),
        sync(shared, events),
        auth(shared) {}

  const std::shared_ptr<WorkerPool> pool;
  const std::shared_ptr<EventLog> events;
  SessionStates states;
  FreshnessWatch freshness;
  Watchers watchers;
  const Shared shared;
  DataServiceImpl data;
  OutboxServiceImpl outbox;
  SyncServiceImpl sync;
  AuthServiceImpl auth;
  AdminServiceImpl admin;
  std::mutex mutex;  // Guards what follows: connections come until the server stops.
  std::unique_ptr<grpc::Server> grpc_server;
  bool stopped = false;
};

Server::Server(SessionSource* source, const base::Clock* clock, base::Random* random) {
  SwitchPluginsOn();
  parts_ = std::make_unique<Parts>(source, clock, random);
  grpc::ServerBuilder builder;
  SetLimits(&builder);
  for (grpc::Service* service : std::initializer_list<grpc::Service*>{
           &parts_->data, &parts_->outbox, &parts_->sync, &parts_->auth, &parts_->admin}) {
    builder.RegisterService(service);
  }
  parts_->grpc_server = builder.BuildAndStart();
  TIDEOVER_CHECK(parts_->grpc_server != nullptr, "gRPC refuses to start a server");
}

Server::~Server() { Stop(); }

void Server::AddConnection(int fd) {
  const std::lock_guard lock(parts_->mutex);
  if (parts_->stopped) {
    close(fd);
    return;
  }
  grpc::AddInsecureChannelFromFd(parts_->grpc_server.get(), fd);
}

void Server::OnSessionChanged() {
  const std::shared_ptr<const Session> present = parts_->shared.source->Current();
  parts_->watchers.EndThoseOfOtherSessions(present.get());
  parts_->events->OnSessionChanged();
  if (const auto state = parts_->states.LatestIfNot(present)) state->settle->ReleaseAll();
}

void Server::Stop() {
  {
    const std::lock_guard lock(parts_->mutex);
    if (std::exchange(parts_->stopped, true)) return;
  }
  grpc::Server& server = *parts_->grpc_server;
  if (auto* health = server.GetHealthCheckService()) health->Shutdown();
  parts_->watchers.Stop();
  if (const auto state = parts_->states.Latest()) state->settle->ReleaseAll();
  server.Shutdown(std::chrono::system_clock::now() + kStopGrace);
  server.Wait();
  parts_->pool->Stop();
  parts_->events->Stop();
}

}  // namespace tideover::api
