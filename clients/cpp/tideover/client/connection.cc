#include "tideover/client/connection.h"

#include <grpc/grpc.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include "tideover/client/socket_path.h"

namespace tideover::client {

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& path) {
  grpc::ChannelArguments arguments;
  // The socket needs none of gRPC's balancing, retries or proxies; the minimal stack would also
  // leave out deadlines, which we want.
  arguments.SetInt(GRPC_ARG_MINIMAL_STACK, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_DEADLINE_CHECKS, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // Also how long one attempt may take, to gRPC: a daemon that has just started on a busy machine
  // may need more than a moment to greet.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 2000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  // A page may hold many documents of up to 1 MiB; the daemon bounds it.
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(SocketTarget(path), grpc::InsecureChannelCredentials(),
                                   arguments);
}

Connection::Connection(const std::string& socket_path)
    : socket_path_(ResolveSocketPath(socket_path)),
      channel_(MakeChannel(socket_path_)),
      data_(v1::DataService::NewStub(channel_)),
      outbox_(v1::OutboxService::NewStub(channel_)),
      sync_(v1::SyncService::NewStub(channel_)),
      auth_(v1::AuthService::NewStub(channel_)),
      admin_(v1::AdminService::NewStub(channel_)) {}

}  // namespace tideover::client
