#include "cache/checkpoint.h"

#include "base/status_macros.h"

namespace tideover::cache {

using store::Table;

absl::StatusOr<Checkpoint> ReadCheckpoint(const store::Reader& reader,
                                          store::CollectionId collection) {
  ASSIGN_OR_RETURN(const auto bytes,
                   reader.Get(Table::kCheckpoints, store::CollectionKey(collection)));
  Checkpoint checkpoint;
  if (bytes.has_value() &&
      !checkpoint.ParseFromArray(bytes->data(), static_cast<int>(bytes->size()))) {
    return absl::DataLossError("a checkpoint does not decode");
  }
  return checkpoint;
}

absl::Status WriteCheckpoint(store::WriteTxn* txn, store::CollectionId collection,
                             const Checkpoint& checkpoint) {
  return txn->Put(Table::kCheckpoints, store::CollectionKey(collection),
                  checkpoint.SerializeAsString());
}

}  // namespace tideover::cache
