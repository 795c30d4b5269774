#include "log/lanes.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/status_macros.h"

namespace tideover::log {

using store::Table;

std::vector<DocumentKey> LanesOf(uint64_t seq, const Mutation& mutation) {
  std::vector<DocumentKey> lanes;
  if (mutation.kind() != Mutation::INVOKE) {
    lanes.emplace_back(mutation.collection(), mutation.document_id());
    return lanes;
  }
  for (const Mutation::Effect& effect : mutation.effects()) {
    DocumentKey lane = KeyOf(effect.document());
    if (std::find(lanes.begin(), lanes.end(), lane) == lanes.end()) {
      lanes.push_back(std::move(lane));
    }
  }
  if (lanes.empty()) lanes.emplace_back(kNoCollection, std::to_string(seq));
  return lanes;
}

absl::Status AddToLane(store::WriteTxn* txn, store::CollectionId collection, std::string_view id,
                       uint64_t seq) {
  return txn->Put(Table::kLanes, store::LaneKey(collection, id, seq), {});
}

absl::Status RemoveFromLane(store::WriteTxn* txn, store::CollectionId collection,
                            std::string_view id, uint64_t seq) {
  return txn->Delete(Table::kLanes, store::LaneKey(collection, id, seq));
}

absl::StatusOr<std::vector<uint64_t>> ReadSeqs(const store::Reader& reader, Table table,
                                               store::CollectionId collection, std::string_view id,
                                               size_t max) {
  std::vector<uint64_t> seqs;
  const std::string prefix = store::LanePrefix(collection, id);
  store::Cursor cursor(reader, table);
  for (cursor.Seek(prefix); cursor.Valid() && cursor.key().starts_with(prefix); cursor.Next()) {
    seqs.push_back(store::LaneSeqOf(cursor.key()));
    if (seqs.size() >= max) break;
  }
  if (!cursor.status().ok()) return cursor.status();
  return seqs;
}

absl::StatusOr<std::vector<uint64_t>> ReadLane(const store::Reader& reader,
                                               store::CollectionId collection,
                                               std::string_view id) {
  return ReadSeqs(reader, Table::kLanes, collection, id);
}

absl::StatusOr<std::optional<uint64_t>> LaneFront(const store::Reader& reader,
                                                  store::CollectionId collection,
                                                  std::string_view id) {
  ASSIGN_OR_RETURN(const std::vector<uint64_t> first,
                   ReadSeqs(reader, Table::kLanes, collection, id, 1));
  return first.empty() ? std::optional<uint64_t>() : first.front();
}

}  // namespace tideover::log
