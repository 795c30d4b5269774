#include "log/needs.h"

#include "log/lanes.h"

namespace tideover::log {

using store::Table;

absl::Status AddNeed(store::WriteTxn* txn, const DocumentKey& needed, uint64_t seq) {
  return txn->Put(Table::kNeeds, store::LaneKey(needed.first, needed.second, seq), {});
}

absl::Status RemoveNeed(store::WriteTxn* txn, const DocumentKey& needed, uint64_t seq) {
  return txn->Delete(Table::kNeeds, store::LaneKey(needed.first, needed.second, seq));
}

absl::StatusOr<std::vector<uint64_t>> ReadNeeds(const store::Reader& reader,
                                                const DocumentKey& needed, size_t max) {
  return ReadSeqs(reader, Table::kNeeds, needed.first, needed.second, max);
}

}  // namespace tideover::log
