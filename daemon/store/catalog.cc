#include "store/catalog.h"

#include <algorithm>

#include "base/status_macros.h"

namespace tideover::store {
namespace {

constexpr std::string_view kPrefix = "collection/";

}  // namespace

absl::StatusOr<Catalog> Catalog::Load(WriteTxn* txn, std::span<const std::string> names) {
  Catalog catalog;
  CollectionId newest = 0;
  {
    Cursor cursor(txn->reader(), Table::kMeta);
    for (cursor.Seek(kPrefix); cursor.Valid() && cursor.key().starts_with(kPrefix); cursor.Next()) {
      if (cursor.value().size() != 4) return absl::DataLossError("a collection number is damaged");
      const CollectionId id = ReadU32(cursor.value());
      catalog.ids_.emplace(cursor.key().substr(kPrefix.size()), id);
      newest = std::max(newest, id);
    }
    RETURN_IF_ERROR(cursor.status());
  }
  for (const std::string& name : names) {
    if (catalog.ids_.contains(name)) continue;
    const CollectionId id = ++newest;
    RETURN_IF_ERROR(txn->Put(Table::kMeta, std::string(kPrefix) + name, CollectionKey(id)));
    catalog.ids_.emplace(name, id);
  }
  for (const auto& [name, id] : catalog.ids_) catalog.names_.emplace(id, name);
  return catalog;
}

std::optional<CollectionId> Catalog::IdOf(std::string_view name) const {
  const auto it = ids_.find(name);
  return it == ids_.end() ? std::nullopt : std::optional(it->second);
}

const std::string& Catalog::NameOf(CollectionId id) const {
  static const std::string kUnknown = "?";
  const auto it = names_.find(id);
  return it == names_.end() ? kUnknown : it->second;
}

}  // namespace tideover::store
