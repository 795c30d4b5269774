// Census: how many documents and held mutations a session has, which only a scan can tell. A
// resource, one per session; thread-safe, but it scans: not on gRPC's threads. It counts again only
// after a commit, and so seldom that it takes at most a twentieth of one thread's time: on a large
// store its numbers lag behind by some of the scan's own durations.
#ifndef TIDEOVER_API_CENSUS_H_
#define TIDEOVER_API_CENSUS_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "api/session.h"
#include "base/clock.h"
#include "store/keys.h"

namespace tideover::api {

struct CollectionCount {
  uint64_t documents = 0;  // In the view.
  uint64_t pending = 0;    // Those of them with pending mutations.
};

struct CensusCount {
  std::map<store::CollectionId, CollectionCount> collections;
  uint64_t held = 0;  // Mutations held for something that does not come by itself.
};

class Census {
 public:
  explicit Census(const base::Clock* clock) : clock_(clock) {}
  absl::StatusOr<CensusCount> Take(const Session& session);

 private:
  const base::Clock* const clock_;
  std::mutex mutex_;  // Guards everything below; held during a count: others wait for its result.
  bool counted_ = false;
  uint64_t commit_ = 0;
  base::MonoTime counted_at_;
  base::Millis cost_{0};
  CensusCount count_;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_CENSUS_H_
