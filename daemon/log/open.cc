#include "log/open.h"

#include "base/status_macros.h"
#include "store/keys.h"

namespace tideover::log {

using store::Table;

bool IsOpen(const PushState& push) {
  return push.open_attempt() || push.hold() == PushState::VERIFY;
}

absl::Status SetOpen(store::WriteTxn* txn, uint64_t seq, bool open) {
  const auto key = store::SeqKey(seq);
  ASSIGN_OR_RETURN(const auto known, txn->reader().Get(Table::kOpen, key));
  if (known.has_value() == open) return absl::OkStatus();
  return open ? txn->Put(Table::kOpen, key, {}) : txn->Delete(Table::kOpen, key);
}

absl::StatusOr<std::vector<uint64_t>> ReadOpen(const store::Reader& reader, uint64_t first_seq,
                                               size_t max) {
  std::vector<uint64_t> seqs;
  store::Cursor cursor(reader, Table::kOpen);
  for (cursor.Seek(store::SeqKey(first_seq)); seqs.size() < max && cursor.Valid(); cursor.Next()) {
    seqs.push_back(store::ReadU64(cursor.key()));
  }
  if (!cursor.status().ok()) return cursor.status();
  return seqs;
}

}  // namespace tideover::log
