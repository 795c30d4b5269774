// WebSocket, a resource: one connection to a server over which text messages go both ways
// (RFC 6455), on the event loop.
//
// Owned by whoever speaks over it, used on the loop thread only; it must be destroyed before its
// loop. It is made as requests of HttpClient are: the same proxy, the same trust, no environment
// variables, no redirects. It lives once: it opens or not, and ends; whoever wants another
// connection makes another WebSocket. No extension is offered, so nothing is compressed, and binary
// messages are refused.
//
// It answers pings and sends none: that a peer is dead is for its owner to find, whose protocol has
// a keep-alive of its own. Nothing is kept: what was sent before the end may have arrived or not.
// The process must ignore SIGPIPE.
#ifndef TIDEOVER_NET_WEB_SOCKET_H_
#define TIDEOVER_NET_WEB_SOCKET_H_

#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/random.h"
#include "loop/event_loop.h"
#include "loop/fd_watcher.h"
#include "loop/timer.h"
#include "net/http.h"
#include "net/http_options.h"

namespace tideover::net {

class CurlConnection;
class WebSocketFrames;
class WebSocketHandshake;

// Largest sum of messages that wait to be sent.
inline constexpr size_t kWebSocketSendBytesMax = size_t{4} << 20;
// How long Close() waits for the server's own goodbye.
inline constexpr base::Millis kWebSocketCloseTimeout = std::chrono::seconds(1);

struct WebSocketRequest {
  // wss, or ws to a loopback host where the options allow plain HTTP to it; no user or password.
  std::string url = {};
  // Beside those of the handshake, by the rules of HttpRequest::headers. They may hold secrets and
  // are never logged.
  HttpHeaders headers = {};
  // What is offered, as the value of the header: "graphql-ws, header-abc"; empty: none. May hold a
  // secret too.
  std::string subprotocols = {};
  // The one that the server must select; empty: any of those offered, or none.
  std::string subprotocol = {};
  // From construction to WebSocketOpened: DNS, connection, TLS and the answer to the upgrade.
  base::Millis open_timeout = std::chrono::seconds(15);
  // Largest message of the server's.
  size_t message_bytes_max = size_t{1} << 20;
};

// The server has agreed: messages may be sent.
struct WebSocketOpened {};

// One whole message of the server's, valid UTF-8.
struct WebSocketMessage {
  std::string text;
};

// It is over, or never was. Nothing comes after it.
struct WebSocketEnded {
  // Of an upgrade that was answered with something else than 101; else 0.
  int http_status = 0;
  // What the server said when it closed (RFC 6455, section 7.4); 0: nothing.
  int close_code = 0;
  // One line for people: no path, query, header or payload; it may name the host.
  std::string message = {};
  // From the Retry-After of such an answer, by the rules of HttpResponse::retry_after.
  std::optional<base::Millis> retry_after = {};
};

using WebSocketEvent = std::variant<WebSocketOpened, WebSocketMessage, WebSocketEnded>;

class WebSocket {
 public:
  using OnEvent = absl::AnyInvocable<void(WebSocketEvent)>;

  // Calls `on_event` in later turns: with WebSocketOpened at most once, then with each message, and
  // at the end with WebSocketEnded, exactly once and last. It may destroy this. Neither
  // the options nor the request need outlive the constructor.
  WebSocket(loop::EventLoop& loop, const HttpOptions& options, const WebSocketRequest& request,
            OnEvent on_event);
  // Drops the connection at once, without a goodbye. No event comes any more.
  ~WebSocket();
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;

  // After WebSocketOpened. `text` must be UTF-8. When more than kWebSocketSendBytesMax would wait
  // to be sent, the WebSocket ends. After Close() and after the end, nothing is sent.
  void Send(std::string_view text);

  // Says goodbye (1000) after what waits to be sent, and ends when the server has too, or after
  // kWebSocketCloseTimeout; messages of the server's may come until then. Before WebSocketOpened it
  // ends at once.
  void Close();

 private:
  enum class State { kConnecting, kUpgrading, kOpen, kClosing, kEnded };
  struct Receiver;

  absl::Status Start(loop::EventLoop& loop, const HttpOptions& options,
                     const WebSocketRequest& request);
  absl::Status SendUpgrade();
  void OnReady();
  // These return false when that was the end.
  bool Read();
  bool Take(std::string_view bytes);
  bool TakeAnswer(std::string_view bytes);
  bool TakeFrames(std::string_view bytes);
  absl::Status Write();

  void Fail(std::string message);
  void End(WebSocketEnded ended);
  void Push(WebSocketEvent event);
  void Deliver();

  const size_t message_bytes_max_;
  base::SystemRandom random_;
  State state_ = State::kConnecting;
  // Until the end.
  std::unique_ptr<CurlConnection> connection_;
  // Until it has opened, and from then on.
  std::unique_ptr<WebSocketHandshake> handshake_;
  std::unique_ptr<WebSocketFrames> frames_;

  // Of opening, and then of closing.
  loop::Timer deadline_;
  // Goes on reading in the next turn.
  loop::Timer more_;
  loop::Timer delivery_;
  // Shared with a Deliver() under way, in which this may be destroyed.
  std::shared_ptr<Receiver> receiver_;
};

}  // namespace tideover::net

#endif  // TIDEOVER_NET_WEB_SOCKET_H_
