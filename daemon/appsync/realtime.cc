#include "appsync/realtime.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "appsync/live_change.h"
#include "appsync/live_end.h"
#include "base/check.h"
#include "loop/timer.h"

namespace tideover::appsync {

using sync::LiveEnded;
using sync::PushClass;

// One collection while somebody listens, until the end has been told.
struct Realtime::Listener {
  // Waiting for the connection or for credentials; until all is acknowledged; told of changes;
  // until the end is told.
  enum class Phase { kWaiting, kStarting, kBegun, kEnded };

  Listener(loop::EventLoop& loop, const CollectionBinding& bound, OnLive on_live, uint64_t number)
      : collection(bound),
        on_event(std::make_shared<OnLive>(std::move(on_live))),
        serial(number),
        deadline(loop) {}

  const CollectionBinding& collection;
  // Shared with the call that is under way, during which this may be destroyed.
  const std::shared_ptr<OnLive> on_event;
  // Tells it from another of the same collection, before or after.
  const uint64_t serial;
  Phase phase = Phase::kWaiting;
  // Its credentials were refused once already; what was said then.
  bool renewed = false;
  sync::PushError refused;
  // Of the credentials that it was started with.
  uint64_t generation = 0;
  // Of the acknowledgements.
  loop::Timer deadline;
};

Realtime::Realtime(loop::EventLoop& loop, AuthProvider& auth, std::string graphql_url,
                   OpenLiveSocket open_socket, const RealtimeOptions& options)
    : loop_(loop),
      auth_(auth),
      graphql_url_(std::move(graphql_url)),
      options_(options),
      open_socket_(std::move(open_socket)),
      alive_(std::make_shared<bool>(true)),
      later_(loop) {}

Realtime::~Realtime() = default;

void Realtime::Listen(const CollectionBinding& collection, OnLive on_event) {
  TIDEOVER_CHECK(!collection.subscriptions.empty(), collection.name + " does not tell");
  TIDEOVER_CHECK(!listeners_.contains(collection.name), collection.name + " is listened to");
  auto made = std::make_unique<Listener>(loop_, collection, std::move(on_event), ++last_serial_);
  Listener* listener = made.get();
  listeners_[collection.name] = std::move(made);
  if (connection_ == nullptr) {
    Connect();
  } else if (connection_->ready()) {
    Authorize(listener);
  }
}

void Realtime::StopListening(const std::string& collection) {
  const auto it = listeners_.find(collection);
  if (it == listeners_.end()) return;
  Withdraw(it->second.get());
  listeners_.erase(it);
  DropIdleConnection();
}

void Realtime::Reset() {
  EndAll(Interrupted("the connection was given up here", /*reached=*/true));
}

void Realtime::Connect() {
  connection_ = std::make_unique<RealtimeConnection>(
      RealtimeConnection::Ports{loop_, auth_, open_socket_}, graphql_url_, options_,
      [this](RealtimeConnection::Event event) { OnConnection(std::move(event)); });
}

void Realtime::OnConnection(RealtimeConnection::Event event) {
  if (const auto* ready = std::get_if<RealtimeConnection::Ready>(&event)) {
    OnReady(ready->header);
  } else if (const auto* end = std::get_if<LiveEnded>(&event)) {
    EndAll(*end);
  } else {
    OnFrame(std::move(std::get<Frame>(event)));
  }
}

void Realtime::OnReady(const AuthHeader& header) {
  for (const auto& [name, listener] : listeners_) {
    if (listener->phase == Listener::Phase::kWaiting) Start(listener.get(), header);
  }
}

void Realtime::OnFrame(Frame frame) {
  if (frame.type == FrameType::kError) return OnError(frame);
  const auto it = started_.find(frame.id);
  // Late words about one that was stopped.
  if (it == started_.end()) return;
  Listener* listener = it->second.listener;
  if (frame.type == FrameType::kStartAck) {
    OnStartAck(&it->second);
  } else if (frame.type == FrameType::kComplete) {
    std::string what = fmt::format("the backend ended {}", it->second.subscription->field);
    started_.erase(it);
    End(listener, Interrupted(std::move(what), /*reached=*/true));
  } else if (listener->phase == Listener::Phase::kBegun) {
    // What comes before that is in the list that is asked for then.
    Tell(*listener,
         ReadChange(listener->collection, *it->second.subscription, std::move(frame.payload)));
  }
}

void Realtime::OnStartAck(Started* started) {
  started->acknowledged = true;
  Listener* listener = started->listener;
  const bool all = std::all_of(started_.begin(), started_.end(), [listener](const auto& entry) {
    return entry.second.listener != listener || entry.second.acknowledged;
  });
  if (!all || listener->phase != Listener::Phase::kStarting) return;
  listener->phase = Listener::Phase::kBegun;
  listener->deadline.Cancel();
  Tell(*listener, sync::LiveBegun{});
}

void Realtime::OnError(const Frame& frame) {
  LiveEnded end = EndOf(frame.errors);
  const auto it = started_.find(frame.id);
  if (it != started_.end()) {
    Listener* listener = it->second.listener;
    started_.erase(it);
    return Refuse(listener, std::move(end));
  }
  // Of one that was stopped.
  if (!frame.id.empty()) return;
  // Whose it is is not said: of those that wait for an answer, and of several nobody is refused
  // for what another may have done.
  std::vector<Listener*> waiting;
  for (const auto& [name, listener] : listeners_) {
    if (listener->phase == Listener::Phase::kStarting) waiting.push_back(listener.get());
  }
  if (waiting.size() > 1 && end.outcome == PushClass::kRejected) end.outcome = PushClass::kRetry;
  for (Listener* listener : waiting) Refuse(listener, end);
}

void Realtime::Refuse(Listener* listener, LiveEnded end) {
  // It was welcome once. What must be renewed or refused, the next attempt will tell.
  if (listener->phase == Listener::Phase::kBegun) end.outcome = PushClass::kRetry;
  const bool unauthorized = end.outcome == PushClass::kUnauthorized;
  if (!unauthorized || listener->renewed) return End(listener, std::move(end));
  listener->renewed = true;
  listener->refused = std::move(end.error);
  Withdraw(listener);
  Authorize(listener);
}

void Realtime::Authorize(Listener* listener) {
  listener->phase = Listener::Phase::kWaiting;
  listener->deadline.Cancel();
  auto done = [this, name = listener->collection.name, serial = listener->serial,
               alive = std::weak_ptr<bool>(alive_)](absl::StatusOr<AuthHeader> header) {
    if (!alive.expired()) OnCredentials(name, serial, std::move(header));
  };
  if (listener->renewed) {
    auth_.Refresh(listener->generation, std::move(done));
  } else {
    auth_.Token(std::move(done));
  }
}

void Realtime::OnCredentials(const std::string& name, uint64_t serial,
                             absl::StatusOr<AuthHeader> header) {
  Listener* listener = Find(name, serial);
  if (listener == nullptr || listener->phase != Listener::Phase::kWaiting) return;
  if (!header.ok()) return End(listener, EndOf(header.status(), listener->refused));
  Start(listener, *header);
}

void Realtime::Start(Listener* listener, const AuthHeader& header) {
  listener->phase = Listener::Phase::kStarting;
  listener->generation = header.generation;
  const RealtimeAuth auth{HostOf(graphql_url_), header};
  for (const OperationBinding& subscription : listener->collection.subscriptions) {
    const std::string id = fmt::format("{}-{}", subscription.field, ++last_id_);
    started_[id] = {listener, &subscription, false};
    connection_->Send(WriteStart(id, subscription, auth));
  }
  listener->deadline.Start(options_.start_timeout, [this, listener] {
    End(listener, Interrupted("the backend did not acknowledge a subscription", /*reached=*/true));
  });
}

void Realtime::Withdraw(Listener* listener) {
  const bool connected = connection_ != nullptr && connection_->ready();
  for (auto it = started_.begin(); it != started_.end();) {
    if (it->second.listener != listener) {
      ++it;
      continue;
    }
    if (connected) connection_->Send(WriteStop(it->first));
    it = started_.erase(it);
  }
}

void Realtime::End(Listener* listener, LiveEnded end) {
  Withdraw(listener);
  listener->phase = Listener::Phase::kEnded;
  listener->deadline.Cancel();
  Tell(*listener, std::move(end));
  DropIdleConnection();
}

void Realtime::EndAll(const LiveEnded& end) {
  started_.clear();
  connection_.reset();
  for (const auto& [name, listener] : listeners_) {
    if (listener->phase != Listener::Phase::kEnded) End(listener.get(), end);
  }
}

void Realtime::Tell(const Listener& listener, sync::LiveEvent event) {
  later_.Run([this, name = listener.collection.name, serial = listener.serial,
              event = std::move(event)]() mutable { Deliver(name, serial, std::move(event)); });
}

void Realtime::Deliver(const std::string& name, uint64_t serial, sync::LiveEvent event) {
  Listener* listener = Find(name, serial);
  if (listener == nullptr) return;
  const std::shared_ptr<OnLive> on_event = listener->on_event;
  if (std::holds_alternative<LiveEnded>(event)) listeners_.erase(name);
  // May destroy this object: nothing of it is used after.
  (*on_event)(std::move(event));
}

Realtime::Listener* Realtime::Find(const std::string& name, uint64_t serial) {
  const auto it = listeners_.find(name);
  return it != listeners_.end() && it->second->serial == serial ? it->second.get() : nullptr;
}

void Realtime::DropIdleConnection() {
  const bool idle = std::all_of(listeners_.begin(), listeners_.end(), [](const auto& entry) {
    return entry.second->phase == Listener::Phase::kEnded;
  });
  if (!idle) return;
  started_.clear();
  connection_.reset();
}

}  // namespace tideover::appsync
