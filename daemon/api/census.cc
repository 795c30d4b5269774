#include "api/census.h"

#include <string>

#include "base/status_macros.h"
#include "cache/documents.h"
#include "log/mutation_log.h"

namespace tideover::api {
namespace {

// A count may take this share of the time: 1 of kShare.
constexpr int kShare = 20;
// Rows of one snapshot, so that none is kept long.
constexpr size_t kSliceRows = 1000;

absl::StatusOr<CollectionCount> CountDocuments(const Session& session,
                                               store::CollectionId collection) {
  CollectionCount count;
  std::string next;
  while (true) {
    ASSIGN_OR_RETURN(const store::ReadTxn txn, session.env->BeginRead());
    size_t rows = 0;
    RETURN_IF_ERROR(cache::ForEach(txn.reader(), collection, next,
                                   [&](std::string_view id, const cache::DocumentRef& document) {
                                     if (document.view.has_value()) ++count.documents;
                                     if (document.view.has_value() && document.header.pending > 0)
                                       ++count.pending;
                                     next.assign(id);
                                     return ++rows < kSliceRows;
                                   }));
    if (rows < kSliceRows) return count;
    next.push_back('\0');
  }
}

absl::StatusOr<uint64_t> CountHeld(const Session& session) {
  uint64_t held = 0;
  uint64_t next = 0;
  while (true) {
    ASSIGN_OR_RETURN(const store::ReadTxn txn, session.env->BeginRead());
    size_t rows = 0;
    RETURN_IF_ERROR(log::ForEach(txn.reader(), next, [&](uint64_t seq, const log::LogEntry& entry) {
      const log::PushState::Hold hold = entry.push().hold();
      if (hold != log::PushState::NONE && hold != log::PushState::VERIFY) ++held;
      next = seq + 1;
      return ++rows < kSliceRows;
    }));
    if (rows < kSliceRows) return held;
  }
}

}  // namespace

absl::StatusOr<CensusCount> Census::Take(const Session& session) {
  const std::lock_guard lock(mutex_);
  const uint64_t commit = session.feed->last_commit();
  const base::MonoTime start = clock_->Mono();
  if (counted_ && (commit == commit_ || start - counted_at_ < cost_ * kShare)) return count_;
  CensusCount count;
  for (const auto& [name, rules] : session.doors->rules()) {
    const auto collection = session.doors->catalog().IdOf(name);
    if (!collection.has_value()) continue;
    ASSIGN_OR_RETURN(count.collections[*collection], CountDocuments(session, *collection));
  }
  ASSIGN_OR_RETURN(count.held, CountHeld(session));
  counted_ = true;
  commit_ = commit;
  counted_at_ = clock_->Mono();
  cost_ = counted_at_ - start;
  count_ = count;
  return count;
}

}  // namespace tideover::api
