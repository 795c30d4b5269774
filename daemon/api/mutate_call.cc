#include "api/mutate_call.h"

#include <utility>
#include <vector>

#include "api/convert.h"
#include "api/failure.h"
#include "api/limits.h"
#include "api/lookup.h"
#include "api/operations.h"
#include "base/status_macros.h"
#include "log/settled.h"

namespace tideover::api {
namespace {

// Of a call's deadline, the part that may pass before a caller who waits is told how things stand.
constexpr int kPercentOfDeadline = 90;

std::optional<base::Millis> TimeoutOf(const v1::MutateRequest& request,
                                      std::chrono::system_clock::time_point deadline) {
  if (request.has_settle_timeout()) {
    const auto& timeout = request.settle_timeout();
    return base::Millis(timeout.seconds() * 1000 + timeout.nanos() / 1'000'000);
  }
  if (deadline == std::chrono::system_clock::time_point::max()) return std::nullopt;
  const auto left =
      std::chrono::duration_cast<base::Millis>(deadline - std::chrono::system_clock::now());
  return left * kPercentOfDeadline / 100;
}

void FillResult(const doors::OperationAnswer& operation, v1::MutationResult* result) {
  result->set_mutation_id(operation.mutation_id);
  result->set_seq(operation.seq);
  result->set_document_id(operation.document_id);
  result->set_revision(operation.revision);
  result->set_repeated_call(operation.repeated);
}

// Where the mutation stands by now, from a snapshot.
absl::Status FillState(const Session& session, const store::Reader& reader,
                       v1::MutationResult* result) {
  result->set_state(v1::MUTATION_STATE_SETTLED);
  if (result->seq() == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto pending, log::Find(reader, result->seq()));
  if (pending.has_value()) {
    v1::Mutation mutation;
    FillPending(session, result->seq(), *pending, &mutation);
    result->set_document_id(mutation.document_id());
    result->set_state(mutation.state());
    result->set_hold_reason(mutation.hold_reason());
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const auto settled, log::FindSettled(reader, result->seq()));
  if (!settled.has_value()) return absl::OkStatus();  // The history was trimmed since.
  result->set_document_id(settled->mutation().document_id());
  if (settled->outcome() == log::SettledEntry::REJECTED) {
    result->set_state(v1::MUTATION_STATE_DEAD_LETTERED);
  }
  FillSettlement(*settled, result->mutable_settlement());
  return absl::OkStatus();
}

}  // namespace

MutateCall::MutateCall(const Shared& shared, std::shared_ptr<const Session> session,
                       const v1::MutateRequest& request,
                       std::chrono::system_clock::time_point deadline, MutateDone done)
    : shared_(shared),
      session_(std::move(session)),
      settle_(request.wait() == v1::WAIT_SETTLED ? shared.states->Of(session_)->settle : nullptr),
      return_documents_(request.return_documents()),
      done_(std::move(done)) {
  if (settle_ != nullptr) settle_timeout_ = TimeoutOf(request, deadline);
}

MutateCall::~MutateCall() = default;

grpc::Status MutateCall::Submit(const v1::MutateRequest& request) {
  doors::CommitRequest commit;
  grpc::Status status = CheckOperations(*session_, request, &commit);
  if (!status.ok()) return status;
  return SubmitChecked(request, std::move(commit));
}

grpc::Status MutateCall::SubmitChecked(const v1::MutateRequest& request,
                                       doors::CommitRequest commit) {
  if (request.has_settle_timeout() &&
      (request.settle_timeout().seconds() < 0 || request.settle_timeout().nanos() < 0)) {
    return FailField("settle_timeout", "the settle_timeout is negative");
  }
  // Kept for the explanation of a refusal; the change itself is not needed for it.
  doors::CommitRequest about;
  for (const doors::Operation& operation : commit.operations) {
    doors::Operation copy;
    copy.mutation_id = operation.mutation_id;
    copy.collection = operation.collection;
    copy.document_id = operation.document_id;
    about.operations.push_back(std::move(copy));
    collections_.push_back({operation.collection,
                            &session_->doors->catalog().NameOf(operation.collection),
                            operation.rules});
  }
  session_->writer->Submit(std::move(commit), [self = shared_from_this(), about = std::move(about)](
                                                  doors::Answer answer) mutable {
    if (answer.status.ok()) {
      self->OnCommitted(std::move(answer));
      return;
    }
    self->shared_.pool->Post([self, about = std::move(about), refusal = answer.status] {
      self->Finish(ExplainRefusal(*self->session_, about, refusal), {});
    });
  });
  return grpc::Status::OK;
}

void MutateCall::Abandon() {
  MutateDone dropped;
  uint64_t waiter = 0;
  std::optional<WorkerPool::TimerId> timer;
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    dropped = std::move(done_);
    waiter = std::exchange(waiter_, 0);
    timer = std::exchange(timer_, std::nullopt);
  }
  if (waiter != 0) settle_->Remove(waiter);
  if (timer.has_value()) shared_.pool->Cancel(*timer);
}

// On the writer's thread: what needs a snapshot goes to the pool.
void MutateCall::OnCommitted(doors::Answer answer) {
  committed_ = std::move(answer.commit);
  bool repeated = false;
  for (const doors::OperationAnswer& operation : committed_.operations) {
    repeated = repeated || operation.repeated;
  }
  if (settle_ != nullptr) {
    shared_.pool->Post([self = shared_from_this()] { self->AwaitSettled(); });
  } else if (return_documents_ || repeated) {
    shared_.pool->Post([self = shared_from_this()] { self->AnswerAsItStands(); });
  } else {
    Finish(grpc::Status::OK, DurableResponse());
  }
}

void MutateCall::AwaitSettled() {
  std::vector<uint64_t> seqs;
  for (const doors::OperationAnswer& operation : committed_.operations) {
    if (operation.seq != 0) seqs.push_back(operation.seq);
  }
  if (seqs.empty()) {
    AnswerAsItStands();
    return;
  }
  const uint64_t waiter = settle_->Add(session_, std::move(seqs),
                                       [self = shared_from_this()] { self->AnswerAsItStands(); });
  bool over = false;
  {
    const std::lock_guard lock(mutex_);
    over = finished_;
    if (!over) {
      waiter_ = waiter;
      if (settle_timeout_.has_value()) {
        timer_ = shared_.pool->PostAfter(*settle_timeout_, [weak = weak_from_this()] {
          if (const auto self = weak.lock()) self->AnswerAsItStands();
        });
      }
    }
  }
  if (over) settle_->Remove(waiter);
}

void MutateCall::AnswerAsItStands() {
  absl::StatusOr<v1::MutateResponse> response = ReadResponse();
  if (response.ok()) {
    Finish(grpc::Status::OK, *std::move(response));
  } else {
    Finish(Fail(response.status()), {});
  }
}

void MutateCall::Finish(grpc::Status status, v1::MutateResponse response) {
  MutateDone done;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(finished_, true)) return;
    done = std::move(done_);
  }
  done(std::move(status), std::move(response));
  Abandon();
}

v1::MutateResponse MutateCall::DurableResponse() const {
  v1::MutateResponse response;
  for (const doors::OperationAnswer& operation : committed_.operations) {
    v1::MutationResult* result = response.add_results();
    FillResult(operation, result);
    if (operation.seq == 0) {
      result->set_state(v1::MUTATION_STATE_SETTLED);
      continue;
    }
    const sync::MutationStatus status =
        session_->board->StateOf(operation.seq, operation.collection, {});
    result->set_state(StateOf(status.state));
    if (status.held_for_auth) result->set_hold_reason(v1::HOLD_REASON_AUTH);
    if (!operation.held) continue;
    result->set_state(v1::MUTATION_STATE_HELD);
    result->set_hold_reason(v1::HOLD_REASON_DEPENDENCY);
  }
  return response;
}

absl::StatusOr<v1::MutateResponse> MutateCall::ReadResponse() const {
  v1::MutateResponse response;
  size_t bytes = 0;
  ASSIGN_OR_RETURN(const store::ReadTxn txn, session_->env->BeginRead());
  for (size_t i = 0; i < committed_.operations.size(); ++i) {
    v1::MutationResult* result = response.add_results();
    FillResult(committed_.operations[i], result);
    RETURN_IF_ERROR(FillState(*session_, txn.reader(), result));
    if (!return_documents_) continue;
    const Collection& collection = collections_[i];
    ASSIGN_OR_RETURN(const FoundDocument found,
                     FindDocument(txn.reader(), collection.id, result->document_id()));
    if (!found.exists() || bytes > kMessageFillBytes) continue;
    RETURN_IF_ERROR(FillDocument(txn.reader(), collection, found.id, *found.record,
                                 result->mutable_document()));
    bytes += found.record->view->size();
  }
  return response;
}

}  // namespace tideover::api
