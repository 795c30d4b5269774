#include "view/change_feed.h"

#include <utility>

namespace tideover::view {

Subscription::~Subscription() {
  const std::lock_guard lock(feed_->mutex_);
  feed_->subscriptions_.erase(this);
}

FeedBatch Subscription::Take() {
  const std::lock_guard lock(feed_->mutex_);
  woken_ = false;
  dirty_.clear();
  FeedBatch taken = std::exchange(pending_, FeedBatch());
  taken.commit = feed_->last_commit_;
  return taken;
}

void Subscription::Add(const CommitNotice& notice) {
  for (const Change& change : notice.changes) {
    // A change that replaces a provisional id is kept as it is: it names both ids.
    if (!dirty_.emplace(change.collection, change.id).second && change.previous_id.empty())
      continue;
    pending_.changes.push_back(change);
  }
  const auto append = [](auto* to, const auto& from) {
    to->insert(to->end(), from.begin(), from.end());
  };
  append(&pending_.settled, notice.settled);
  append(&pending_.enqueued, notice.enqueued);
  append(&pending_.holds, notice.holds);
  append(&pending_.deferred, notice.deferred);
  if (pending_.changes.size() + pending_.settled.size() + pending_.enqueued.size() +
          pending_.holds.size() + pending_.deferred.size() >
      kDirtyKeysMax) {
    pending_ = FeedBatch();
    dirty_.clear();
    pending_.overflow = true;
  }
}

void ChangeFeed::Publish(std::shared_ptr<const CommitNotice> notice) {
  const std::lock_guard lock(mutex_);
  last_commit_ = notice->commit;
  if (notice->empty()) return;
  for (Subscription* subscription : subscriptions_) {
    if (!subscription->pending_.overflow) subscription->Add(*notice);
    if (!std::exchange(subscription->woken_, true)) subscription->wake_();
  }
  ring_keys_ += notice->size();
  ring_.push_back(std::move(notice));
  while (ring_.size() > kRingCommitsMax || ring_keys_ > kRingKeysMax) {
    first_commit_ = ring_.front()->commit;
    ring_keys_ -= ring_.front()->size();
    ring_.pop_front();
  }
}

std::unique_ptr<Subscription> ChangeFeed::Subscribe(absl::AnyInvocable<void()> wake) {
  std::unique_ptr<Subscription> made(new Subscription(this, std::move(wake)));
  const std::lock_guard lock(mutex_);
  subscriptions_.insert(made.get());
  return made;
}

std::unique_ptr<Subscription> ChangeFeed::Resume(uint64_t after, absl::AnyInvocable<void()> wake) {
  std::unique_ptr<Subscription> made(new Subscription(this, std::move(wake)));
  const std::lock_guard lock(mutex_);
  if (after < first_commit_ || after > last_commit_) {
    // Never registered: erased from the set as harmlessly as if it had been.
    return nullptr;
  }
  for (const auto& notice : ring_) {
    if (notice->commit > after && !made->pending_.overflow) made->Add(*notice);
  }
  subscriptions_.insert(made.get());
  return made;
}

uint64_t ChangeFeed::last_commit() const {
  const std::lock_guard lock(mutex_);
  return last_commit_;
}

}  // namespace tideover::view
