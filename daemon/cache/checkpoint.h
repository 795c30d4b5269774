// Checkpoints: how far pulling a collection has come. Written in the transaction that stores what
// was pulled, so that neither can be there without the other. Stateless functions.
#ifndef TIDEOVER_CACHE_CHECKPOINT_H_
#define TIDEOVER_CACHE_CHECKPOINT_H_

#include <absl/status/statusor.h>

#include "store/keys.h"
#include "store/txn.h"
#include "tideover/storage/v1/meta.pb.h"

namespace tideover::cache {

using Checkpoint = storage::v1::Checkpoint;

// All zero for a collection that was never pulled.
absl::StatusOr<Checkpoint> ReadCheckpoint(const store::Reader& reader,
                                          store::CollectionId collection);
absl::Status WriteCheckpoint(store::WriteTxn* txn, store::CollectionId collection,
                             const Checkpoint& checkpoint);

}  // namespace tideover::cache

#endif  // TIDEOVER_CACHE_CHECKPOINT_H_
