#include "net/web_socket.h"

#include <array>
#include <deque>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"
#include "net/curl_connection.h"
#include "net/request_check.h"
#include "net/web_socket_frames.h"
#include "net/web_socket_handshake.h"

namespace tideover::net {
namespace {

constexpr size_t kReadBytes = size_t{16} << 10;
// Bytes that are read before everything else on the loop has its turn.
constexpr size_t kTurnBytes = size_t{256} << 10;
// RFC 6455, section 7.4.1: there is nothing more to say.
constexpr int kNormalClosure = 1000;

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

}  // namespace

// The events that have happened and not been told.
struct WebSocket::Receiver {
  OnEvent on_event;
  std::deque<WebSocketEvent> events;
};

WebSocket::WebSocket(loop::EventLoop& loop, const HttpOptions& options,
                     const WebSocketRequest& request, OnEvent on_event)
    : message_bytes_max_(request.message_bytes_max),
      deadline_(loop),
      more_(loop),
      delivery_(loop),
      receiver_(std::make_shared<Receiver>()) {
  receiver_->on_event = std::move(on_event);
  base::Millis timeout = request.open_timeout;
  deadline_.Start(timeout, [this, timeout] {
    Fail("did not open within " + std::to_string(timeout.count()) + " ms");
  });
  absl::Status status = Start(loop, options, request);
  if (!status.ok()) Fail(MessageOf(status));
}

WebSocket::~WebSocket() {
  // Ends the Deliver() that this may be destroyed in.
  receiver_->events.clear();
}

absl::Status WebSocket::Start(loop::EventLoop& loop, const HttpOptions& options,
                              const WebSocketRequest& request) {
  ASSIGN_OR_RETURN(CheckedUrl url,
                   CheckWebSocketUrl(request.url, options.allow_plain_http_loopback));
  ASSIGN_OR_RETURN(WebSocketHandshake handshake,
                   WebSocketHandshake::Create(request, url, options.header_bytes_max, random_));
  handshake_ = std::make_unique<WebSocketHandshake>(std::move(handshake));
  connection_ =
      std::make_unique<CurlConnection>(loop, options, url, [this](absl::Status connected) {
        if (connected.ok()) connected = SendUpgrade();
        if (!connected.ok()) Fail(MessageOf(connected));
      });
  return absl::OkStatus();
}

absl::Status WebSocket::SendUpgrade() {
  state_ = State::kUpgrading;
  RETURN_IF_ERROR(connection_->Watch([this](loop::FdEvents) { OnReady(); }));
  return connection_->Send(handshake_->TakeRequest());
}

void WebSocket::OnReady() {
  // Reading first: why the server has gone may stand in what it sent last.
  if (!Read()) return;
  absl::Status status = Write();
  if (!status.ok()) Fail(MessageOf(status));
}

bool WebSocket::Read() {
  std::array<char, kReadBytes> buffer;
  for (size_t taken = 0; taken < kTurnBytes;) {
    absl::StatusOr<size_t> count = connection_->Read(buffer.data(), buffer.size());
    if (!count.ok()) {
      Fail(MessageOf(count.status()));
      return false;
    }
    if (*count == 0) return true;
    if (!Take({buffer.data(), *count})) return false;
    taken += *count;
  }
  more_.Start(base::Millis(0), [this] { OnReady(); });
  return true;
}

bool WebSocket::Take(std::string_view bytes) {
  return state_ == State::kUpgrading ? TakeAnswer(bytes) : TakeFrames(bytes);
}

bool WebSocket::TakeAnswer(std::string_view bytes) {
  WebSocketHandshake::Outcome outcome = handshake_->Take(bytes, base::SystemClock().Wall());
  if (std::holds_alternative<WebSocketHandshake::Pending>(outcome)) return true;
  if (auto* ended = std::get_if<WebSocketEnded>(&outcome)) {
    End(std::move(*ended));
    return false;
  }
  deadline_.Cancel();
  handshake_.reset();
  frames_ = std::make_unique<WebSocketFrames>(message_bytes_max_, random_);
  state_ = State::kOpen;
  Push(WebSocketOpened{});
  return TakeFrames(std::get<WebSocketHandshake::Accepted>(outcome).rest);
}

bool WebSocket::TakeFrames(std::string_view bytes) {
  for (std::string& text : frames_->Receive(bytes)) Push(WebSocketMessage{std::move(text)});
  if (!frames_->ended().has_value()) return true;
  // The goodbye leaves if it can at once; nobody waits for it.
  Write().IgnoreError();
  End(*frames_->ended());
  return false;
}

absl::Status WebSocket::Write() {
  RETURN_IF_ERROR(connection_->Flush());
  while (frames_ != nullptr && connection_->idle()) {
    std::string bytes = frames_->TakeOutgoing();
    if (bytes.empty()) break;
    RETURN_IF_ERROR(connection_->Send(std::move(bytes)));
  }
  return absl::OkStatus();
}

void WebSocket::Send(std::string_view text) {
  if (state_ == State::kClosing || state_ == State::kEnded) return;
  TIDEOVER_CHECK(state_ == State::kOpen, "a message before the WebSocket has opened");
  if (!frames_->QueueText(text)) {
    Fail("more than " + std::to_string(kWebSocketSendBytesMax) + " bytes wait to be sent");
    return;
  }
  absl::Status status = connection_->Wake();
  if (!status.ok()) Fail(MessageOf(status));
}

void WebSocket::Close() {
  if (state_ == State::kClosing || state_ == State::kEnded) return;
  if (state_ != State::kOpen) {
    Fail("closed before it has opened");
    return;
  }
  state_ = State::kClosing;
  frames_->QueueClose(kNormalClosure);
  deadline_.Start(kWebSocketCloseTimeout,
                  [this] { Fail("closed; the server did not answer the goodbye"); });
  absl::Status status = connection_->Wake();
  if (!status.ok()) Fail(MessageOf(status));
}

void WebSocket::Fail(std::string message) { End(WebSocketEnded{.message = std::move(message)}); }

void WebSocket::End(WebSocketEnded ended) {
  TIDEOVER_CHECK(state_ != State::kEnded, "a WebSocket ends once");
  state_ = State::kEnded;
  deadline_.Cancel();
  more_.Cancel();
  connection_.reset();
  handshake_.reset();
  frames_.reset();
  Push(std::move(ended));
}

void WebSocket::Push(WebSocketEvent event) {
  receiver_->events.push_back(std::move(event));
  if (!delivery_.armed()) {
    delivery_.Start(base::Millis(0), [this] { Deliver(); });
  }
}

void WebSocket::Deliver() {
  std::shared_ptr<Receiver> receiver = receiver_;
  // What it brings about by sending or closing comes in the next turn.
  size_t left = receiver->events.size();
  for (; left > 0 && !receiver->events.empty(); --left) {
    WebSocketEvent event = std::move(receiver->events.front());
    receiver->events.pop_front();
    // It may destroy this.
    receiver->on_event(std::move(event));
  }
}

}  // namespace tideover::net
