// Catalog: the names of collections and their numbers in this environment. A value, read once when
// the session opens and not changed after; a number is given once and never reused, so that a
// collection that leaves the configuration keeps its documents and finds them when it comes back.
#ifndef TIDEOVER_STORE_CATALOG_H_
#define TIDEOVER_STORE_CATALOG_H_

#include <absl/status/statusor.h>

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "store/keys.h"
#include "store/txn.h"

namespace tideover::store {

class Catalog {
 public:
  // Reads the catalog and gives a number to each name that has none yet, within `txn`.
  static absl::StatusOr<Catalog> Load(WriteTxn* txn, std::span<const std::string> names);

  std::optional<CollectionId> IdOf(std::string_view name) const;
  // "?" for a number that was never given.
  const std::string& NameOf(CollectionId id) const;
  // Every collection that this environment ever had.
  const std::map<std::string, CollectionId, std::less<>>& all() const { return ids_; }

 private:
  std::map<std::string, CollectionId, std::less<>> ids_;
  std::map<CollectionId, std::string> names_;
};

}  // namespace tideover::store

#endif  // TIDEOVER_STORE_CATALOG_H_
