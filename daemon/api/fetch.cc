#include "api/fetch.h"

#include <memory>
#include <mutex>
#include <utility>

#include "api/limits.h"

namespace tideover::api {
namespace {

// Runs its continuation once: after the list, or after the timer, whichever comes first.
class Fetch : public std::enable_shared_from_this<Fetch> {
 public:
  Fetch(std::shared_ptr<WorkerPool> pool, absl::AnyInvocable<void(bool)> next)
      : pool_(std::move(pool)), next_(std::move(next)) {}

  void Start(EnginePort* engine, const std::string& collection) {
    timer_ = pool_->PostAfter(kFetchWaitMax, [self = shared_from_this()] { self->Go(false); });
    engine->SyncNow(collection, [self = shared_from_this()](const absl::Status& status) {
      self->pool_->Post([self, ok = status.ok()] {
        self->pool_->Cancel(self->timer_);
        self->Go(ok);
      });
    });
  }

 private:
  void Go(bool fetched) {
    absl::AnyInvocable<void(bool)> next;
    {
      const std::lock_guard lock(mutex_);
      next = std::exchange(next_, nullptr);
    }
    if (next) next(fetched);
  }

  const std::shared_ptr<WorkerPool> pool_;
  WorkerPool::TimerId timer_;
  std::mutex mutex_;  // Guards next_.
  absl::AnyInvocable<void(bool)> next_;
};

}  // namespace

void FetchThen(const Shared& shared, const std::string& collection,
               absl::AnyInvocable<void(bool)> next) {
  std::make_shared<Fetch>(shared.pool, std::move(next))
      ->Start(&shared.source->engine(), collection);
}

ReadPlan PlanRead(const Shared& shared, const std::shared_ptr<const Session>& session,
                  const Collection& collection, v1::ReadPolicy policy) {
  const bool only_cache = policy == v1::READ_POLICY_CACHE_ONLY;
  const Freshness freshness = shared.freshness->Read(session, collection, !only_cache);
  ReadPlan plan;
  plan.stale = freshness.stale;
  switch (policy) {
    case v1::READ_POLICY_CACHE_ONLY:
      break;
    case v1::READ_POLICY_NETWORK_FIRST:
      plan.fetch_first = true;
      break;
    case v1::READ_POLICY_CACHE_AND_NETWORK:
      shared.source->engine().SyncNow(*collection.name, [](const absl::Status&) {});
      break;
    default:
      plan.fetch_if_missing = freshness.worth_fetching;
      break;
  }
  return plan;
}

}  // namespace tideover::api
