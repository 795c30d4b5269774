// Needs: which pending mutations name a document that is still to be made, and so wait until the
// server has chosen its id. The table is the mirror of Mutation.references: the same pairs, found
// from the other side. Stateless functions over the caller's transaction.
#ifndef TIDEOVER_LOG_NEEDS_H_
#define TIDEOVER_LOG_NEEDS_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <vector>

#include "log/mutation.h"
#include "store/txn.h"

namespace tideover::log {

absl::Status AddNeed(store::WriteTxn* txn, const DocumentKey& needed, uint64_t seq);
absl::Status RemoveNeed(store::WriteTxn* txn, const DocumentKey& needed, uint64_t seq);

// The mutations that need the document, ascending; `max` of them at most.
absl::StatusOr<std::vector<uint64_t>> ReadNeeds(const store::Reader& reader,
                                                const DocumentKey& needed, size_t max = SIZE_MAX);

}  // namespace tideover::log

#endif  // TIDEOVER_LOG_NEEDS_H_
