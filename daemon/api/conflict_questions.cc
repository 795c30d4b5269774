#include "api/conflict_questions.h"

#include <utility>

#include "api/failure.h"
#include "api/limits.h"
#include "api/mutation_details.h"
#include "base/status_macros.h"

namespace tideover::api {

void ConflictQuestions::Begin(std::function<void()> wake) {
  wake_ = std::move(wake);
  feed_ = session_->feed->Subscribe(wake_);
}

void ConflictQuestions::Register(store::CollectionId collection,
                                 std::unique_ptr<ResolverClaim> claim) {
  {
    const std::lock_guard lock(mutex_);
    registered_ = collection;
    claim_ = std::move(claim);
  }
  wake_();
}

std::optional<store::CollectionId> ConflictQuestions::collection() {
  const std::lock_guard lock(mutex_);
  return registered_;
}

Produced ConflictQuestions::Produce(v1::AnswerConflictsResponse* message, grpc::Status* end) {
  const absl::StatusOr<Produced> produced = ProduceNext(message);
  if (produced.ok()) return *produced;
  *end = Fail(produced.status());
  return Produced::kEnd;
}

absl::StatusOr<Produced> ConflictQuestions::ProduceNext(v1::AnswerConflictsResponse* message) {
  const auto collection = this->collection();
  if (!collection.has_value()) return Produced::kIdle;
  if (!scanned_) {
    if (scan_ == nullptr) {
      OutboxSelection selection;
      selection.states = {v1::MUTATION_STATE_HELD};
      selection.collection = *collection;
      scan_ = std::make_unique<OutboxScan>(session_, std::move(selection));
    }
    ASSIGN_OR_RETURN(scanned_,
                     scan_->Step(*shared_.clock, [&](uint64_t seq, const v1::Mutation& mutation) {
                       if (mutation.hold_reason() == v1::HOLD_REASON_CONFLICT) due_.insert(seq);
                       return true;
                     }));
    if (scanned_) scan_ = nullptr;
    return Produced::kAgain;
  }
  if (due_.empty()) TakeChanges();
  if (!scanned_) return Produced::kAgain;
  for (size_t looked_at = 0; !due_.empty(); ++looked_at) {
    if (looked_at == kOutboxPageMax) return Produced::kAgain;
    const uint64_t seq = due_.extract(due_.begin()).value();
    ASSIGN_OR_RETURN(const bool ask, Ask(seq, message->mutable_mutation()));
    if (ask) return Produced::kMessage;
    message->Clear();
  }
  return Produced::kIdle;
}

// Whether it is one to ask about, and was not asked about as it is.
absl::StatusOr<bool> ConflictQuestions::Ask(uint64_t seq, v1::Mutation* mutation) {
  ASSIGN_OR_RETURN(const store::ReadTxn txn, session_->env->BeginRead());
  ASSIGN_OR_RETURN(const bool found,
                   ReadBySeq(*session_, txn.reader(), seq, /*details=*/true, mutation));
  if (!found || mutation->hold_reason() != v1::HOLD_REASON_CONFLICT) return false;
  const auto [asked, is_new] = asked_.emplace(seq, mutation->attempts());
  if (!is_new && asked->second == mutation->attempts()) return false;
  asked->second = mutation->attempts();
  return true;
}

void ConflictQuestions::TakeChanges() {
  const view::FeedBatch batch = feed_->Take();
  if (batch.overflow) {
    scanned_ = false;
    return;
  }
  const store::CollectionId mine = *collection();
  for (const view::Moved& moved : batch.holds) {
    if (moved.collection != mine) continue;
    if (moved.hold == log::PushState::CONFLICT) {
      due_.insert(moved.seq);
    } else {
      asked_.erase(moved.seq);
    }
  }
  for (const view::Moved& moved : batch.settled) asked_.erase(moved.seq);
}

}  // namespace tideover::api
