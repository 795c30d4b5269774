// LaneFront: the mutation of a document that may leave next, as the disk has it. It is the first of
// the document's lane, and what it waits for in other lanes has settled: it has no open reference,
// and an invoke is the first in every lane in which it stands. A pure function over a snapshot.
#ifndef TIDEOVER_SYNC_LANE_FRONT_H_
#define TIDEOVER_SYNC_LANE_FRONT_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "log/mutation.h"
#include "store/txn.h"

namespace tideover::sync {

using LaneKey = log::DocumentKey;

struct LaneFront {
  uint64_t seq = 0;
  log::LogEntry entry;
  // The lanes that it leads: the document's, or all of an invoke's.
  std::vector<LaneKey> lanes;
};

// Nothing: the lane is empty, or its first mutation waits for another lane.
absl::StatusOr<std::optional<LaneFront>> FindLaneFront(const store::Reader& reader,
                                                       const LaneKey& lane);

}  // namespace tideover::sync

#endif  // TIDEOVER_SYNC_LANE_FRONT_H_
