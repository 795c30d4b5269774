#include "api/outbox_watch.h"

#include <utility>

#include "api/convert.h"
#include "api/failure.h"
#include "api/limits.h"
#include "api/lookup.h"
#include "api/mutation_details.h"
#include "api/status_report.h"
#include "base/status_macros.h"

namespace tideover::api {

OutboxWatch::Pauses OutboxWatch::PausesOf(const Session& session) {
  const sync::EngineStatus status = session.board->Get();
  return {status.paused, status.paused_always};
}

grpc::Status OutboxWatch::Make(const Shared& shared, std::shared_ptr<const Session> session,
                               const v1::WatchOutboxRequest& request,
                               std::unique_ptr<OutboxWatch>* made) {
  std::unique_ptr<OutboxWatch> watch(new OutboxWatch(shared, std::move(session)));
  if (!request.collection().empty()) {
    Collection collection;
    grpc::Status status = FindCollection(*watch->session_, request.collection(), &collection);
    if (!status.ok()) return status;
    watch->collection_ = collection.id;
  }
  *made = std::move(watch);
  return grpc::Status::OK;
}

// Subscribed before the snapshot is read: what changes meanwhile is told after it.
void OutboxWatch::Begin(std::function<void()> wake) {
  feed_ = session_->feed->Subscribe(wake);
  board_ = session_->board->Subscribe(wake);
  paused_ = PausesOf(*session_);
  StartScan(UnsettledStates());
}

void OutboxWatch::StartScan(std::set<v1::MutationState> states) {
  OutboxSelection selection;
  selection.states = std::move(states);
  selection.collection = collection_;
  scan_ = std::make_unique<OutboxScan>(session_, std::move(selection));
}

Produced OutboxWatch::Produce(v1::WatchOutboxResponse* message, grpc::Status* end) {
  const absl::StatusOr<Produced> produced = ProduceNext(message);
  if (!produced.ok()) {
    *end = Fail(produced.status());
    return Produced::kEnd;
  }
  if (*produced == Produced::kMessage) {
    SetTime(shared_.clock->Wall().ms, message->mutable_sent_at());
  }
  return *produced;
}

absl::StatusOr<Produced> OutboxWatch::ProduceNext(v1::WatchOutboxResponse* message) {
  if (scan_ != nullptr || !slice_.empty()) return ProduceScanned(message);
  if (!std::exchange(snapshot_complete_, true)) {
    RETURN_IF_ERROR(
        FillCounts(shared_, session_, message->mutable_snapshot_complete()->mutable_counts()));
    return Produced::kMessage;
  }
  return ProduceChanged(message);
}

absl::StatusOr<Produced> OutboxWatch::ProduceScanned(v1::WatchOutboxResponse* message) {
  if (slice_.empty()) {
    size_t bytes = 0;
    bool full = false;
    ASSIGN_OR_RETURN(const bool done,
                     scan_->Step(*shared_.clock, [&](uint64_t, v1::Mutation mutation) {
                       full = bytes >= kMessageFillBytes;
                       if (full) return false;
                       bytes += mutation.ByteSizeLong();
                       slice_.push_back(std::move(mutation));
                       return true;
                     }));
    if (done && !full) scan_ = nullptr;
    if (slice_.empty()) return Produced::kAgain;
  }
  *message->mutable_mutation() = std::move(slice_.front());
  slice_.pop_front();
  return Produced::kMessage;
}

absl::StatusOr<Produced> OutboxWatch::ProduceChanged(v1::WatchOutboxResponse* message) {
  if (changed_.empty()) {
    // What left meanwhile is not known: the client must begin again.
    if (!TakeChanges()) {
      return absl::AbortedError("more changed than is remembered for a slow reader: watch again");
    }
  }
  if (std::exchange(scan_again_, false)) {
    StartScan(UnsettledStates());
    return Produced::kAgain;
  }
  ASSIGN_OR_RETURN(const store::ReadTxn txn, session_->env->BeginRead());
  size_t looked_at = 0;
  while (!changed_.empty()) {
    if (++looked_at > kOutboxPageMax) return Produced::kAgain;
    const uint64_t seq = changed_.extract(changed_.begin()).value();
    v1::Mutation mutation;
    ASSIGN_OR_RETURN(const bool found,
                     ReadBySeq(*session_, txn.reader(), seq, /*details=*/false, &mutation));
    if (!found) continue;  // Settled, and forgotten by the history since.
    if (collection_.has_value() &&
        mutation.collection() != session_->doors->catalog().NameOf(*collection_)) {
      continue;
    }
    *message->mutable_mutation() = std::move(mutation);
    return Produced::kMessage;
  }
  return Produced::kIdle;
}

bool OutboxWatch::TakeChanges() {
  const view::FeedBatch batch = feed_->Take();
  if (batch.overflow) return false;
  for (const view::Enqueued& enqueued : batch.enqueued) changed_.insert(enqueued.seq);
  for (const auto* moves : {&batch.settled, &batch.holds, &batch.deferred}) {
    for (const view::Moved& moved : *moves) changed_.insert(moved.seq);
  }
  const sync::BoardChanges changes = board_->Take();
  changed_.insert(changes.mutations.begin(), changes.mutations.end());
  scan_again_ = scan_again_ || changes.overflow;
  if (!changes.status) return true;
  const Pauses pauses = PausesOf(*session_);
  scan_again_ = scan_again_ || pauses != paused_;
  paused_ = pauses;
  return true;
}

}  // namespace tideover::api
