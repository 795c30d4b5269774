#include "appsync/realtime_connection.h"

#include <algorithm>
#include <utility>

#include "appsync/live_end.h"
#include "base/check.h"

namespace tideover::appsync {

using sync::LiveEnded;
using sync::PushClass;

RealtimeConnection::RealtimeConnection(Ports ports, std::string graphql_url,
                                       const RealtimeOptions& options, OnEvent on_event)
    : ports_(ports),
      graphql_url_(std::move(graphql_url)),
      options_(options),
      on_event_(std::make_shared<OnEvent>(std::move(on_event))),
      alive_(std::make_shared<bool>(true)),
      deadline_(ports.loop) {
  ports_.auth.Token(CredentialsCallback());
}

RealtimeConnection::~RealtimeConnection() = default;

AuthProvider::Done RealtimeConnection::CredentialsCallback() {
  return [this, alive = std::weak_ptr<bool>(alive_)](absl::StatusOr<AuthHeader> header) {
    if (!alive.expired()) OnCredentials(std::move(header));
  };
}

void RealtimeConnection::OnCredentials(absl::StatusOr<AuthHeader> header) {
  if (!header.ok()) return Finish(EndOf(header.status(), refused_));
  header_ = *std::move(header);
  Open();
}

void RealtimeConnection::Open() {
  phase_ = Phase::kOpening;
  net::WebSocketRequest request;
  request.url = RealtimeUrl(graphql_url_);
  request.headers = {{"User-Agent", "tideover"}};
  request.subprotocols = WriteSubprotocols({HostOf(graphql_url_), header_});
  request.subprotocol = kRealtimeSubprotocol;
  request.open_timeout = options_.open_timeout;
  request.message_bytes_max = kRealtimeMessageBytesMax;
  socket_ = ports_.open_socket(std::move(request),
                               [this](net::WebSocketEvent event) { OnSocket(std::move(event)); });
}

void RealtimeConnection::Send(std::string frame) {
  TIDEOVER_CHECK(ready(), "a frame before the handshake has ended");
  socket_->Send(std::move(frame));
}

void RealtimeConnection::OnSocket(net::WebSocketEvent event) {
  if (const auto* message = std::get_if<net::WebSocketMessage>(&event)) {
    return OnMessage(message->text);
  }
  if (const auto* ended = std::get_if<net::WebSocketEnded>(&event)) return OnSocketEnded(*ended);
  phase_ = Phase::kAcknowledging;
  socket_->Send(WriteConnectionInit());
  deadline_.Start(options_.ack_timeout, [this] {
    Finish(Interrupted("the backend did not answer connection_init", /*reached=*/true));
  });
}

void RealtimeConnection::OnMessage(const std::string& text) {
  // Whatever it is, it is a sign of life.
  if (ready()) AwaitFrames();
  std::optional<Frame> frame = ParseFrame(text);
  if (!frame.has_value()) return;
  switch (frame->type) {
    case FrameType::kConnectionAck:
      return Acknowledge(*frame);
    case FrameType::kConnectionError:
      return Refuse(EndOf(frame->errors));
    case FrameType::kKeepAlive:
      return;
    default:
      break;
  }
  if (ready()) return Emit(*std::move(frame));
  // No subscription has been started: it is the connection's.
  if (frame->type == FrameType::kError) Refuse(EndOf(frame->errors));
}

void RealtimeConnection::OnSocketEnded(const net::WebSocketEnded& ended) { Refuse(EndOf(ended)); }

void RealtimeConnection::Acknowledge(const Frame& frame) {
  if (phase_ != Phase::kAcknowledging) return;
  phase_ = Phase::kReady;
  silence_max_ = std::clamp(frame.silence_max.value_or(options_.silence_default),
                            options_.silence_min, options_.silence_max);
  AwaitFrames();
  Emit(Ready{header_});
}

void RealtimeConnection::Refuse(LiveEnded end) {
  const bool unauthorized = end.outcome == PushClass::kUnauthorized;
  if (ready()) {
    // It was welcome once. What must be renewed or refused, the next handshake will tell.
    end.outcome = PushClass::kRetry;
    return Finish(std::move(end));
  }
  if (!unauthorized || renewed_) return Finish(std::move(end));
  renewed_ = true;
  refused_ = std::move(end.error);
  phase_ = Phase::kCredentials;
  deadline_.Cancel();
  socket_.reset();
  ports_.auth.Refresh(header_.generation, CredentialsCallback());
}

void RealtimeConnection::AwaitFrames() {
  deadline_.Start(silence_max_, [this] {
    Finish(Interrupted("nothing was heard of the backend for too long", /*reached=*/false));
  });
}

void RealtimeConnection::Finish(LiveEnded end) {
  phase_ = Phase::kEnded;
  deadline_.Cancel();
  socket_.reset();
  Emit(std::move(end));
}

void RealtimeConnection::Emit(Event event) {
  const std::shared_ptr<OnEvent> on_event = on_event_;
  (*on_event)(std::move(event));
}

}  // namespace tideover::appsync
