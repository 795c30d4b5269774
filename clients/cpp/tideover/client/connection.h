// A connection to tideoverd: one gRPC channel over its Unix-domain socket and a stub per service.
// Resource: owned by the application, for as long as it wants to call; all calls are thread-safe,
// as gRPC's stubs are. Making one never blocks: the first call connects, and the channel
// reconnects by itself after the daemon was restarted. What was answered before is durable in the
// daemon; a call that was cut off may be repeated with the same mutation ids.
// It adds nothing to the API: no cache, no retries, no types of its own.
#ifndef TIDEOVER_CLIENT_CONNECTION_H_
#define TIDEOVER_CLIENT_CONNECTION_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "tideover/v1/admin.grpc.pb.h"
#include "tideover/v1/auth.grpc.pb.h"
#include "tideover/v1/data.grpc.pb.h"
#include "tideover/v1/outbox.grpc.pb.h"
#include "tideover/v1/sync.grpc.pb.h"

namespace tideover::client {

// A channel to the socket at `path` with gRPC's minimal filter stack, deadlines, no proxy, and a
// reconnect within 2 s of the daemon's return.
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& path);

class Connection {
 public:
  // `socket_path` empty means ResolveSocketPath's answer.
  explicit Connection(const std::string& socket_path = "");
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const std::string& socket_path() const { return socket_path_; }

  v1::DataService::Stub& data() { return *data_; }
  v1::OutboxService::Stub& outbox() { return *outbox_; }
  v1::SyncService::Stub& sync() { return *sync_; }
  v1::AuthService::Stub& auth() { return *auth_; }
  v1::AdminService::Stub& admin() { return *admin_; }

 private:
  const std::string socket_path_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::DataService::Stub> data_;
  const std::unique_ptr<v1::OutboxService::Stub> outbox_;
  const std::unique_ptr<v1::SyncService::Stub> sync_;
  const std::unique_ptr<v1::AuthService::Stub> auth_;
  const std::unique_ptr<v1::AdminService::Stub> admin_;
};

}  // namespace tideover::client

#endif  // TIDEOVER_CLIENT_CONNECTION_H_
