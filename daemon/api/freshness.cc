#include "api/freshness.h"

#include "api/limits.h"
#include "cache/checkpoint.h"

namespace tideover::api {
namespace {

bool IsSame(const std::weak_ptr<const Session>& a, const std::shared_ptr<const Session>& b) {
  return !a.owner_before(b) && !b.owner_before(a);
}

Freshness Look(const Session& session, const Collection& collection, base::WallTime now) {
  const sync::EngineStatus status = session.board->Get();
  Freshness freshness;
  const auto it = status.collections.find(*collection.name);
  const bool failed = it != status.collections.end() && !it->second.last_error.empty();
  freshness.stale = failed || status.paused != sync::PauseReason::kNone;
  if (freshness.stale) return freshness;
  const auto txn = session.env->BeginRead();
  if (!txn.ok()) return freshness;
  const auto checkpoint = cache::ReadCheckpoint(txn->reader(), collection.id);
  if (!checkpoint.ok()) return freshness;
  freshness.worth_fetching = checkpoint->generation() == 0;
  freshness.stale = it != status.collections.end() &&
                    IsStale(it->second, checkpoint->last_full_sync_wall_ms(), now);
  return freshness;
}

}  // namespace

bool IsStale(const sync::CollectionStatus& status, int64_t fetched_wall_ms, base::WallTime now) {
  return fetched_wall_ms != 0 &&
         (status.invalidated || now.ms - fetched_wall_ms > status.stale_time.count());
}

Freshness FreshnessWatch::Read(const std::shared_ptr<const Session>& session,
                               const Collection& collection, bool touch) {
  const base::MonoTime now = clock_->Mono();
  bool tell = false;
  Freshness freshness;
  {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[*collection.name];
    const bool recent = IsSame(entry.session, session) && now - entry.looked_at < kTouchInterval;
    if (recent && (entry.touched || !touch)) return entry.freshness;
    if (!recent) entry = {session, now, false, Look(*session, collection, clock_->Wall())};
    entry.touched = touch;
    tell = touch;
    freshness = entry.freshness;
  }
  if (tell) source_->engine().Touch(*collection.name);
  return freshness;
}

void FreshnessWatch::Forget(const std::string& collection) {
  const std::lock_guard lock(mutex_);
  entries_.erase(collection);
}

void FreshnessWatch::CountWatch(const std::string& collection, int change) {
  const std::lock_guard lock(mutex_);
  watches_[collection] += change;
}

bool FreshnessWatch::IsWatched(const std::string& collection) {
  const std::lock_guard lock(mutex_);
  const auto it = watches_.find(collection);
  return it != watches_.end() && it->second > 0;
}

}  // namespace tideover::api
