// The id map: how a provisional id became the server's. An app may keep the id that it was given at
// first; every call looks it up here. Stateless functions over the caller's transaction.
#ifndef TIDEOVER_CACHE_ID_MAP_H_
#define TIDEOVER_CACHE_ID_MAP_H_

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "store/keys.h"
#include "store/txn.h"

namespace tideover::cache {

// The server's id for a provisional one; `id` itself when it was never replaced.
absl::StatusOr<std::string> ResolveId(const store::Reader& reader, store::CollectionId collection,
                                      std::string_view id);

absl::Status MapId(store::WriteTxn* txn, store::CollectionId collection,
                   std::string_view provisional_id, std::string_view server_id);

}  // namespace tideover::cache

#endif  // TIDEOVER_CACHE_ID_MAP_H_
