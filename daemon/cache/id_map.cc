#include "cache/id_map.h"

#include "base/ids.h"
#include "base/status_macros.h"
#include "tideover/storage/v1/meta.pb.h"

namespace tideover::cache {

using store::Table;

absl::StatusOr<std::string> ResolveId(const store::Reader& reader, store::CollectionId collection,
                                      std::string_view id) {
  if (!base::IsProvisionalId(id)) return std::string(id);
  ASSIGN_OR_RETURN(const auto bytes, reader.Get(Table::kIdMap, store::DocumentKey(collection, id)));
  if (!bytes.has_value()) return std::string(id);
  storage::v1::IdMapping mapping;
  if (!mapping.ParseFromArray(bytes->data(), static_cast<int>(bytes->size()))) {
    return absl::DataLossError("an id mapping does not decode");
  }
  return mapping.server_id();
}

absl::Status MapId(store::WriteTxn* txn, store::CollectionId collection,
                   std::string_view provisional_id, std::string_view server_id) {
  storage::v1::IdMapping mapping;
  mapping.set_server_id(std::string(server_id));
  return txn->Put(Table::kIdMap, store::DocumentKey(collection, provisional_id),
                  mapping.SerializeAsString());
}

}  // namespace tideover::cache
