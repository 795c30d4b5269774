// Realtime, a resource: what AppSync tells by itself, for all collections that somebody listens to,
// over one connection that is there while anybody does. Owned by the upstream; loop thread.
//
// A collection has begun when all of its subscriptions are acknowledged. What is wrong with one of
// them ends its collection and no other; what is wrong with the connection ends all. Credentials
// that are refused are renewed once for each attempt. Every Listen is answered within the deadlines
// of the provider and of RealtimeOptions. Nothing is tried again here: the engine asks again.
//
// Events are told in turns of their own, so that whoever is told may call anything here.
#ifndef TIDEOVER_APPSYNC_REALTIME_H_
#define TIDEOVER_APPSYNC_REALTIME_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "appsync/auth.h"
#include "appsync/binding.h"
#include "appsync/later.h"
#include "appsync/live_socket.h"
#include "appsync/realtime_connection.h"
#include "appsync/realtime_frames.h"
#include "loop/event_loop.h"
#include "sync/upstream.h"

namespace tideover::appsync {

class Realtime {
 public:
  using OnLive = sync::Upstream::OnLive;

  Realtime(loop::EventLoop& loop, AuthProvider& auth, std::string graphql_url,
           OpenLiveSocket open_socket, const RealtimeOptions& options = {});
  ~Realtime();
  Realtime(const Realtime&) = delete;
  Realtime& operator=(const Realtime&) = delete;

  // The collection has subscriptions, nobody listens to it yet, and it outlives this.
  void Listen(const CollectionBinding& collection, OnLive on_event);
  void StopListening(const std::string& collection);
  // Drops the connection: all who listen are told that they may try again.
  void Reset();

 private:
  struct Listener;
  // A subscription that was started on this connection.
  struct Started {
    Listener* listener = nullptr;
    const OperationBinding* subscription = nullptr;
    bool acknowledged = false;
  };

  void Connect();
  void OnConnection(RealtimeConnection::Event event);
  void OnReady(const AuthHeader& header);
  void OnFrame(Frame frame);
  void OnStartAck(Started* started);
  void OnError(const Frame& frame);
  // One of its subscriptions was refused.
  void Refuse(Listener* listener, sync::LiveEnded end);
  // Asks for credentials that may be newer than those of the connection; newer than the ones that
  // were refused, when it was.
  void Authorize(Listener* listener);
  void OnCredentials(const std::string& name, uint64_t serial, absl::StatusOr<AuthHeader> header);
  void Start(Listener* listener, const AuthHeader& header);
  // Forgets its subscriptions; the server is told to.
  void Withdraw(Listener* listener);
  void End(Listener* listener, sync::LiveEnded end);
  void EndAll(const sync::LiveEnded& end);
  void Tell(const Listener& listener, sync::LiveEvent event);
  void Deliver(const std::string& name, uint64_t serial, sync::LiveEvent event);
  // nullptr when it is not there any more.
  Listener* Find(const std::string& name, uint64_t serial);
  void DropIdleConnection();

  loop::EventLoop& loop_;
  AuthProvider& auth_;
  const std::string graphql_url_;
  const RealtimeOptions options_;
  OpenLiveSocket open_socket_;
  // By collection.
  std::map<std::string, std::unique_ptr<Listener>, std::less<>> listeners_;
  // By the id on the connection, which no other has ever had.
  std::map<std::string, Started, std::less<>> started_;
  uint64_t last_serial_ = 0;
  uint64_t last_id_ = 0;
  // What callbacks of the provider hold weakly.
  const std::shared_ptr<bool> alive_;
  Later later_;
  // Last: its events call into what stands above.
  std::unique_ptr<RealtimeConnection> connection_;
};

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_REALTIME_H_
