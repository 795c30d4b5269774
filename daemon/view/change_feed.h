// ChangeFeed: tells watchers which documents changed, commit by commit, without ever making the
// writer wait. A resource, owned by the session; thread-safe.
//
// A subscription keeps a set of dirty keys, so a slow watcher costs memory for keys only and always
// reads the newest view. The feed remembers the keys of the newest kRingCommitsMax commits: a
// watcher that comes back with the number of the last commit that it saw continues without a gap,
// or is told (by nothing being returned) to start from a snapshot. Nothing here is durable: after a
// restart every watcher starts from a snapshot.
#ifndef TIDEOVER_VIEW_CHANGE_FEED_H_
#define TIDEOVER_VIEW_CHANGE_FEED_H_

#include <absl/functional/any_invocable.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "view/commit_notice.h"

namespace tideover::view {

// Commits whose keys are remembered for resuming watchers.
inline constexpr size_t kRingCommitsMax = 4096;
// Keys (of documents and mutations) remembered over all those commits.
inline constexpr size_t kRingKeysMax = 20'000;
// Dirty keys of one subscription; beyond it the watcher must start from a snapshot.
inline constexpr size_t kDirtyKeysMax = 100'000;

class ChangeFeed;

// What happened since the last Take.
struct FeedBatch {
  // Every change up to and including this commit is in `changes` or was taken before.
  uint64_t commit = 0;
  // One per document, in the order in which they first became dirty.
  std::vector<Change> changes;
  // Mutations that settled or were held, in commit order.
  std::vector<Moved> settled;
  std::vector<Enqueued> enqueued;
  std::vector<Moved> holds;
  std::vector<Moved> deferred;
  // More changed than was remembered: read a snapshot; `changes` is empty.
  bool overflow = false;
};

// A resource, owned by its watcher. Destroying it ends the calls to `wake`.
class Subscription {
 public:
  ~Subscription();
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  // Everything since the last Take; at once, never blocking.
  FeedBatch Take();

 private:
  friend class ChangeFeed;
  Subscription(ChangeFeed* feed, absl::AnyInvocable<void()> wake)
      : feed_(feed), wake_(std::move(wake)) {}
  void Add(const CommitNotice& notice);

  ChangeFeed* const feed_;
  absl::AnyInvocable<void()> wake_;
  // Guarded by feed_->mutex_.
  FeedBatch pending_;
  std::set<std::pair<store::CollectionId, std::string>> dirty_;
  bool woken_ = false;
};

class ChangeFeed {
 public:
  // `commit`: the newest commit when the session opened.
  explicit ChangeFeed(uint64_t commit) : first_commit_(commit), last_commit_(commit) {}

  // From the writer, after each commit, in commit order. The notice is shared, not copied.
  void Publish(std::shared_ptr<const CommitNotice> notice);
  void Publish(const CommitNotice& notice) {
    Publish(std::make_shared<const CommitNotice>(notice));
  }

  // `wake` is called once until the next Take when there is something to take: on the writer's
  // thread and under the feed's lock, so that it may only hand over (post, notify), never Take or
  // subscribe.
  std::unique_ptr<Subscription> Subscribe(absl::AnyInvocable<void()> wake);
  // The same, starting after commit `after`; nothing when the feed no longer knows that far back.
  std::unique_ptr<Subscription> Resume(uint64_t after, absl::AnyInvocable<void()> wake);

  uint64_t last_commit() const;

 private:
  friend class Subscription;
  mutable std::mutex mutex_;  // Guards everything below and every subscription; held for moments.
  uint64_t first_commit_;     // Commits after this one are in ring_ or changed nothing.
  uint64_t last_commit_;
  std::deque<std::shared_ptr<const CommitNotice>> ring_;
  size_t ring_keys_ = 0;
  std::set<Subscription*> subscriptions_;
};

}  // namespace tideover::view

#endif  // TIDEOVER_VIEW_CHANGE_FEED_H_
