#include "api/census.h"

#include <utility>

#include "base/status_macros.h"
#include "cache/documents.h"
#include "log/mutation_log.h"

namespace tideover::api {
namespace {

// A count may take this share of the time: 1 of kShare.
constexpr int kShare = 20;
// Rows of one snapshot, so that none is kept long.
constexpr size_t kSliceRows = 1000;

}  // namespace

bool Census::Fresh(const Session& session) const {
  if (count_.counted_wall_ms == 0) return false;
  return session.feed->last_commit() == commit_ || clock_->Mono() - counted_at_ < cost_ * kShare;
}

absl::StatusOr<CensusCount> Census::Take() {
  const std::shared_ptr<const Session> session = session_.lock();
  if (session == nullptr) return absl::UnavailableError("the session has ended");
  std::unique_lock lock(mutex_);
  if (Fresh(*session)) return count_;
  if (counting_) {
    ended_.wait_for(lock, kCensusPatience, [this] { return !counting_; });
  } else {
    counting_ = true;
    lock.unlock();
    Begin(*session);
    bool ended = false;
    while (!ended && clock_->Mono() - progress_.started < kCensusPatience) ended = Step();
    if (!ended) GoOn();
    lock.lock();
  }
  if (!failure_.ok()) return failure_;
  return count_;
}

void Census::Begin(const Session& session) {
  progress_ = Progress();
  progress_.commit = session.feed->last_commit();
  progress_.started = clock_->Mono();
  for (const auto& [name, rules] : session.doors->rules()) {
    const auto collection = session.doors->catalog().IdOf(name);
    if (collection.has_value()) progress_.count.collections[*collection] = {};
  }
  progress_.collection = progress_.count.collections.begin();
}

void Census::GoOn() {
  pool_->Post([self = shared_from_this()] {
    if (!self->Step()) self->GoOn();
  });
}

bool Census::Step() {
  const std::shared_ptr<const Session> session = session_.lock();
  const absl::StatusOr<bool> last =
      session != nullptr ? Scan(*session) : absl::UnavailableError("the session has ended");
  if (last.ok() && !*last) return false;
  const std::lock_guard lock(mutex_);
  counting_ = false;
  failure_ = last.status();
  if (last.ok()) {
    count_ = std::move(progress_.count);
    count_.counted_wall_ms = clock_->Wall().ms;
    commit_ = progress_.commit;
    counted_at_ = clock_->Mono();
    cost_ = counted_at_ - progress_.started;
  }
  ended_.notify_all();
  return true;
}

absl::StatusOr<bool> Census::Scan(const Session& session) {
  ASSIGN_OR_RETURN(const store::ReadTxn txn, session.env->BeginRead());
  if (progress_.collection == progress_.count.collections.end()) return ScanLog(txn.reader());
  RETURN_IF_ERROR(ScanDocuments(txn.reader()));
  return false;
}

absl::Status Census::ScanDocuments(const store::Reader& reader) {
  CollectionCount& count = progress_.collection->second;
  size_t rows = 0;
  RETURN_IF_ERROR(
      cache::ForEach(reader, progress_.collection->first, progress_.next_id,
                     [&, this](std::string_view id, const cache::DocumentRef& document) {
                       if (document.view.has_value()) ++count.documents;
                       if (document.view.has_value() && document.header.pending > 0) {
                         ++count.pending;
                       }
                       progress_.next_id.assign(id);
                       return ++rows < kSliceRows;
                     }));
  if (rows < kSliceRows) {
    ++progress_.collection;
    progress_.next_id.clear();
  } else {
    progress_.next_id.push_back('\0');
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Census::ScanLog(const store::Reader& reader) {
  size_t rows = 0;
  RETURN_IF_ERROR(
      log::ForEach(reader, progress_.next_seq, [&, this](uint64_t seq, const log::LogEntry& entry) {
        const log::PushState::Hold hold = entry.push().hold();
        if (hold != log::PushState::NONE && hold != log::PushState::VERIFY) ++progress_.count.held;
        progress_.next_seq = seq + 1;
        return ++rows < kSliceRows;
      }));
  return rows < kSliceRows;
}

}  // namespace tideover::api
