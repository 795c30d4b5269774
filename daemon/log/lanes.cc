#include "log/lanes.h"

#include <algorithm>
#include <string>
#include <utility>

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

absl::StatusOr<std::vector<uint64_t>> ReadLane(const store::Reader& reader,
                                               store::CollectionId collection,
                                               std::string_view id) {
  std::vector<uint64_t> seqs;
  const std::string prefix = store::LanePrefix(collection, id);
  store::Cursor cursor(reader, Table::kLanes);
  for (cursor.Seek(prefix); cursor.Valid() && cursor.key().starts_with(prefix); cursor.Next()) {
    seqs.push_back(store::LaneSeqOf(cursor.key()));
  }
  if (!cursor.status().ok()) return cursor.status();
  return seqs;
}

absl::StatusOr<std::optional<uint64_t>> LaneFront(const store::Reader& reader,
                                                  store::CollectionId collection,
                                                  std::string_view id) {
  const std::string prefix = store::LanePrefix(collection, id);
  store::Cursor cursor(reader, Table::kLanes);
  cursor.Seek(prefix);
  if (cursor.Valid() && cursor.key().starts_with(prefix)) {
    return std::optional<uint64_t>(store::LaneSeqOf(cursor.key()));
  }
  if (!cursor.status().ok()) return cursor.status();
  return std::optional<uint64_t>();
}

}  // namespace tideover::log
