#include "api/outbox_decision.h"

#include <fmt/format.h>

#include <utility>

#include "api/convert.h"
#include "api/failure.h"
#include "api/mutation_details.h"
#include "api/outbox_change.h"
#include "api/outbox_rules.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "log/mutation_log.h"
#include "log/settled.h"

namespace tideover::api {
namespace {

using Verb = doors::OutboxRequest::Verb;

class DecisionTask : public std::enable_shared_from_this<DecisionTask> {
 public:
  DecisionTask(const Shared& shared, std::shared_ptr<const Session> session,
               OutboxDecision decision, absl::AnyInvocable<void(grpc::Status, v1::Mutation)> done)
      : shared_(shared),
        session_(std::move(session)),
        decision_(std::move(decision)),
        done_(std::move(done)) {}

  void Start() {
    shared_.pool->Post([self = shared_from_this()] {
      grpc::Status status = self->Check();
      if (status.ok()) {
        self->Submit(self->decision_.verb);
      } else {
        self->done_(std::move(status), {});
      }
    });
  }

 private:
  grpc::Status Check();
  grpc::Status CheckState(const store::Reader& reader);
  grpc::Status CheckCollection(const log::Mutation& mutation) const;
  void Submit(Verb verb);
  void OnAnswer(const absl::Status& status);
  void Finish();

  const Shared shared_;
  const std::shared_ptr<const Session> session_;
  OutboxDecision decision_;
  absl::AnyInvocable<void(grpc::Status, v1::Mutation)> done_;
  uint64_t seq_ = 0;
  bool retrying_ = false;  // The writer's.
};

grpc::Status DecisionTask::Check() {
  if (decision_.mutation_id.empty()) return FailField("mutation_id", "the mutation_id is missing");
  if (decision_.verb == Verb::kEdit || decision_.verb == Verb::kMerged) {
    const auto parsed = json::ParseObject(decision_.json);
    if (!parsed.ok()) {
      v1::ErrorDetail detail = JsonDetail(parsed.status(), decision_.field);
      if (detail.reason() == v1::ERROR_REASON_UNSPECIFIED) {
        detail.set_reason(v1::ERROR_REASON_INVALID_JSON);
        detail.set_field(decision_.field);
      }
      return Fail(parsed.status(), std::move(detail));
    }
  }
  const auto txn = session_->env->BeginRead();
  if (!txn.ok()) return Fail(txn.status());
  return CheckState(txn->reader());
}

grpc::Status DecisionTask::CheckState(const store::Reader& reader) {
  const std::string& id = decision_.mutation_id;
  const auto seq = log::SeqOf(reader, id);
  if (!seq.ok()) return Fail(seq.status());
  seq_ = seq->value_or(0);
  const auto pending = log::Find(reader, seq_);
  if (!pending.ok()) return Fail(pending.status());
  Ruling ruling;
  if (pending->has_value() && HasId(**pending, id)) {
    grpc::Status status = CheckCollection((*pending)->mutation());
    if (!status.ok()) return status;
    v1::Mutation state;
    FillPending(*session_, seq_, **pending, &state);
    ruling = RulePending(decision_.verb, (*pending)->push(), state);
  } else {
    const auto settled = log::FindSettled(reader, seq_);
    if (!settled.ok()) return Fail(settled.status());
    if (!settled->has_value() || !HasId(**settled, id)) {
      return NoSuchMutation(id);
    }
    grpc::Status status = CheckCollection((*settled)->mutation());
    if (!status.ok()) return status;
    ruling = RuleSettled(decision_.verb, (*settled)->outcome());
  }
  return ruling.fit == Ruling::Fit::kRefuse ? RefuseByRule(ruling, id) : grpc::Status::OK;
}

grpc::Status DecisionTask::CheckCollection(const log::Mutation& mutation) const {
  const bool meant =
      !decision_.collection.has_value() || mutation.collection() == *decision_.collection;
  return meant ? grpc::Status::OK : NoSuchMutation(decision_.mutation_id);
}

void DecisionTask::Submit(Verb verb) {
  doors::OutboxRequest request{verb, seq_};
  if (verb == decision_.verb) request.json = decision_.json;
  session_->writer->Submit(
      std::move(request),
      [self = shared_from_this()](const doors::Answer& answer) { self->OnAnswer(answer.status); });
}

// On the writer's thread.
void DecisionTask::OnAnswer(const absl::Status& status) {
  if (status.ok() && std::exchange(decision_.retry, false)) {
    retrying_ = true;
    Submit(Verb::kRetry);
    return;
  }
  // One that cannot go yet is edited all the same, and says what it waits for.
  const bool done = status.ok() || (retrying_ && absl::IsFailedPrecondition(status));
  shared_.pool->Post([self = shared_from_this(), status, done] {
    if (done) {
      self->Finish();
      return;
    }
    v1::ErrorDetail detail;
    detail.set_mutation_id(self->decision_.mutation_id);
    if (absl::IsFailedPrecondition(status)) detail.set_reason(v1::ERROR_REASON_MUTATION_STATE);
    if (absl::IsNotFound(status)) detail.set_reason(v1::ERROR_REASON_MUTATION_NOT_FOUND);
    if (absl::IsInvalidArgument(status)) {
      detail.set_reason(v1::ERROR_REASON_INVALID_REQUEST);
      detail.set_field(self->decision_.field);
    }
    self->done_(Fail(status, std::move(detail)), {});
  });
}

// By its number: its id may be another now.
void DecisionTask::Finish() {
  v1::Mutation mutation;
  const auto read = [&]() -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(const store::ReadTxn txn, session_->env->BeginRead());
    return ReadBySeq(*session_, txn.reader(), seq_, /*details=*/true, &mutation);
  };
  const absl::StatusOr<bool> found = read();
  if (!found.ok()) {
    done_(Fail(found.status()), {});
  } else if (!*found) {
    done_(NoSuchMutation(decision_.mutation_id), {});
  } else {
    done_(grpc::Status::OK, std::move(mutation));
  }
}

}  // namespace

grpc::Status ReadResolution(const v1::ConflictResolution& resolution, OutboxDecision* decision) {
  switch (resolution.decision_case()) {
    case v1::ConflictResolution::kKeepOurs:
      decision->verb = Verb::kKeepOurs;
      return grpc::Status::OK;
    case v1::ConflictResolution::kKeepTheirs:
      decision->verb = Verb::kKeepTheirs;
      return grpc::Status::OK;
    case v1::ConflictResolution::kMergedJson:
      decision->verb = Verb::kMerged;
      decision->json = resolution.merged_json();
      decision->field = "resolution.merged_json";
      return grpc::Status::OK;
    default:
      return FailField("resolution", "say keep_ours, keep_theirs or merged_json");
  }
}

void StartDecision(const Shared& shared, std::shared_ptr<const Session> session,
                   OutboxDecision decision,
                   absl::AnyInvocable<void(grpc::Status, v1::Mutation)> done) {
  std::make_shared<DecisionTask>(shared, std::move(session), std::move(decision), std::move(done))
      ->Start();
}

}  // namespace tideover::api
