// A WatchEvents: the events after an id, then those that come. It keeps an id; a reader that falls
// behind by more than is remembered misses some, and the ids show it. A producer of StreamCall.
#ifndef TIDEOVER_API_EVENT_WATCH_H_
#define TIDEOVER_API_EVENT_WATCH_H_

#include <functional>
#include <memory>
#include <utility>

#include "api/event_log.h"
#include "api/stream_call.h"
#include "tideover/v1/sync.pb.h"

namespace tideover::api {

class EventWatch final : public Producer<v1::Event> {
 public:
  EventWatch(std::shared_ptr<EventLog> events, uint64_t after_id)
      : events_(std::move(events)), after_id_(after_id) {}
  ~EventWatch() override {
    if (watcher_ != 0) events_->RemoveWatcher(watcher_);
  }
  EventWatch(const EventWatch&) = delete;
  EventWatch& operator=(const EventWatch&) = delete;

  void Begin(std::function<void()> wake) override {
    watcher_ = events_->AddWatcher(std::move(wake));
    const uint64_t last = events_->last_id();
    if (after_id_ == 0) after_id_ = last;
    // An id of an earlier run of the daemon: all that is remembered is news.
    if (after_id_ > last) after_id_ = 0;
  }

  Produced Produce(v1::Event* message, grpc::Status* end) override {
    const absl::StatusOr<bool> found = events_->Next(after_id_, message);
    if (!found.ok()) {
      *end = Fail(found.status());
      return Produced::kEnd;
    }
    if (!*found) return Produced::kIdle;
    after_id_ = message->id();
    return Produced::kMessage;
  }

 private:
  const std::shared_ptr<EventLog> events_;
  uint64_t after_id_;
  uint64_t watcher_ = 0;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_EVENT_WATCH_H_
