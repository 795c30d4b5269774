// Open mutations: the pending ones whose latest attempt has no outcome on record, and those that
// wait for a list to say whether they arrived (hold VERIFY). A start must ask about them, and finds
// them here without a walk over the log. The table is a mirror of the log's entries, kept by
// mutation_log.cc alone. Stateless functions over the caller's transaction.
#ifndef TIDEOVER_LOG_OPEN_H_
#define TIDEOVER_LOG_OPEN_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <vector>

#include "log/mutation.h"
#include "store/txn.h"

namespace tideover::log {

// What the table says of an entry.
bool IsOpen(const PushState& push);

// Writes only where the table says otherwise.
absl::Status SetOpen(store::WriteTxn* txn, uint64_t seq, bool open);

// From `first_seq` on, ascending; `max` of them at most.
absl::StatusOr<std::vector<uint64_t>> ReadOpen(const store::Reader& reader, uint64_t first_seq,
                                               size_t max);

}  // namespace tideover::log

#endif  // TIDEOVER_LOG_OPEN_H_
