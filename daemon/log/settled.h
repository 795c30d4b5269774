// What has been settled: a bounded history of mutations that ended well or were taken out, and the
// dead-letter queue (DLQ) of those that the server refused for good. The history forgets what
// settled longest ago, beyond kHistoryMax entries; the DLQ forgets nothing until a person says so.
// Stateless functions over the caller's transaction.
#ifndef TIDEOVER_LOG_SETTLED_H_
#define TIDEOVER_LOG_SETTLED_H_

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>

#include "log/mutation.h"
#include "log/mutation_log.h"
#include "store/keys.h"
#include "store/txn.h"

namespace tideover::log {

// Entries of the history; a mutation id can be repeated safely for as long as its entry is there.
inline constexpr uint64_t kHistoryMax = 10'000;

// Into the DLQ when the outcome is REJECTED, into the history otherwise (which is then trimmed).
// The counters are those of the caller's commit: the DLQ's length is kept in them.
absl::Status AddSettled(store::WriteTxn* txn, uint64_t seq, const SettledEntry& entry,
                        Counters* counters, uint64_t history_max = kHistoryMax);

// History or DLQ, whichever has it.
absl::StatusOr<std::optional<SettledEntry>> FindSettled(const store::Reader& reader, uint64_t seq);

// Takes an entry out of the DLQ (it was discarded, or goes back to the log).
absl::Status RemoveDeadLetter(store::WriteTxn* txn, uint64_t seq, Counters* counters);

// In order of sequence, from `first_seq` on, until `visit` returns false.
absl::Status ForEachSettled(const store::Reader& reader, store::SettledClass part,
                            uint64_t first_seq,
                            absl::FunctionRef<bool(uint64_t, const SettledEntry&)> visit);

}  // namespace tideover::log

#endif  // TIDEOVER_LOG_SETTLED_H_
