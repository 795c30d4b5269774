// The mutation log: the durable, ordered record of local writes that are not settled yet (the
// outbox). Stateless functions over a transaction of the caller, who is the writer for all that
// changes anything; reading is for any thread with a snapshot.
//
// Sequence numbers grow with every mutation and are never given twice, also when the log runs
// empty: the newest is kept in meta "counters", with the number of the newest commit. An appended
// mutation is durable when the caller's transaction is.
#ifndef TIDEOVER_LOG_MUTATION_LOG_H_
#define TIDEOVER_LOG_MUTATION_LOG_H_

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "log/mutation.h"
#include "store/txn.h"
#include "tideover/storage/v1/meta.pb.h"

namespace tideover::log {

using Counters = storage::v1::Counters;

absl::StatusOr<Counters> ReadCounters(const store::Reader& reader);
absl::Status WriteCounters(store::WriteTxn* txn, const Counters& counters);

// Adds a mutation under its sequence number, with its places in the lanes, its needs and, when the
// app named it, its mutation id.
absl::Status Append(store::WriteTxn* txn, uint64_t seq, const LogEntry& entry);

absl::StatusOr<std::optional<LogEntry>> Find(const store::Reader& reader, uint64_t seq);
// One that a lane or a need names: DATA_LOSS when it is not logged.
absl::StatusOr<LogEntry> MustFind(const store::Reader& reader, uint64_t seq);

// Writes the entry anew (its push state, or its document id when the server chose one), and whether
// it is open. Lanes and needs are the caller's to keep.
absl::Status Rewrite(store::WriteTxn* txn, uint64_t seq, const LogEntry& entry);

// Takes the mutation out of log, lanes, needs and open ones. Its mutation id stays known: it moves
// to `settled` next.
absl::Status Remove(store::WriteTxn* txn, uint64_t seq, const LogEntry& entry);

// Calls `visit` for the entries from `first_seq` on, in order, until it returns false.
absl::Status ForEach(const store::Reader& reader, uint64_t first_seq,
                     absl::FunctionRef<bool(uint64_t seq, const LogEntry& entry)> visit);

// The sequence number of a mutation id that is pending or in `settled`; empty when it is unknown.
// Also of one that was made here under a former id of this device, whatever its id is now.
absl::StatusOr<std::optional<uint64_t>> SeqOf(const store::Reader& reader,
                                              std::string_view mutation_id);
absl::Status ForgetMutationId(store::WriteTxn* txn, std::string_view mutation_id);

// The mutation id given to a mutation that the app did not name: "<device id>-<seq>".
std::string MadeMutationId(std::string_view device_id, uint64_t seq);
// The next id of a mutation whose content was changed after it may have been sent under
// `mutation_id`: "<device id>-<seq>.<n>", n counting from 1.
std::string EditedMutationId(std::string_view device_id, uint64_t seq,
                             std::string_view mutation_id);
// Whether it is such an id, given yet or not. Apps may not choose one.
bool IsMadeHere(std::string_view mutation_id, std::string_view device_id);

// This device's id (meta "device"): made at the first start, the same ever after.
absl::StatusOr<std::string> ReadDeviceId(const store::Reader& reader);
absl::Status WriteDeviceId(store::WriteTxn* txn, std::string_view device_id);

}  // namespace tideover::log

#endif  // TIDEOVER_LOG_MUTATION_LOG_H_
