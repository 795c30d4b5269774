// WebSocketHandshake, a value: the upgrade of a connection to a WebSocket as the client speaks it
// (RFC 6455, section 4): the bytes of the request, and what the server's answer to it amounts to.
// It sends and receives nothing itself; its time comes from the caller.
//
// The server must answer with 101, name the upgrade, prove by Sec-WebSocket-Accept that it has read
// this very request, select a subprotocol of those offered, and use no extension, since none is
// offered. Everything else is a refusal, and the connection is then good for nothing.
#ifndef TIDEOVER_NET_WEB_SOCKET_HANDSHAKE_H_
#define TIDEOVER_NET_WEB_SOCKET_HANDSHAKE_H_

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/random.h"
#include "net/http.h"
#include "net/request_check.h"
#include "net/web_socket.h"

namespace tideover::net {

class WebSocketHandshake {
 public:
  // The answer is not complete yet.
  struct Pending {};
  // The server has agreed; `rest` are the bytes after its answer, which belong to the first frames.
  struct Accepted {
    std::string rest;
  };
  using Outcome = std::variant<Pending, Accepted, WebSocketEnded>;

  // INVALID_ARGUMENT for headers that must not be sent, as of CheckHeaders(), and for those of the
  // handshake itself. `header_bytes_max` bounds the answer, intermediate ones included.
  static absl::StatusOr<WebSocketHandshake> Create(const WebSocketRequest& request,
                                                   const CheckedUrl& url, size_t header_bytes_max,
                                                   base::Random& random);

  // Once: what is to be sent.
  std::string TakeRequest();
  // Takes what the server has sent, until the outcome is another than Pending. A date in
  // Retry-After is relative to `now`.
  Outcome Take(std::string_view bytes, base::WallTime now);

 private:
  WebSocketHandshake(const WebSocketRequest& request, size_t header_bytes_max);

  // Of an answer that is final. Empty: it is an acceptance.
  std::string FaultOf(const HttpResponse& answer) const;
  bool MaySelect(std::string_view subprotocol) const;

  // What the caller offers and expects; secrets may be in it.
  std::string offered_;
  std::string expected_;
  size_t header_bytes_max_;
  std::string request_;
  // What Sec-WebSocket-Accept must be.
  std::string accept_;
  // Of the answer, from the beginning of its last head.
  std::string received_;
  // Bytes of the heads before it.
  size_t passed_bytes_ = 0;
};

}  // namespace tideover::net

#endif  // TIDEOVER_NET_WEB_SOCKET_HANDSHAKE_H_
