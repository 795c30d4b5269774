// Shared: what the services of one server have in common. A value of pointers into the server,
// which outlives every call. SessionState is what the API keeps beside a session: it holds no
// reference to it, so that a session that ended is not kept open by the API.
#ifndef TIDEOVER_API_SHARED_H_
#define TIDEOVER_API_SHARED_H_

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "api/census.h"
#include "api/freshness.h"
#include "api/session.h"
#include "api/settle_waiters.h"
#include "api/watchers.h"
#include "api/worker_pool.h"
#include "base/clock.h"
#include "base/random.h"

namespace tideover::api {

struct SessionState {
  // Names the session in resume tokens: those of an earlier run or session are told to start anew.
  std::string epoch;
  std::shared_ptr<SettleWaiters> settle;
  std::shared_ptr<Census> census;
};

// A resource, owned by the server; thread-safe.
class SessionStates {
 public:
  SessionStates(std::shared_ptr<WorkerPool> pool, const base::Clock* clock, base::Random* random)
      : pool_(std::move(pool)), clock_(clock), random_(random) {}

  std::shared_ptr<SessionState> Of(const std::shared_ptr<const Session>& session);
  // The latest one, if there was a call that needed it.
  std::shared_ptr<SessionState> Latest();
  // The same, but nullptr when it is that of `session`.
  std::shared_ptr<SessionState> LatestIfNot(const std::shared_ptr<const Session>& session);

 private:
  const std::shared_ptr<WorkerPool> pool_;
  const base::Clock* const clock_;
  base::Random* const random_;
  bool IsLatest(const std::shared_ptr<const Session>& session) const;

  std::mutex mutex_;  // Guards what follows; held for moments.
  std::weak_ptr<const Session> session_;
  std::shared_ptr<SessionState> state_;
};

struct Shared {
  SessionSource* source = nullptr;
  const base::Clock* clock = nullptr;
  // Kept by whoever may be called back after the server has gone; it takes no task then.
  std::shared_ptr<WorkerPool> pool;
  SessionStates* states = nullptr;
  FreshnessWatch* freshness = nullptr;
  Watchers* watchers = nullptr;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_SHARED_H_
