// EventLog: what happened, as events with growing ids: the newest kEventsRemembered of them, so
// that a watcher can come back. It begins to record with the first watcher, for nobody can know an
// id before. It listens to the change feed and the status board of the present session, and keeps
// facts and numbers: the mutation of an event is read when it is sent. When the session changes,
// what is remembered is forgotten (it belongs to the identity); the ids go on. A resource, owned by
// the server; thread-safe.
#ifndef TIDEOVER_API_EVENT_LOG_H_
#define TIDEOVER_API_EVENT_LOG_H_

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "api/event_tracker.h"
#include "api/session.h"
#include "api/worker_pool.h"
#include "tideover/v1/sync.pb.h"
#include "view/change_feed.h"

namespace tideover::api {

class EventLog : public std::enable_shared_from_this<EventLog> {
 public:
  EventLog(SessionSource* source, const base::Clock* clock, std::shared_ptr<WorkerPool> pool)
      : source_(source), clock_(clock), pool_(std::move(pool)) {}

  // `wake` is called after events were added, under the lock: it may only hand over. Returns the
  // watcher's number.
  uint64_t AddWatcher(std::function<void()> wake);
  void RemoveWatcher(uint64_t watcher);

  uint64_t last_id();
  // The first event after that id, or of those remembered; false: there is none yet.
  absl::StatusOr<bool> Next(uint64_t after_id, v1::Event* event);

  void OnSessionChanged();
  // Lets go of the session for good.
  void Stop();

 private:
  struct Recorded {
    v1::Event event;  // Without the mutation.
    std::optional<MutationFact> fact;
  };
  void ListenLocked(std::shared_ptr<const Session> session, bool from_now);
  void Drain();
  void AppendLocked(const char* name, std::optional<MutationFact> fact,
                    absl::FunctionRef<void(v1::Event*)> fill);
  void TakeFeedLocked();
  void TakeBoardLocked();
  void TakeEmptinessLocked();

  SessionSource* const source_;
  const base::Clock* const clock_;
  const std::shared_ptr<WorkerPool> pool_;
  std::mutex mutex_;  // Guards everything below; held for look-ups.
  bool recording_ = false;
  bool stopped_ = false;
  std::shared_ptr<const Session> session_;
  std::unique_ptr<view::Subscription> feed_;
  std::unique_ptr<sync::BoardSubscription> board_;
  StatusTracker tracker_;
  bool outbox_empty_ = true;
  uint64_t last_id_ = 0;
  std::deque<Recorded> events_;
  uint64_t last_watcher_ = 0;
  std::map<uint64_t, std::function<void()>> watchers_;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_EVENT_LOG_H_
