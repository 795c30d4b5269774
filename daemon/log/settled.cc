#include "log/settled.h"

#include <fmt/format.h>

#include "base/status_macros.h"
#include "log/mutation_log.h"

namespace tideover::log {

using store::SettledClass;
using store::Table;

namespace {

// How many history entries one commit removes at most, so that a lowered limit costs no long
// commit.
constexpr int kTrimPerCommitMax = 64;

absl::StatusOr<SettledEntry> ParseSettled(std::string_view bytes, uint64_t seq) {
  SettledEntry entry;
  if (!entry.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError(fmt::format("settled entry {} does not decode", seq));
  }
  return entry;
}

// The sequence number inside a key of `settled`.
uint64_t SeqOfKey(std::string_view key) { return store::ReadU64(key.substr(1)); }

bool IsIn(SettledClass part, std::string_view key) {
  return static_cast<SettledClass>(key[0]) == part;
}

// Forgets one entry of the history and the mutation id that leads to it.
absl::Status Forget(store::WriteTxn* txn, uint64_t seq) {
  const std::string key = store::SettledKey(SettledClass::kHistory, seq);
  ASSIGN_OR_RETURN(const auto bytes, txn->reader().Get(Table::kSettled, key));
  if (!bytes.has_value()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const SettledEntry oldest, ParseSettled(*bytes, seq));
  RETURN_IF_ERROR(txn->Delete(Table::kSettled, key));
  if (!oldest.mutation().client_made_id()) return absl::OkStatus();
  return ForgetMutationId(txn, GivenId(oldest));
}

// In the order in which they settled, not of their numbers: a mutation that waited long has a small
// number, and its caller may only now repeat the call.
absl::Status TrimHistory(store::WriteTxn* txn, uint64_t dead_letters, uint64_t history_max) {
  ASSIGN_OR_RETURN(const uint64_t total, txn->reader().Count(Table::kSettled));
  uint64_t history = (total - dead_letters) / 2;
  for (int i = 0; history > history_max && i < kTrimPerCommitMax; ++i, --history) {
    std::string place;
    uint64_t seq = 0;
    {
      store::Cursor cursor(txn->reader(), Table::kSettled);
      cursor.Seek(store::SettledKey(SettledClass::kHistoryOrder, 0));
      RETURN_IF_ERROR(cursor.status());
      if (!cursor.Valid() || !IsIn(SettledClass::kHistoryOrder, cursor.key())) break;
      if (cursor.value().size() != 8) return absl::DataLossError("the history's order is damaged");
      place = cursor.key();
      seq = store::ReadU64(cursor.value());
    }
    RETURN_IF_ERROR(txn->Delete(Table::kSettled, place));
    RETURN_IF_ERROR(Forget(txn, seq));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status AddSettled(store::WriteTxn* txn, uint64_t seq, const SettledEntry& entry,
                        Counters* counters, uint64_t history_max) {
  const bool dead = entry.outcome() == SettledEntry::REJECTED;
  const auto part = dead ? SettledClass::kDeadLetter : SettledClass::kHistory;
  RETURN_IF_ERROR(
      txn->Put(Table::kSettled, store::SettledKey(part, seq), entry.SerializeAsString()));
  if (dead) {
    counters->set_dead_letters(counters->dead_letters() + 1);
    return absl::OkStatus();
  }
  counters->set_last_history(counters->last_history() + 1);
  const std::string place =
      store::SettledKey(SettledClass::kHistoryOrder, counters->last_history());
  RETURN_IF_ERROR(txn->Put(Table::kSettled, place, store::SeqKey(seq)));
  return TrimHistory(txn, counters->dead_letters(), history_max);
}

absl::StatusOr<std::optional<SettledEntry>> FindSettled(const store::Reader& reader, uint64_t seq) {
  for (const SettledClass part : {SettledClass::kHistory, SettledClass::kDeadLetter}) {
    ASSIGN_OR_RETURN(const auto bytes, reader.Get(Table::kSettled, store::SettledKey(part, seq)));
    if (bytes.has_value()) return ParseSettled(*bytes, seq);
  }
  return std::optional<SettledEntry>();
}

absl::Status RemoveDeadLetter(store::WriteTxn* txn, uint64_t seq, Counters* counters) {
  counters->set_dead_letters(counters->dead_letters() - 1);
  return txn->Delete(Table::kSettled, store::SettledKey(SettledClass::kDeadLetter, seq));
}

absl::Status ForEachSettled(const store::Reader& reader, SettledClass part, uint64_t first_seq,
                            absl::FunctionRef<bool(uint64_t, const SettledEntry&)> visit) {
  store::Cursor cursor(reader, Table::kSettled);
  for (cursor.Seek(store::SettledKey(part, first_seq)); cursor.Valid(); cursor.Next()) {
    if (!IsIn(part, cursor.key())) return absl::OkStatus();
    const uint64_t seq = SeqOfKey(cursor.key());
    ASSIGN_OR_RETURN(const SettledEntry entry, ParseSettled(cursor.value(), seq));
    if (!visit(seq, entry)) return absl::OkStatus();
  }
  return cursor.status();
}

}  // namespace tideover::log
