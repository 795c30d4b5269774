// WebSocketServer, a resource: a scripted WebSocket server (RFC 6455) on a free loopback port,
// plain or TLS, with a thread per connection; an HttpServer whose replies upgrade. A script, called
// on those threads once the connection is upgraded, says what the server does, sound or broken;
// when it returns the connection is closed. The frames are coded here anew, so that two ends that
// are wrong alike do not agree.
//
//   WebSocketServer server([](WebSocketPeer& peer) {
//     while (auto frame = peer.Receive()) peer.SendText(frame->payload);
//   });
//   ... server.Url("/realtime") ... server.http().requests()
#ifndef TIDEOVER_TESTS_SUPPORT_WEB_SOCKET_SERVER_H_
#define TIDEOVER_TESTS_SUPPORT_WEB_SOCKET_SERVER_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "support/http_server.h"

namespace tideover::support {

// The opcodes of RFC 6455, section 11.8.
enum class Opcode { kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10 };

struct WebSocketFrame {
  Opcode opcode = Opcode::kText;
  std::string payload = {};
  // Whether it is the last of its message.
  bool fin = true;
  // Of a frame that was received.
  bool masked = false;

  // Of a close: what it says; 0 for nothing.
  int CloseCode() const;
};

// As a server writes it: without a mask.
std::string EncodeFrame(const WebSocketFrame& frame);
// The payload of a close.
std::string ClosePayload(int code, std::string_view reason = "");

// One connection as the server's script sees it. Used by one thread.
class WebSocketPeer {
 public:
  WebSocketPeer(SocketStream& stream, std::string buffered)
      : stream_(stream), buffered_(std::move(buffered)) {}

  // False when the client has gone.
  bool Send(const WebSocketFrame& frame) { return stream_.Write(EncodeFrame(frame)); }
  bool SendText(std::string text) { return Send({.payload = std::move(text)}); }

  // The next frame of the client's, without its mask; nothing at the end of the stream.
  std::optional<WebSocketFrame> Receive();

  SocketStream& stream() { return stream_; }

 private:
  // False at the end of the stream.
  bool Buffer(size_t bytes);

  SocketStream& stream_;
  std::string buffered_;
};

class WebSocketServer {
 public:
  using Script = std::function<void(WebSocketPeer&)>;

  // Accepts every upgrade.
  explicit WebSocketServer(Script script, const TestCertificate* certificate = nullptr);
  // Answers as the handler says, who may use what stands below.
  explicit WebSocketServer(HttpServer::Handler handler,
                           const TestCertificate* certificate = nullptr)
      : http_(std::move(handler), certificate) {}

  // What accepts that upgrade, with the first subprotocol of those offered.
  static HttpServer::Headers AcceptingHeaders(const HttpServer::Request& request);
  // A reply with the status 101; `first` leaves in one piece with it.
  static HttpServer::Reply Upgrade(const HttpServer::Headers& headers, Script script,
                                   const std::string& first = "");

  // "ws://127.0.0.1:port" or "wss://…", and the target.
  std::string Url(std::string_view target) const;
  HttpServer& http() { return http_; }

 private:
  HttpServer http_;
};

}  // namespace tideover::support

#endif  // TIDEOVER_TESTS_SUPPORT_WEB_SOCKET_SERVER_H_
