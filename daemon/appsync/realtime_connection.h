// RealtimeConnection, a resource: one connection to the realtime endpoint, from asking for
// credentials over the handshake to its end. Owned by Realtime; loop thread; the factory, the
// provider and the loop outlive it.
//
//   credentials → open → connection_init → connection_ack = ready → frames → ended
//
// Credentials that are refused on the way are renewed once. Each step has its deadline, and when
// nothing at all was heard for so long as the server promised to be silent at most, the connection
// counts as lost. Events come in later turns; the end is the last, and `on_event` may destroy this.
// It is not opened again: whoever wants that makes another.
#ifndef TIDEOVER_APPSYNC_REALTIME_CONNECTION_H_
#define TIDEOVER_APPSYNC_REALTIME_CONNECTION_H_

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <variant>

#include "appsync/auth.h"
#include "appsync/live_socket.h"
#include "appsync/realtime_frames.h"
#include "base/clock.h"
#include "loop/event_loop.h"
#include "loop/timer.h"
#include "sync/upstream.h"

namespace tideover::appsync {

// Largest message. AppSync's hold 240 KB at most.
inline constexpr size_t kRealtimeMessageBytesMax = size_t{512} << 10;

// Deadlines of the protocol.
struct RealtimeOptions {
  // Address, connection, TLS and upgrade together.
  base::Millis open_timeout = std::chrono::seconds(15);
  // From connection_init to connection_ack.
  base::Millis ack_timeout = std::chrono::seconds(15);
  // From the start of a collection's subscriptions to the last start_ack.
  base::Millis start_timeout = std::chrono::seconds(15);
  // Silence after which a connection counts as lost: what connection_ack says, within these bounds.
  base::Millis silence_default = std::chrono::minutes(5);
  base::Millis silence_min = std::chrono::seconds(5);
  base::Millis silence_max = std::chrono::minutes(15);
};

class RealtimeConnection {
 public:
  // With what it was authorized.
  struct Ready {
    AuthHeader header;
  };
  // Frames after Ready: start_ack, data, error, complete.
  using Event = std::variant<Ready, Frame, sync::LiveEnded>;
  using OnEvent = absl::AnyInvocable<void(Event)>;

  struct Ports {
    loop::EventLoop& loop;
    AuthProvider& auth;
    OpenLiveSocket& open_socket;
  };

  // `graphql_url`: AppSync's GraphQL endpoint, from which the realtime one follows.
  RealtimeConnection(Ports ports, std::string graphql_url, const RealtimeOptions& options,
                     OnEvent on_event);
  ~RealtimeConnection();
  RealtimeConnection(const RealtimeConnection&) = delete;
  RealtimeConnection& operator=(const RealtimeConnection&) = delete;

  bool ready() const { return phase_ == Phase::kReady; }
  // Once it is ready.
  void Send(std::string frame);

 private:
  enum class Phase { kCredentials, kOpening, kAcknowledging, kReady, kEnded };

  void OnCredentials(absl::StatusOr<AuthHeader> header);
  void Open();
  void OnSocket(net::WebSocketEvent event);
  void OnMessage(const std::string& text);
  void OnSocketEnded(const net::WebSocketEnded& ended);
  void Acknowledge(const Frame& frame);
  // The handshake was refused.
  void Refuse(sync::LiveEnded end);
  void AwaitFrames();
  void Finish(sync::LiveEnded end);
  void Emit(Event event);
  AuthProvider::Done CredentialsCallback();

  const Ports ports_;
  const std::string graphql_url_;
  const RealtimeOptions options_;
  Phase phase_ = Phase::kCredentials;
  AuthHeader header_;
  // Credentials were refused once already; what was said then.
  bool renewed_ = false;
  sync::PushError refused_;
  base::Millis silence_max_{0};
  // Shared with the call that is under way, during which this may be destroyed.
  const std::shared_ptr<OnEvent> on_event_;
  // What callbacks of the provider hold weakly.
  const std::shared_ptr<bool> alive_;
  loop::Timer deadline_;
  // Last: its events call into what stands above.
  std::unique_ptr<LiveSocket> socket_;
};

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_REALTIME_CONNECTION_H_
