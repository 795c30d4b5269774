#include "net/web_socket_frames.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "base/check.h"

namespace tideover::net {
namespace {

// Bytes that TakeOutgoing() gives at once.
constexpr size_t kOutgoingBytes = size_t{64} << 10;
// What a message that waits costs beside its bytes.
constexpr size_t kQueuedMessageBytes = 64;
// Answers to pings that may wait beside as many messages as may.
constexpr size_t kAnswersBytesMax = size_t{1} << 20;

const char* Fault(int code) {
  switch (code) {
    case WSLAY_CODE_UNSUPPORTED_DATA:
      return "the server sent a binary message";
    case WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA:
      return "the server sent text that is not UTF-8";
    default:
      return "the server broke the WebSocket protocol";
  }
}

}  // namespace

WebSocketFrames::WebSocketFrames(size_t message_bytes_max, base::Random& random)
    : message_bytes_max_(message_bytes_max), random_(random), outgoing_bytes_max_(kOutgoingBytes) {
  wslay_event_callbacks callbacks{};
  callbacks.recv_callback = OnRead;
  callbacks.send_callback = OnWrite;
  callbacks.genmask_callback = OnMask;
  callbacks.on_frame_recv_start_callback = OnFrame;
  callbacks.on_frame_recv_chunk_callback = OnPart;
  callbacks.on_msg_recv_callback = OnMessage;
  wslay_event_context* context = nullptr;
  int error = wslay_event_context_client_init(&context, &callbacks, this);
  TIDEOVER_CHECK(error == 0, "wslay_event_context_client_init");
  context_.reset(context);
  // It would take memory for a frame when it has seen nothing but its length, and more for many
  // small frames than for one large.
  wslay_event_config_set_no_buffering(context, 1);
}

size_t WebSocketFrames::QueuedBytes() const {
  return wslay_event_get_queued_msg_length(context_.get()) +
         wslay_event_get_queued_msg_count(context_.get()) * kQueuedMessageBytes;
}

bool WebSocketFrames::QueueText(std::string_view text) {
  size_t queued = QueuedBytes() + kQueuedMessageBytes;
  if (queued > kWebSocketSendBytesMax || text.size() > kWebSocketSendBytesMax - queued) {
    return false;
  }
  wslay_event_msg message{.opcode = WSLAY_TEXT_FRAME,
                          .msg = reinterpret_cast<const uint8_t*>(text.data()),
                          .msg_length = text.size()};
  // Refused only after a close.
  wslay_event_queue_msg(context_.get(), &message);
  return true;
}

void WebSocketFrames::QueueClose(int code) { close_code_ = code; }

std::vector<std::string> WebSocketFrames::Receive(std::string_view bytes) {
  unread_ = bytes;
  // Its errors are broken frames; reading is then no longer enabled.
  wslay_event_recv(context_.get());
  bool closed = wslay_event_get_read_enabled(context_.get()) == 0;
  if (!closed && QueuedBytes() > kWebSocketSendBytesMax + kAnswersBytesMax) {
    ended_ = WebSocketEnded{.message = "the server pings without reading the answers"};
  } else if (closed && !ended_.has_value()) {
    // All that is left, for the goodbye is at its end.
    outgoing_bytes_max_ = std::numeric_limits<size_t>::max();
    wslay_event_send(context_.get());
    ended_ = Ending();
  }
  return std::exchange(complete_, {});
}

WebSocketEnded WebSocketFrames::Ending() const {
  if (wslay_event_get_close_received(context_.get()) != 0) {
    int code = wslay_event_get_status_code_received(context_.get());
    if (code == WSLAY_CODE_NO_STATUS_RCVD) return {.message = "the server closed the WebSocket"};
    return {.close_code = code,
            .message = "the server closed the WebSocket with code " + std::to_string(code)};
  }
  int code = refusal_ != 0 ? refusal_ : wslay_event_get_status_code_sent(context_.get());
  if (code == WSLAY_CODE_MESSAGE_TOO_BIG) {
    return {.message = "the server sent a message of more than " +
                       std::to_string(message_bytes_max_) + " bytes"};
  }
  return {.message = Fault(code)};
}

std::string WebSocketFrames::TakeOutgoing() {
  if (!ended_.has_value()) wslay_event_send(context_.get());
  // wslay lets a close overtake the messages that wait.
  if (close_code_ != 0 && wslay_event_get_queued_msg_count(context_.get()) == 0) {
    auto code = static_cast<uint16_t>(std::exchange(close_code_, 0));
    wslay_event_queue_close(context_.get(), code, nullptr, 0);
    wslay_event_send(context_.get());
  }
  return std::exchange(outgoing_, {});
}

void WebSocketFrames::Refuse(uint16_t code) {
  refusal_ = code;
  wslay_event_shutdown_read(context_.get());
  wslay_event_queue_close(context_.get(), code, nullptr, 0);
}

ssize_t WebSocketFrames::OnRead(wslay_event_context* context, uint8_t* buffer, size_t size, int,
                                void* self) {
  std::string_view& unread = static_cast<WebSocketFrames*>(self)->unread_;
  if (unread.empty()) {
    wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
    return -1;
  }
  size_t count = std::min(size, unread.size());
  std::memcpy(buffer, unread.data(), count);
  unread.remove_prefix(count);
  return static_cast<ssize_t>(count);
}

ssize_t WebSocketFrames::OnWrite(wslay_event_context* context, const uint8_t* bytes, size_t size,
                                 int, void* self) {
  auto* frames = static_cast<WebSocketFrames*>(self);
  size_t room = frames->outgoing_bytes_max_ - frames->outgoing_.size();
  if (room == 0) {
    wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
    return -1;
  }
  size_t count = std::min(size, room);
  frames->outgoing_.append(reinterpret_cast<const char*>(bytes), count);
  return static_cast<ssize_t>(count);
}

int WebSocketFrames::OnMask(wslay_event_context*, uint8_t* buffer, size_t size, void* self) {
  while (size > 0) {
    uint64_t number = static_cast<WebSocketFrames*>(self)->random_.Next64();
    size_t count = std::min(size, sizeof number);
    std::memcpy(buffer, &number, count);
    buffer += count;
    size -= count;
  }
  return 0;
}

void WebSocketFrames::OnFrame(wslay_event_context*,
                              const wslay_event_on_frame_recv_start_arg* frame, void* self) {
  auto* frames = static_cast<WebSocketFrames*>(self);
  frames->in_message_ = !wslay_is_ctrl_frame(frame->opcode);
  if (!frames->in_message_) return;
  if (frame->opcode == WSLAY_BINARY_FRAME) {
    frames->Refuse(WSLAY_CODE_UNSUPPORTED_DATA);
  } else if (frame->payload_length > frames->message_bytes_max_ - frames->message_.size()) {
    frames->Refuse(WSLAY_CODE_MESSAGE_TOO_BIG);
  }
}

void WebSocketFrames::OnPart(wslay_event_context*, const wslay_event_on_frame_recv_chunk_arg* part,
                             void* self) {
  auto* frames = static_cast<WebSocketFrames*>(self);
  if (!frames->in_message_ || frames->refusal_ != 0) return;
  frames->message_.append(reinterpret_cast<const char*>(part->data), part->data_length);
}

void WebSocketFrames::OnMessage(wslay_event_context*, const wslay_event_on_msg_recv_arg* message,
                                void* self) {
  auto* frames = static_cast<WebSocketFrames*>(self);
  if (wslay_is_ctrl_frame(message->opcode) || frames->refusal_ != 0) return;
  frames->complete_.push_back(std::exchange(frames->message_, {}));
}

}  // namespace tideover::net
