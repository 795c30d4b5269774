// LiveSocket: the socket that the realtime protocol is spoken over, as small as that needs it, so
// that tests can stand at its other end. An interface of resources; loop thread. OpenLiveSocket is
// how one is had: events and their order are those of net::WebSocket (net/web_socket.h), and
// destroying a socket, also inside its own event, drops it without another one.
#ifndef TIDEOVER_APPSYNC_LIVE_SOCKET_H_
#define TIDEOVER_APPSYNC_LIVE_SOCKET_H_

#include <absl/functional/any_invocable.h>

#include <memory>
#include <string>

#include "loop/event_loop.h"
#include "net/http_options.h"
#include "net/web_socket.h"

namespace tideover::appsync {

class LiveSocket {
 public:
  virtual ~LiveSocket() = default;
  virtual void Send(std::string text) = 0;
};

using OpenLiveSocket =
    absl::AnyInvocable<std::unique_ptr<LiveSocket>(net::WebSocketRequest, net::WebSocket::OnEvent)>;

// Over the network; the loop outlives the sockets.
OpenLiveSocket OverTheNetwork(loop::EventLoop& loop, net::HttpOptions options);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_LIVE_SOCKET_H_
