#include "appsync/live_socket.h"

#include <utility>

namespace tideover::appsync {
namespace {

class NetworkSocket final : public LiveSocket {
 public:
  NetworkSocket(loop::EventLoop& loop, const net::HttpOptions& options,
                const net::WebSocketRequest& request, net::WebSocket::OnEvent on_event)
      : socket_(loop, options, request, std::move(on_event)) {}

  void Send(std::string text) override { socket_.Send(std::move(text)); }

 private:
  net::WebSocket socket_;
};

}  // namespace

OpenLiveSocket OverTheNetwork(loop::EventLoop& loop, net::HttpOptions options) {
  return [&loop, options = std::move(options)](const net::WebSocketRequest& request,
                                               net::WebSocket::OnEvent on_event) {
    return std::make_unique<NetworkSocket>(loop, options, request, std::move(on_event));
  };
}

}  // namespace tideover::appsync
