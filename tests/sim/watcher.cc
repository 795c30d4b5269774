#include "sim/watcher.h"

#include <fmt/format.h>

#include "cache/documents.h"
#include "log/mutation_log.h"

namespace tideover::sim {

void Watcher::Attach(view::ChangeFeed& feed, store::Env& env) {
  feed_ = &feed;
  env_ = &env;
  attached_ = std::make_shared<bool>(true);
  scheduled_ = false;
  Subscribe();
}

void Watcher::Detach() {
  subscription_.reset();
  attached_.reset();
  feed_ = nullptr;
  env_ = nullptr;
}

// Continues where it was, or starts from a snapshot when nobody remembers that far back.
void Watcher::Subscribe() {
  if (token_ != 0) subscription_ = feed_->Resume(token_, [] {});
  if (subscription_ != nullptr) return;
  subscription_ = feed_->Subscribe([] {});
  Snapshot();
}

void Watcher::Snapshot() {
  const auto txn = env_->BeginRead();
  copy_.clear();
  const auto counters = log::ReadCounters(txn->reader());
  token_ = counters.ok() ? counters->last_commit() : 0;
  for (store::CollectionId collection = 1; collection <= 2; ++collection) {
    const absl::Status walked = cache::ForEach(
        txn->reader(), collection, "", [&](std::string_view id, const cache::DocumentRef& d) {
          if (d.view.has_value()) Show({collection, std::string(id)}, *d.view, d.header.revision);
          return true;
        });
    if (!walked.ok()) world_.Fail(walked.ToString());
  }
}

void Watcher::OnPublished() {
  if (std::exchange(scheduled_, true)) return;
  const Millis pause(world_.Chance(0.5) ? 0 : world_.Between(0, pause_max_.count()));
  world_.After(pause, [this, alive = std::weak_ptr<bool>(attached_)] {
    if (alive.expired()) return;
    scheduled_ = false;
    Wake();
  });
}

void Watcher::Wake() {
  // Now and then its connection breaks; what was not taken yet it learns when it resumes.
  if (world_.Chance(0.05)) {
    subscription_.reset();
    Subscribe();
  }
  TakeAll();
}

void Watcher::TakeAll() {
  const view::FeedBatch batch = subscription_->Take();
  if (batch.overflow) {
    Snapshot();
    return;
  }
  const auto txn = env_->BeginRead();
  for (const view::Change& change : batch.changes) {
    Look(txn->reader(), {change.collection, change.id});
    if (!change.previous_id.empty()) Look(txn->reader(), {change.collection, change.previous_id});
  }
  if (batch.commit > token_) token_ = batch.commit;
  // The store is never ahead of the feed here: both move in one event.
  if (world_.Chance(0.1)) Compare(txn->reader());
}

void Watcher::Look(const store::Reader& reader, const Key& key) {
  const auto document = cache::Find(reader, key.first, key.second);
  if (!document.ok()) return world_.Fail(document.status().ToString());
  if (!document->has_value() || !(*document)->view.has_value()) {
    copy_.erase(key);
    return;
  }
  Show(key, *(*document)->view, (*document)->header.revision);
}

void Watcher::Show(const Key& key, std::string_view view, uint64_t revision) {
  uint64_t& newest = newest_[key];
  if (revision < newest) {
    world_.Fail(fmt::format("d{}: a watcher saw revision {} of {} after {}", daemon_, revision,
                            key.second, newest));
  }
  newest = revision;
  const auto before = copy_.find(key);
  if (before != copy_.end() && before->second.revision == revision && before->second.view != view) {
    world_.Fail(fmt::format("d{}: revision {} of {} was {} and is {}", daemon_, revision,
                            key.second, before->second.view, view));
  }
  copy_[key] = {std::string(view), revision};
}

void Watcher::Compare(const store::Reader& reader) {
  std::map<Key, Seen> unseen = copy_;
  for (store::CollectionId collection = 1; collection <= 2; ++collection) {
    const absl::Status walked = cache::ForEach(
        reader, collection, "", [&](std::string_view id, const cache::DocumentRef& document) {
          const Key key(collection, std::string(id));
          const auto seen = copy_.find(key);
          unseen.erase(key);
          const bool there = document.view.has_value();
          const bool same = there ? seen != copy_.end() && seen->second.view == *document.view
                                  : seen == copy_.end();
          if (same) return true;
          world_.Fail(fmt::format("d{}: a watcher shows {} as {}, the store has {}", daemon_, id,
                                  seen == copy_.end() ? "-" : seen->second.view,
                                  document.view.value_or("-")));
          return false;
        });
    if (!walked.ok()) world_.Fail(walked.ToString());
  }
  if (unseen.empty()) return;
  world_.Fail(
      fmt::format("d{}: a watcher shows {}, which is gone", daemon_, unseen.begin()->first.second));
}

void Watcher::CheckQuiet() {
  TakeAll();
  const auto txn = env_->BeginRead();
  Compare(txn->reader());
}

}  // namespace tideover::sim
