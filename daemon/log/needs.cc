#include "log/needs.h"

#include <string>

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
  std::vector<uint64_t> seqs;
  const std::string prefix = store::LanePrefix(needed.first, needed.second);
  store::Cursor cursor(reader, Table::kNeeds);
  for (cursor.Seek(prefix); seqs.size() < max && cursor.Valid() && cursor.key().starts_with(prefix);
       cursor.Next()) {
    seqs.push_back(store::LaneSeqOf(cursor.key()));
  }
  if (!cursor.status().ok()) return cursor.status();
  return seqs;
}

}  // namespace tideover::log
