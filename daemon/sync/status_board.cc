#include "sync/status_board.h"

#include <utility>

namespace tideover::sync {

bool EngineStatus::IsLive() const {
  bool any = false;
  for (const auto& [name, collection] : collections) {
    if (!collection.tells) continue;
    if (collection.live != LiveState::kLive) return false;
    any = true;
  }
  return any;
}

BoardSubscription::~BoardSubscription() {
  const std::lock_guard lock(board_->mutex_);
  board_->subscriptions_.erase(this);
}

BoardChanges BoardSubscription::Take() {
  const std::lock_guard lock(board_->mutex_);
  woken_ = false;
  return std::exchange(pending_, BoardChanges());
}

std::unique_ptr<BoardSubscription> StatusBoard::Subscribe(absl::AnyInvocable<void()> wake) {
  std::unique_ptr<BoardSubscription> made(new BoardSubscription(this, std::move(wake)));
  const std::lock_guard lock(mutex_);
  subscriptions_.insert(made.get());
  return made;
}

void StatusBoard::TellLocked(uint64_t seq) {
  ++version_;
  for (BoardSubscription* subscription : subscriptions_) {
    BoardChanges& changes = subscription->pending_;
    if (seq == 0) {
      changes.status = true;
    } else if (!changes.overflow) {
      changes.mutations.insert(seq);
      changes.overflow = changes.mutations.size() > kBoardChangesMax;
      if (changes.overflow) changes.mutations.clear();
    }
    if (!std::exchange(subscription->woken_, true)) subscription->wake_();
  }
}

EngineStatus StatusBoard::Get() const {
  const std::lock_guard lock(mutex_);
  EngineStatus copy = status_;
  copy.in_flight = in_flight_.size();
  return copy;
}

// The caller holds the mutex.
PauseReason StatusBoard::PausedFor(store::CollectionId collection,
                                   const log::PushState& push) const {
  const auto it = modes_.find(collection);
  const NetworkMode mode = it == modes_.end() ? NetworkMode::kOnline : it->second;
  if (mode == NetworkMode::kAlways) {
    // It is tried as often as the breaker lets it, which is a wait like any other.
    return status_.paused_always == PauseReason::kUnreachable ? PauseReason::kNone
                                                              : status_.paused_always;
  }
  const bool first_try = mode == NetworkMode::kOfflineFirst && push.attempts() == 0;
  if (first_try && status_.paused == PauseReason::kNoNetwork) return PauseReason::kNone;
  return status_.paused;
}

MutationStatus StatusBoard::StateOf(uint64_t seq, store::CollectionId collection,
                                    const log::PushState& push) const {
  const std::lock_guard lock(mutex_);
  MutationStatus result;
  if (in_flight_.contains(seq)) {
    result.state = MutationState::kInFlight;
    return result;
  }
  if (push.hold() != log::PushState::NONE) {
    result.state = MutationState::kHeld;
    return result;
  }
  if (const auto it = next_attempt_.find(seq); it != next_attempt_.end()) {
    result.next_attempt_wall_ms = it->second;
  }
  const PauseReason paused = PausedFor(collection, push);
  if (paused == PauseReason::kAuth) {
    result.state = MutationState::kHeld;
    result.held_for_auth = true;
  } else if (paused != PauseReason::kNone) {
    result.state = MutationState::kPaused;
  }
  return result;
}

uint64_t StatusBoard::version() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

void StatusBoard::Update(absl::AnyInvocable<void(EngineStatus&)> change) {
  const std::lock_guard lock(mutex_);
  change(status_);
  TellLocked(0);
}

void StatusBoard::SetModes(std::map<store::CollectionId, NetworkMode> modes) {
  const std::lock_guard lock(mutex_);
  modes_ = std::move(modes);
}

void StatusBoard::NoteAnswer(bool failed, const PushError& error, base::WallTime now) {
  Update([&](EngineStatus& status) {
    if (failed) {
      status.last_error = error;
      status.last_error_wall_ms = now.ms;
    } else {
      status.last_success_wall_ms = now.ms;
    }
  });
}

void StatusBoard::SetInFlight(uint64_t seq, bool in_flight) {
  const std::lock_guard lock(mutex_);
  if (in_flight) {
    in_flight_.insert(seq);
  } else {
    in_flight_.erase(seq);
  }
  TellLocked(seq);
}

void StatusBoard::SetNextAttempt(uint64_t seq, int64_t wall_ms) {
  const std::lock_guard lock(mutex_);
  if (wall_ms == 0) {
    next_attempt_.erase(seq);
  } else {
    next_attempt_[seq] = wall_ms;
  }
  TellLocked(seq);
}

}  // namespace tideover::sync
