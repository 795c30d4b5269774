// Which mutations need which: those behind a create that the server never confirmed need it. Pure
// functions over a snapshot.
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

}  // namespace tideover::api

#endif  // TIDEOVER_API_DEPENDANTS_H_
