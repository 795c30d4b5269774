// Freshness: tells the engine that a collection is being read, seldom enough to cost a Get nothing,
// and remembers how fresh what is here is known to be. A resource, owned by the server;
// thread-safe.
#ifndef TIDEOVER_API_FRESHNESS_H_
#define TIDEOVER_API_FRESHNESS_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "api/lookup.h"
#include "api/session.h"
#include "base/clock.h"

namespace tideover::api {

// How fresh a collection is known to be. A value.
struct Freshness {
  // It was fetched longer ago than its stale time, was invalidated, the last attempt to fetch it
  // failed, or nothing can be fetched at present.
  bool stale = false;
  // It was never fetched, and now it could be.
  bool worth_fetching = false;
};

// What was fetched then is older than the collection's stale time. Never fetched is not stale.
bool IsStale(const sync::CollectionStatus& status, int64_t fetched_wall_ms, base::WallTime now);

class FreshnessWatch {
 public:
  FreshnessWatch(SessionSource* source, const base::Clock* clock)
      : source_(source), clock_(clock) {}

  // Somebody reads the collection. `touch` false: and wants nothing fetched because of it.
  Freshness Read(const std::shared_ptr<const Session>& session, const Collection& collection,
                 bool touch);
  // What was known of the collection is not true any more.
  void Forget(const std::string& collection);

  // How many Watches that fetch look at the collection.
  void CountWatch(const std::string& collection, int change);
  bool IsWatched(const std::string& collection);

 private:
  struct Entry {
    std::weak_ptr<const Session> session;  // The entry is about this one.
    base::MonoTime looked_at;
    bool touched = false;
    Freshness freshness;
  };

  SessionSource* const source_;
  const base::Clock* const clock_;
  std::mutex mutex_;  // Guards what follows; held for a look-up.
  std::map<std::string, Entry> entries_;
  std::map<std::string, int> watches_;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_FRESHNESS_H_
