// Which mutations need which: those behind a create that the server never confirmed need it, also
// when that was refused. Pure functions over a snapshot.
#ifndef TIDEOVER_API_DEPENDANTS_H_
#define TIDEOVER_API_DEPENDANTS_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "log/mutation.h"
#include "store/txn.h"

namespace tideover::api {

// The pending mutations that cannot be sent unless this one is confirmed, in log order.
absl::StatusOr<std::vector<uint64_t>> DependantsOf(const store::Reader& reader, uint64_t seq,
                                                   const log::Mutation& mutation);

// Ids of what must settle before a pending mutation: those ahead of it in its lane, in log order,
// and before them the dead-lettered create that it is held for. That one is looked for in the
// whole dead-letter queue: for a single mutation, not for lists.
absl::StatusOr<std::vector<std::string>> NeedsOf(const store::Reader& reader, uint64_t seq,
                                                 const log::LogEntry& entry);

}  // namespace tideover::api

#endif  // TIDEOVER_API_DEPENDANTS_H_
