#include "api/event_log.h"

#include <algorithm>
#include <utility>

#include "api/convert.h"
#include "api/limits.h"
#include "api/mutation_details.h"
#include "base/status_macros.h"

namespace tideover::api {

uint64_t EventLog::AddWatcher(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  if (!stopped_ && !std::exchange(recording_, true)) {
    ListenLocked(source_->Current(), /*from_now=*/true);
  }
  watchers_[++last_watcher_] = std::move(wake);
  return last_watcher_;
}

void EventLog::RemoveWatcher(uint64_t watcher) {
  const std::lock_guard lock(mutex_);
  watchers_.erase(watcher);
}

uint64_t EventLog::last_id() {
  const std::lock_guard lock(mutex_);
  return last_id_;
}

absl::StatusOr<bool> EventLog::Next(uint64_t after_id, v1::Event* event) {
  std::optional<MutationFact> fact;
  std::shared_ptr<const Session> session;
  {
    const std::lock_guard lock(mutex_);
    const auto next = std::partition_point(
        events_.begin(), events_.end(),
        [after_id](const Recorded& recorded) { return recorded.event.id() <= after_id; });
    if (next == events_.end()) return false;
    *event = next->event;
    fact = next->fact;
    session = session_;
  }
  if (!fact.has_value() || session == nullptr) return true;
  ASSIGN_OR_RETURN(const store::ReadTxn txn, session->env->BeginRead());
  v1::Mutation* mutation = event->mutable_mutation();
  mutation->set_seq(fact->seq);
  RETURN_IF_ERROR(
      ReadBySeq(*session, txn.reader(), fact->seq, /*details=*/false, mutation).status());
  SetThen(*fact, mutation);
  return true;
}

void EventLog::OnSessionChanged() {
  const std::shared_ptr<const Session> present = source_->Current();
  const std::lock_guard lock(mutex_);
  if (!recording_ || stopped_ || present == session_) return;
  events_.clear();
  tracker_.BeginSession();
  ListenLocked(present, /*from_now=*/false);
}

void EventLog::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  ListenLocked(nullptr, /*from_now=*/true);
}

void EventLog::ListenLocked(std::shared_ptr<const Session> session, bool from_now) {
  feed_ = nullptr;
  board_ = nullptr;
  session_ = std::move(session);
  if (session_ == nullptr) return;
  const auto wake = [weak = weak_from_this(), pool = pool_] {
    pool->Post([weak] {
      if (const auto self = weak.lock()) self->Drain();
    });
  };
  feed_ = session_->feed->Subscribe(wake);
  board_ = session_->board->Subscribe(wake);
  if (from_now) tracker_.Adopt(session_->board->Get());
  const auto txn = session_->env->BeginRead();
  if (txn.ok()) outbox_empty_ = txn->reader().Count(store::Table::kLog).value_or(0) == 0;
  // What the new session has done already.
  if (!from_now) wake();
}

void EventLog::Drain() {
  const std::lock_guard lock(mutex_);
  if (session_ == nullptr) return;
  const uint64_t before = last_id_;
  TakeFeedLocked();
  TakeBoardLocked();
  TakeEmptinessLocked();
  if (last_id_ == before) return;
  for (const auto& [number, wake] : watchers_) wake();
}

void EventLog::AppendLocked(const char* name, std::optional<MutationFact> fact,
                            absl::FunctionRef<void(v1::Event*)> fill) {
  Recorded& recorded = events_.emplace_back();
  recorded.fact = fact;
  recorded.event.set_id(++last_id_);
  recorded.event.set_name(name);
  SetTime(clock_->Wall().ms, recorded.event.mutable_time());
  fill(&recorded.event);
  if (events_.size() > kEventsRemembered) events_.pop_front();
}

void EventLog::TakeFeedLocked() {
  const auto nothing = [](v1::Event*) {};
  const view::FeedBatch batch = feed_->Take();
  if (batch.overflow) ++last_id_;  // Some are lost, and the ids show it.
  MutationFact fact;
  fact.state = v1::MUTATION_STATE_QUEUED;
  for (const view::Enqueued& enqueued : batch.enqueued) {
    fact.seq = enqueued.seq;
    AppendLocked("outboxMutationEnqueued", fact, nothing);
  }
  for (const view::Moved& moved : batch.deferred) {
    fact.seq = moved.seq;
    AppendLocked("outboxMutationFailed", fact, nothing);
  }
  for (const view::Moved& moved : batch.holds) {
    MutationFact held;
    const char* name = NameOfHold(moved, &held);
    if (name != nullptr) AppendLocked(name, held, nothing);
  }
  for (const view::Moved& moved : batch.settled) {
    MutationFact settled;
    const char* name = NameOfSettled(moved, &settled);
    AppendLocked(name, settled, nothing);
  }
}

void EventLog::TakeBoardLocked() {
  if (!board_->Take().status) return;
  tracker_.Look(session_->board->Get(),
                [this](const char* name, absl::FunctionRef<void(v1::Event*)> fill) {
                  AppendLocked(name, std::nullopt, fill);
                });
}

void EventLog::TakeEmptinessLocked() {
  const auto txn = session_->env->BeginRead();
  if (!txn.ok()) return;
  const auto count = txn->reader().Count(store::Table::kLog);
  if (!count.ok() || (*count == 0) == outbox_empty_) return;
  outbox_empty_ = *count == 0;
  AppendLocked("outboxStatus", std::nullopt,
               [this](v1::Event* event) { event->mutable_outbox()->set_is_empty(outbox_empty_); });
}

}  // namespace tideover::api
