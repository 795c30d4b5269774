// Census: how many documents and held mutations a session has, which only a scan can tell. A
// resource, one per session; thread-safe. It counts again only after a commit, and so seldom that
// it takes at most a twentieth of one thread's time.
//
// Nobody waits long: what is not counted within kCensusPatience is counted on in slices by the
// worker pool, and meanwhile the count before it is told, with its time. So on a small store the
// numbers are those of the moment, and on a large one of a moment ago.
#ifndef TIDEOVER_API_CENSUS_H_
#define TIDEOVER_API_CENSUS_H_

#include <absl/status/statusor.h>

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "api/session.h"
#include "api/worker_pool.h"
#include "base/clock.h"
#include "store/keys.h"

namespace tideover::api {

inline constexpr base::Millis kCensusPatience{50};

struct CollectionCount {
  uint64_t documents = 0;  // In the view.
  uint64_t pending = 0;    // Those of them with pending mutations.
};

struct CensusCount {
  std::map<store::CollectionId, CollectionCount> collections;
  uint64_t held = 0;            // Mutations held for something that does not come by itself.
  int64_t counted_wall_ms = 0;  // 0: nothing was counted to the end yet.
};

class Census : public std::enable_shared_from_this<Census> {
 public:
  Census(std::weak_ptr<const Session> session, std::shared_ptr<WorkerPool> pool,
         const base::Clock* clock)
      : session_(std::move(session)), pool_(std::move(pool)), clock_(clock) {}

  absl::StatusOr<CensusCount> Take();

 private:
  // Where a count under way stands. Belongs to whoever counts.
  struct Progress {
    CensusCount count;
    uint64_t commit = 0;
    base::MonoTime started;
    // The collection that is scanned, and the id to go on with; after the last one the log.
    std::map<store::CollectionId, CollectionCount>::iterator collection;
    std::string next_id;
    uint64_t next_seq = 0;
  };

  void Begin(const Session& session);
  // One slice; true: the count has ended, one way or the other.
  bool Step();
  absl::StatusOr<bool> Scan(const Session& session);
  absl::Status ScanDocuments(const store::Reader& reader);
  absl::StatusOr<bool> ScanLog(const store::Reader& reader);
  void GoOn();
  bool Fresh(const Session& session) const;

  const std::weak_ptr<const Session> session_;
  const std::shared_ptr<WorkerPool> pool_;
  const base::Clock* const clock_;
  Progress progress_;

  std::mutex mutex_;  // Guards everything below; held for moments.
  std::condition_variable ended_;
  bool counting_ = false;
  absl::Status failure_;
  uint64_t commit_ = 0;  // At which the count began.
  base::MonoTime counted_at_;
  base::Millis cost_{0};
  CensusCount count_;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_CENSUS_H_
