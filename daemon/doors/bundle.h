// Bundle: pending mutations of one document that leave, or left, as one write. The lane says which
// they are: from its head on, up to PushState.bundle_last, which the sent mark records. A value,
// read from a snapshot by the engine and inside a turn by the doors.
#ifndef TIDEOVER_DOORS_BUNDLE_H_
#define TIDEOVER_DOORS_BUNDLE_H_

#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "cache/document.h"
#include "log/mutation.h"
#include "store/txn.h"
#include "view/coalesce.h"

namespace tideover::doors {

struct Bundle {
  // In log order; a mutation that was sent alone is a bundle of one. Empty: it is not pending.
  std::vector<uint64_t> seqs;
  std::vector<log::LogEntry> entries;

  bool empty() const { return seqs.empty(); }
  uint64_t head() const { return seqs.front(); }
  uint64_t last() const { return seqs.back(); }
};

// What is there to be sent: the members, and the write that they come to.
struct Sendable {
  Bundle bundle;
  view::Write write;
  // They undo each other, and nothing of them was ever sent: there is nothing to send.
  bool cancelled = false;
};

// Whether it leaves, or left, as a sum, and not as the patch that a sum comes to: twice is not
// once.
bool Adds(const log::LogEntry& entry);
// A sum is under way to the document: whether what the server says of it contains ours, its answer
// alone will tell.
absl::StatusOr<bool> AddsAtPresent(const store::Reader& reader, store::CollectionId collection,
                                   std::string_view id, const cache::DocumentHeader& header);

// The mutation, with those that left together with it and are still pending. DATA_LOSS for a lane
// that contradicts the log.
absl::StatusOr<Bundle> ReadBundle(const store::Reader& reader, uint64_t head);

// The bundle that a mutation belongs to, wherever in it: those that may have arrived together with
// it, or itself alone.
absl::StatusOr<Bundle> ReadBundleOf(const store::Reader& reader, uint64_t seq);

// The bundle as one write. What left once is composed as it left, whatever came after.
absl::StatusOr<Sendable> ReadSent(const store::Reader& reader, uint64_t head);

// What to send next of the lane that `head` leads: an attempt that may have arrived is repeated as
// it was; otherwise as many mutations as can be one write, `members_max` at most.
absl::StatusOr<Sendable> PlanSend(const store::Reader& reader, uint64_t head, size_t members_max);

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_BUNDLE_H_
