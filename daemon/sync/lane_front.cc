#include "sync/lane_front.h"

#include <utility>

#include "base/check.h"
#include "base/status_macros.h"
#include "log/lanes.h"
#include "log/mutation_log.h"

namespace tideover::sync {

absl::StatusOr<std::optional<LaneFront>> FindLaneFront(const store::Reader& reader,
                                                       const LaneKey& lane) {
  ASSIGN_OR_RETURN(const auto seq, log::LaneFront(reader, lane.first, lane.second));
  if (!seq.has_value()) return std::optional<LaneFront>();
  ASSIGN_OR_RETURN(auto entry, log::Find(reader, *seq));
  TIDEOVER_CHECK(entry.has_value(), "a lane names a mutation that is not logged");
  if (entry->mutation().references_size() > 0) return std::optional<LaneFront>();
  LaneFront front{*seq, *std::move(entry), {}};
  front.lanes = log::LanesOf(*seq, front.entry.mutation());
  for (const LaneKey& other : front.lanes) {
    if (other == lane) continue;
    ASSIGN_OR_RETURN(const auto first, log::LaneFront(reader, other.first, other.second));
    if (first != *seq) return std::optional<LaneFront>();
  }
  return std::optional(std::move(front));
}

}  // namespace tideover::sync
