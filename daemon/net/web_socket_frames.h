// WebSocketFrames, a resource: the frames of one WebSocket (RFC 6455) as the client's end writes
// and reads them, between texts on one side and bytes on the other. It sends and receives nothing
// itself. Owned by WebSocket, loop thread only.
//
// Fragments are put together, pings are answered, text is checked to be UTF-8. What is not allowed
// ends the stream, and the last bytes to be sent then say so to the server with a code of
// RFC 6455, section 7.4: broken frames (1002), a binary message (1003), text that is not UTF-8
// (1007), a message that is too long (1009).
#ifndef TIDEOVER_NET_WEB_SOCKET_FRAMES_H_
#define TIDEOVER_NET_WEB_SOCKET_FRAMES_H_

#include <wslay/wslay.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "net/web_socket.h"

namespace tideover::net {

class WebSocketFrames {
 public:
  // `random` makes the masks, and must outlive this.
  WebSocketFrames(size_t message_bytes_max, base::Random& random);
  WebSocketFrames(const WebSocketFrames&) = delete;
  WebSocketFrames& operator=(const WebSocketFrames&) = delete;

  // False when more than kWebSocketSendBytesMax would wait; then nothing was queued.
  bool QueueText(std::string_view text);
  // The last that is sent, after all that waits. Messages of the server's are still received.
  void QueueClose(int code);

  // Takes bytes that the server has sent, and returns the messages that are complete with them.
  std::vector<std::string> Receive(std::string_view bytes);
  // Set once nothing more is received: the server has closed, or was not to be borne.
  const std::optional<WebSocketEnded>& ended() const { return ended_; }

  // The next bytes for the server; none when nothing waits.
  std::string TakeOutgoing();

 private:
  struct ContextDeleter {
    void operator()(wslay_event_context* context) const { wslay_event_context_free(context); }
  };

  static ssize_t OnRead(wslay_event_context* context, uint8_t* buffer, size_t size, int flags,
                        void* self);
  static ssize_t OnWrite(wslay_event_context* context, const uint8_t* bytes, size_t size, int flags,
                         void* self);
  static int OnMask(wslay_event_context* context, uint8_t* buffer, size_t size, void* self);
  static void OnFrame(wslay_event_context* context,
                      const wslay_event_on_frame_recv_start_arg* frame, void* self);
  static void OnPart(wslay_event_context* context, const wslay_event_on_frame_recv_chunk_arg* part,
                     void* self);
  static void OnMessage(wslay_event_context* context, const wslay_event_on_msg_recv_arg* message,
                        void* self);

  // What waits to be sent, with what each message costs beside its bytes.
  size_t QueuedBytes() const;
  void Refuse(uint16_t code);
  WebSocketEnded Ending() const;

  const size_t message_bytes_max_;
  base::Random& random_;
  std::unique_ptr<wslay_event_context, ContextDeleter> context_;

  // What Receive() was given and the context has not read.
  std::string_view unread_;
  // The message that is being put together: the parts of it that have come.
  std::string message_;
  // Whether the frame that is being read is a part of it, and not one of control.
  bool in_message_ = false;
  // The code that a message was refused with; 0: none was.
  int refusal_ = 0;
  std::vector<std::string> complete_;

  // Of the close that waits until everything else has gone; 0: none does.
  int close_code_ = 0;
  std::string outgoing_;
  size_t outgoing_bytes_max_;
  std::optional<WebSocketEnded> ended_;
};

}  // namespace tideover::net

#endif  // TIDEOVER_NET_WEB_SOCKET_FRAMES_H_
