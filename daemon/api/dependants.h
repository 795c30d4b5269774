// Which mutations need which: those behind a create that the server never confirmed need it, and so
// do those that name its document, also when it was refused; an invoke whose effects create a
// document is like a create. Pure functions over a snapshot.
#ifndef TIDEOVER_API_DEPENDANTS_H_
#define TIDEOVER_API_DEPENDANTS_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <vector>

#include "log/mutation.h"
#include "store/txn.h"

namespace tideover::api {

// The pending mutations that cannot be sent unless this one is confirmed, in log order.
absl::StatusOr<std::vector<uint64_t>> DependantsOf(const store::Reader& reader, uint64_t seq,
                                                   const log::Mutation& mutation);

// The pending mutations that must settle before this one, in log order: those ahead of it in its
// lanes, and those that make the documents which it names.
absl::StatusOr<std::vector<uint64_t>> NeedsOf(const store::Reader& reader, uint64_t seq,
                                              const log::Mutation& mutation);

// The documents that a mutation needs: those in whose lanes it stands, and those that it names.
std::vector<log::DocumentKey> DocumentsNeededBy(uint64_t seq, const log::Mutation& mutation);

}  // namespace tideover::api

#endif  // TIDEOVER_API_DEPENDANTS_H_
