// Page tokens: where the next page of a query begins. Opaque to clients, and bound to the query by
// a fingerprint; valid across restarts. A token is the hexadecimal digits of
//
//   token       = version:u8 fingerprint:u64 place
//   version     = 1
//   fingerprint = XXH3-64 of what the query asks for (big-endian)
//   place       = JSON text [id, value…]: the sort key of the last document of the page before
//
// Pure functions.
#ifndef TIDEOVER_VIEW_PAGE_TOKEN_H_
#define TIDEOVER_VIEW_PAGE_TOKEN_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "view/query_order.h"

namespace tideover::view {

std::string WritePageToken(uint64_t fingerprint, const SortKey& last);

// INVALID_ARGUMENT for a text that is no token, or that of another query.
absl::StatusOr<SortKey> ReadPageToken(std::string_view token, uint64_t fingerprint,
                                      size_t value_count);

}  // namespace tideover::view

#endif  // TIDEOVER_VIEW_PAGE_TOKEN_H_
