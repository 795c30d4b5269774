#include "log/mutation_log.h"

#include <fmt/format.h>

#include <charconv>
#include <string>
#include <utility>

#include "base/status_macros.h"
#include "log/former_devices.h"
#include "log/lanes.h"
#include "log/needs.h"
#include "log/open.h"
#include "store/keys.h"

namespace tideover::log {

using store::Table;

namespace {

constexpr std::string_view kCountersKey = "counters";
constexpr std::string_view kDeviceKey = "device";

template <typename Message>
absl::StatusOr<Message> ParseRecord(std::string_view bytes, std::string_view what) {
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError(fmt::format("{} does not decode", what));
  }
  return message;
}

// The number in an id that was made here, if `mutation_id` has that form: "device-seq", and after
// edits "device-seq.n".
std::optional<uint64_t> MadeSeq(std::string_view mutation_id, std::string_view device_id) {
  if (device_id.empty() || !mutation_id.starts_with(device_id)) return std::nullopt;
  mutation_id.remove_prefix(device_id.size());
  if (mutation_id.size() < 2 || mutation_id[0] != '-') return std::nullopt;
  uint64_t seq = 0;
  const char* end = mutation_id.data() + mutation_id.size();
  const auto [parsed, error] = std::from_chars(mutation_id.data() + 1, end, seq);
  if (error != std::errc() || mutation_id[1] == '0') return std::nullopt;
  if (parsed == end) return seq;
  uint64_t edit = 0;
  const auto [rest, wrong] = std::from_chars(parsed + 1, end, edit);
  if (*parsed != '.' || wrong != std::errc() || rest != end || edit == 0) return std::nullopt;
  return seq;
}

// Of an id that has the form of those that are made here.
absl::StatusOr<std::optional<uint64_t>> MadeSeqUnderAnyName(const store::Reader& reader,
                                                            std::string_view mutation_id) {
  ASSIGN_OR_RETURN(const std::string device, ReadDeviceId(reader));
  if (const auto made = MadeSeq(mutation_id, device)) return made;
  if (mutation_id.find('-') != device.size()) return std::optional<uint64_t>();
  ASSIGN_OR_RETURN(const auto former, ReadFormerDevices(reader));
  for (const FormerDevice& each : former.devices()) {
    const auto made = MadeSeq(mutation_id, each.device_id());
    if (made.has_value() && *made <= each.last_seq()) return made;
  }
  return std::optional<uint64_t>();
}

}  // namespace

absl::StatusOr<Counters> ReadCounters(const store::Reader& reader) {
  ASSIGN_OR_RETURN(const auto bytes, reader.Get(Table::kMeta, kCountersKey));
  if (!bytes.has_value()) return Counters();
  return ParseRecord<Counters>(*bytes, "meta counters");
}

absl::Status WriteCounters(store::WriteTxn* txn, const Counters& counters) {
  return txn->Put(Table::kMeta, kCountersKey, counters.SerializeAsString());
}

absl::Status Append(store::WriteTxn* txn, uint64_t seq, const LogEntry& entry) {
  const Mutation& mutation = entry.mutation();
  RETURN_IF_ERROR(Rewrite(txn, seq, entry));
  for (const auto& [collection, id] : LanesOf(seq, mutation)) {
    RETURN_IF_ERROR(AddToLane(txn, collection, id, seq));
  }
  for (const DocumentName& needed : mutation.references()) {
    RETURN_IF_ERROR(AddNeed(txn, KeyOf(needed), seq));
  }
  if (!mutation.client_made_id()) return absl::OkStatus();
  storage::v1::MutationRef ref;
  ref.set_seq(seq);
  return txn->Put(Table::kMutationIds, GivenId(entry), ref.SerializeAsString());
}

absl::StatusOr<std::optional<LogEntry>> Find(const store::Reader& reader, uint64_t seq) {
  ASSIGN_OR_RETURN(const auto bytes, reader.Get(Table::kLog, store::SeqKey(seq)));
  if (!bytes.has_value()) return std::optional<LogEntry>();
  return ParseRecord<LogEntry>(*bytes, fmt::format("log entry {}", seq));
}

absl::StatusOr<LogEntry> MustFind(const store::Reader& reader, uint64_t seq) {
  ASSIGN_OR_RETURN(auto entry, Find(reader, seq));
  if (entry.has_value()) return *std::move(entry);
  return absl::DataLossError(
      fmt::format("a lane or a need names mutation {}, which is not logged", seq));
}

absl::Status Rewrite(store::WriteTxn* txn, uint64_t seq, const LogEntry& entry) {
  RETURN_IF_ERROR(SetOpen(txn, seq, IsOpen(entry.push())));
  return txn->Put(Table::kLog, store::SeqKey(seq), entry.SerializeAsString());
}

absl::Status Remove(store::WriteTxn* txn, uint64_t seq, const LogEntry& entry) {
  const Mutation& mutation = entry.mutation();
  for (const auto& [collection, id] : LanesOf(seq, mutation)) {
    RETURN_IF_ERROR(RemoveFromLane(txn, collection, id, seq));
  }
  for (const DocumentName& needed : mutation.references()) {
    RETURN_IF_ERROR(RemoveNeed(txn, KeyOf(needed), seq));
  }
  RETURN_IF_ERROR(SetOpen(txn, seq, false));
  return txn->Delete(Table::kLog, store::SeqKey(seq));
}

absl::Status ForEach(const store::Reader& reader, uint64_t first_seq,
                     absl::FunctionRef<bool(uint64_t, const LogEntry&)> visit) {
  store::Cursor cursor(reader, Table::kLog);
  for (cursor.Seek(store::SeqKey(first_seq)); cursor.Valid(); cursor.Next()) {
    const uint64_t seq = store::ReadU64(cursor.key());
    ASSIGN_OR_RETURN(const LogEntry entry,
                     ParseRecord<LogEntry>(cursor.value(), fmt::format("log entry {}", seq)));
    if (!visit(seq, entry)) return absl::OkStatus();
  }
  return cursor.status();
}

absl::StatusOr<std::optional<uint64_t>> SeqOf(const store::Reader& reader,
                                              std::string_view mutation_id) {
  ASSIGN_OR_RETURN(const auto bytes, reader.Get(Table::kMutationIds, mutation_id));
  if (bytes.has_value()) {
    ASSIGN_OR_RETURN(const auto ref,
                     ParseRecord<storage::v1::MutationRef>(*bytes, "a mutation id"));
    return std::optional<uint64_t>(ref.seq());
  }
  ASSIGN_OR_RETURN(const auto made, MadeSeqUnderAnyName(reader, mutation_id));
  if (!made.has_value()) return made;
  ASSIGN_OR_RETURN(const auto pending, reader.Get(Table::kLog, store::SeqKey(*made)));
  if (pending.has_value()) return made;
  for (const auto part : {store::SettledClass::kHistory, store::SettledClass::kDeadLetter}) {
    ASSIGN_OR_RETURN(const auto settled,
                     reader.Get(Table::kSettled, store::SettledKey(part, *made)));
    if (settled.has_value()) return made;
  }
  return std::optional<uint64_t>();
}

absl::Status ForgetMutationId(store::WriteTxn* txn, std::string_view mutation_id) {
  return txn->Delete(Table::kMutationIds, mutation_id);
}

std::string MadeMutationId(std::string_view device_id, uint64_t seq) {
  return fmt::format("{}-{}", device_id, seq);
}

std::string EditedMutationId(std::string_view device_id, uint64_t seq,
                             std::string_view mutation_id) {
  const std::string made = MadeMutationId(device_id, seq) + ".";
  uint64_t edit = 0;
  if (mutation_id.starts_with(made)) {
    mutation_id.remove_prefix(made.size());
    std::from_chars(mutation_id.data(), mutation_id.data() + mutation_id.size(), edit);
  }
  return made + std::to_string(edit + 1);
}

bool IsMadeHere(std::string_view mutation_id, std::string_view device_id) {
  return MadeSeq(mutation_id, device_id).has_value();
}

absl::StatusOr<std::string> ReadDeviceId(const store::Reader& reader) {
  ASSIGN_OR_RETURN(const auto bytes, reader.Get(Table::kMeta, kDeviceKey));
  return std::string(bytes.value_or(std::string_view()));
}

absl::Status WriteDeviceId(store::WriteTxn* txn, std::string_view device_id) {
  return txn->Put(Table::kMeta, kDeviceKey, device_id);
}

}  // namespace tideover::log
