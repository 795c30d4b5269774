// Lanes: for each document, the sequence numbers of its pending mutations, in order. Kept on disk
// beside the log, so that one document's queue is found without a walk over all others. An invoke
// stands in the lane of every document of its effects; one without effects has a lane of its own.
// Stateless functions over the caller's transaction.
#ifndef TIDEOVER_LOG_LANES_H_
#define TIDEOVER_LOG_LANES_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "log/mutation.h"
#include "store/keys.h"
#include "store/txn.h"

namespace tideover::log {

// Of the lane that an invoke without effects has to itself: no collection has the number.
inline constexpr store::CollectionId kNoCollection = 0;

// The lanes that the mutation stands in, each once, in the order of its effects.
std::vector<DocumentKey> LanesOf(uint64_t seq, const Mutation& mutation);

absl::Status AddToLane(store::WriteTxn* txn, store::CollectionId collection, std::string_view id,
                       uint64_t seq);
absl::Status RemoveFromLane(store::WriteTxn* txn, store::CollectionId collection,
                            std::string_view id, uint64_t seq);

// The numbers that `table` (lanes or needs, whose keys are made alike) has for the document,
// ascending; the first `max` (not 0) of them at most.
absl::StatusOr<std::vector<uint64_t>> ReadSeqs(const store::Reader& reader, store::Table table,
                                               store::CollectionId collection, std::string_view id,
                                               size_t max = SIZE_MAX);

// All of a lane.
absl::StatusOr<std::vector<uint64_t>> ReadLane(const store::Reader& reader,
                                               store::CollectionId collection, std::string_view id);

// The first of a lane; empty when nothing is pending. One look, however long the lane is.
absl::StatusOr<std::optional<uint64_t>> LaneFront(const store::Reader& reader,
                                                  store::CollectionId collection,
                                                  std::string_view id);

}  // namespace tideover::log

#endif  // TIDEOVER_LOG_LANES_H_
