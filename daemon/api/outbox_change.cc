#include "api/outbox_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "api/convert.h"
#include "api/dependants.h"
#include "api/failure.h"
#include "api/limits.h"
#include "api/lookup.h"
#include "api/outbox_rules.h"
#include "api/outbox_scan.h"
#include "base/status_macros.h"
#include "log/settled.h"

namespace tideover::api {
namespace {

using Verb = doors::OutboxRequest::Verb;

grpc::Status Refuse(const absl::Status& status, v1::ErrorReason reason,
                    const std::string& mutation_id) {
  v1::ErrorDetail detail;
  detail.set_reason(reason);
  detail.set_mutation_id(mutation_id);
  if (reason == v1::ERROR_REASON_MUTATION_HAS_DEPENDANTS) {
    detail.set_remedy("Discard them with it: with_dependants.");
  }
  return Fail(status, std::move(detail));
}

class ChangeTask : public std::enable_shared_from_this<ChangeTask> {
 public:
  ChangeTask(const Shared& shared, std::shared_ptr<const Session> session, OutboxChange change,
             absl::AnyInvocable<void(grpc::Status, uint64_t)> done)
      : shared_(shared),
        session_(std::move(session)),
        change_(std::move(change)),
        done_(std::move(done)) {}

  void Start() {
    shared_.pool->Post([self = shared_from_this()] {
      const v1::MutationSelector& selector = self->change_.selector;
      const grpc::Status status =
          selector.mutation_ids().empty() ? self->SelectByState() : self->SelectByName();
      if (!status.ok()) {
        self->done_(status, 0);
      } else if (self->scan_ == nullptr) {
        self->SubmitSome();
      } else {
        self->ScanSome();
      }
    });
  }

 private:
  grpc::Status SelectByName();
  grpc::Status SelectByState();
  grpc::Status Check(const store::Reader& reader, const std::string& mutation_id);
  struct Named {
    uint64_t seq;
    const log::Mutation& mutation;
  };
  grpc::Status Apply(const store::Reader& reader, const Ruling& ruling, const Named& named);
  grpc::Status AddWithDependants(const store::Reader& reader, uint64_t seq,
                                 const log::Mutation& mutation);
  void Add(uint64_t seq) {
    if (seen_.insert(seq).second) seqs_.push_back(seq);
  }
  bool Fits(const v1::Mutation& mutation) const;
  void ScanSome();
  void SubmitSome();
  void OnAnswer(const doors::Answer& answer);

  const Shared shared_;
  const std::shared_ptr<const Session> session_;
  const OutboxChange change_;
  absl::AnyInvocable<void(grpc::Status, uint64_t)> done_;
  std::unique_ptr<OutboxScan> scan_;  // When selected by state.
  std::set<uint64_t> seen_;
  std::vector<uint64_t> seqs_;  // In the order in which they are changed.
  size_t submitted_ = 0;
  std::mutex mutex_;  // Guards what follows.
  size_t unanswered_ = 0;
  uint64_t changed_ = 0;
  absl::Status failure_;
};

grpc::Status ChangeTask::SelectByName() {
  const v1::MutationSelector& selector = change_.selector;
  if (static_cast<size_t>(selector.mutation_ids_size()) > kSelectedMax) {
    v1::ErrorDetail detail;
    detail.set_reason(v1::ERROR_REASON_TOO_MANY_ENTRIES);
    detail.set_field("selector.mutation_ids");
    detail.set_limit(kSelectedMax);
    return Fail(
        absl::InvalidArgumentError(fmt::format("a call names at most {} mutations", kSelectedMax)),
        std::move(detail));
  }
  const auto txn = session_->env->BeginRead();
  if (!txn.ok()) return Fail(txn.status());
  for (const std::string& mutation_id : selector.mutation_ids()) {
    grpc::Status status = Check(txn->reader(), mutation_id);
    if (!status.ok()) return status;
  }
  return grpc::Status::OK;
}

grpc::Status ChangeTask::Check(const store::Reader& reader, const std::string& mutation_id) {
  const auto seq = log::SeqOf(reader, mutation_id);
  if (!seq.ok()) return Fail(seq.status());
  const auto pending = log::Find(reader, seq->value_or(0));
  if (!pending.ok()) return Fail(pending.status());
  if (pending->has_value()) {
    v1::Mutation state;
    FillPending(*session_, **seq, **pending, &state);
    return Apply(reader, RulePending(change_.verb, (*pending)->push(), state),
                 {**seq, (*pending)->mutation()});
  }
  const auto settled = log::FindSettled(reader, seq->value_or(0));
  if (!settled.ok()) return Fail(settled.status());
  if (!settled->has_value()) {
    return Refuse(absl::NotFoundError(fmt::format("no mutation \"{}\"", mutation_id)),
                  v1::ERROR_REASON_MUTATION_NOT_FOUND, mutation_id);
  }
  return Apply(reader, RuleSettled(change_.verb, (*settled)->outcome()),
               {**seq, (*settled)->mutation()});
}

grpc::Status ChangeTask::Apply(const store::Reader& reader, const Ruling& ruling,
                               const Named& named) {
  switch (ruling.fit) {
    case Ruling::Fit::kLeave:
      return grpc::Status::OK;
    case Ruling::Fit::kRefuse:
      return RefuseByRule(ruling, named.mutation.mutation_id());
    default:
      break;
  }
  if (change_.verb == Verb::kDiscard) return AddWithDependants(reader, named.seq, named.mutation);
  Add(named.seq);
  return grpc::Status::OK;
}

// The last one first, so that none is ever without what it needs.
grpc::Status ChangeTask::AddWithDependants(const store::Reader& reader, uint64_t seq,
                                           const log::Mutation& mutation) {
  auto dependants = DependantsOf(reader, seq, mutation);
  if (!dependants.ok()) return Fail(dependants.status());
  if (!change_.with_dependants) {
    for (const std::string& named : change_.selector.mutation_ids()) {
      const auto other = log::SeqOf(reader, named);
      if (other.ok() && other->has_value()) std::erase(*dependants, **other);
    }
    if (!dependants->empty()) {
      return Refuse(absl::FailedPreconditionError(fmt::format(
                        "{} mutation{} on \"{}\"", dependants->size(),
                        dependants->size() == 1 ? " depends" : "s depend", mutation.mutation_id())),
                    v1::ERROR_REASON_MUTATION_HAS_DEPENDANTS, mutation.mutation_id());
    }
  }
  std::reverse(dependants->begin(), dependants->end());
  for (const uint64_t other : *dependants) Add(other);
  Add(seq);
  return grpc::Status::OK;
}

grpc::Status ChangeTask::SelectByState() {
  const v1::MutationSelector& selector = change_.selector;
  OutboxSelection selection;
  const std::set<v1::MutationState> selectable = SelectableStates(change_.verb);
  for (const int number : selector.states()) {
    const auto state = static_cast<v1::MutationState>(number);
    if (selectable.contains(state)) selection.states.insert(state);
  }
  if (selection.states.empty()) {
    return FailField("selector", "name mutation_ids, or states that can be changed");
  }
  if (!selector.collection().empty()) {
    Collection collection;
    grpc::Status status = FindCollection(*session_, selector.collection(), &collection);
    if (!status.ok()) return status;
    selection.collection = collection.id;
  }
  scan_ = std::make_unique<OutboxScan>(session_, std::move(selection));
  return grpc::Status::OK;
}

// Of those that are in a state that was asked for: whether this one is meant.
bool ChangeTask::Fits(const v1::Mutation& mutation) const {
  switch (change_.verb) {
    case Verb::kRetry:
      // One that needs another goes with it, or not at all.
      return mutation.hold_reason() != v1::HOLD_REASON_DEPENDENCY;
    case Verb::kHold:
      return mutation.hold_reason() != v1::HOLD_REASON_OPERATOR;
    default:
      return true;
  }
}

void ChangeTask::ScanSome() {
  const auto done = scan_->Step(*shared_.clock, [&](uint64_t seq, const v1::Mutation& mutation) {
    if (Fits(mutation)) Add(seq);
    return true;
  });
  if (!done.ok()) {
    done_(Fail(done.status()), 0);
  } else if (*done) {
    // A discard begins at the end, for the same reason as above.
    if (change_.verb == Verb::kDiscard) std::reverse(seqs_.begin(), seqs_.end());
    SubmitSome();
  } else {
    shared_.pool->Post([self = shared_from_this()] { self->ScanSome(); });
  }
}

// As many as one call may name; the next ones when these are answered.
void ChangeTask::SubmitSome() {
  const size_t end = std::min(submitted_ + kSelectedMax, seqs_.size());
  if (submitted_ == end) {
    done_(failure_.ok() ? grpc::Status::OK : Fail(failure_), changed_);
    return;
  }
  const size_t begin = std::exchange(submitted_, end);
  {
    const std::lock_guard lock(mutex_);
    unanswered_ = end - begin;
  }
  for (size_t i = begin; i < end; ++i) {
    session_->writer->Submit(
        doors::OutboxRequest{change_.verb, seqs_[i]},
        [self = shared_from_this()](const doors::Answer& answer) { self->OnAnswer(answer); });
  }
}

void ChangeTask::OnAnswer(const doors::Answer& answer) {
  const std::lock_guard lock(mutex_);
  if (answer.status.ok()) ++changed_;
  // Moved on since the check: not ours to change any more.
  const bool moved_on =
      absl::IsNotFound(answer.status) || absl::IsFailedPrecondition(answer.status);
  if (!answer.status.ok() && !moved_on) failure_ = answer.status;
  if (--unanswered_ > 0) return;
  shared_.pool->Post([self = shared_from_this()] { self->SubmitSome(); });
}

}  // namespace

grpc::Status RefuseByRule(const Ruling& ruling, const std::string& mutation_id) {
  return Refuse(
      absl::FailedPreconditionError(fmt::format("the mutation \"{}\" {}", mutation_id, ruling.why)),
      v1::ERROR_REASON_MUTATION_STATE, mutation_id);
}

void StartChange(const Shared& shared, std::shared_ptr<const Session> session, OutboxChange change,
                 absl::AnyInvocable<void(grpc::Status, uint64_t)> done) {
  std::make_shared<ChangeTask>(shared, std::move(session), std::move(change), std::move(done))
      ->Start();
}

}  // namespace tideover::api
