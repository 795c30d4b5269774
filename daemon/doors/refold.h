// Folding a document again inside a turn, after its base moved or a mutation left its lane. On the
// writer's thread.
#ifndef TIDEOVER_DOORS_REFOLD_H_
#define TIDEOVER_DOORS_REFOLD_H_

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "cache/document.h"
#include "doors/turn.h"

namespace tideover::doors {

// The pending mutations of a document, in log order. DATA_LOSS when the lane names a mutation that
// the log does not have.
struct Pending {
  std::vector<uint64_t> seqs;
  std::vector<log::LogEntry> entries;
};
absl::StatusOr<Pending> ReadPending(const store::Reader& reader, store::CollectionId collection,
                                    std::string_view id);

// Text that we stored ourselves: DATA_LOSS when it does not parse.
absl::StatusOr<std::optional<json::Value>> ParseStored(const std::optional<std::string>& text);

// The rules of a collection; the defaults for one that is no longer configured.
const CollectionRules& RulesOf(const Turn& turn, store::CollectionId collection);
// The id member of the collection's documents.
const std::string& IdField(const Turn& turn, store::CollectionId collection);

// The document as it stands in this turn; an empty one when nothing is known of it.
absl::StatusOr<cache::Document> Load(const Turn& turn, store::CollectionId collection,
                                     std::string_view id);

// Recomputes view and pending count from `document->base` and the lane, and stores the record: a
// changed view gets this commit as its revision and is announced. A record that says nothing any
// more (no view, no base, nothing pending) is removed, unless `keep_tombstone`.
absl::Status RefoldAndStore(Turn* turn, store::CollectionId collection, std::string_view id,
                            cache::Document document, bool keep_tombstone);

// Stores the record under what `document->view` is now. `old_view` decides whether it changed.
absl::Status Store(Turn* turn, store::CollectionId collection, std::string_view id,
                   const std::optional<std::string>& old_view, cache::Document document,
                   bool keep_tombstone);

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_REFOLD_H_
