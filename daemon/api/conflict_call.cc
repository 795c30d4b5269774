#include "api/conflict_call.h"

#include <fmt/format.h>

#include <utility>

#include "api/conflict_questions.h"
#include "api/failure.h"
#include "api/lookup.h"
#include "api/outbox_decision.h"
#include "api/stream_call.h"

namespace tideover::api {
namespace {

// A bidirectional reactor that hands one message of the client's to whoever asked for it.
class ReadingReactor
    : public grpc::ServerBidiReactor<v1::AnswerConflictsRequest, v1::AnswerConflictsResponse> {
 protected:
  // `next` gets the message, or nullptr when the client has nothing more to say.
  using Next = absl::AnyInvocable<void(const v1::AnswerConflictsRequest*)>;
  void ReadOne(Next next) {
    next_ = std::move(next);
    StartRead(&request_);
  }

 private:
  void OnReadDone(bool ok) override {
    Next next = std::move(next_);
    next(ok ? &request_ : nullptr);
  }

  v1::AnswerConflictsRequest request_;  // gRPC's while it is read.
  Next next_;
};

using Call = StreamCall<v1::AnswerConflictsResponse, ReadingReactor>;

// What the callbacks of one call share. A resource, kept by whichever of them is next.
class ConflictCall : public std::enable_shared_from_this<ConflictCall> {
 public:
  ConflictCall(const Shared& shared, std::shared_ptr<const Session> session,
               std::shared_ptr<Resolvers> resolvers, ConflictQuestions* questions,
               std::shared_ptr<Call> call)
      : shared_(shared),
        session_(std::move(session)),
        resolvers_(std::move(resolvers)),
        questions_(questions),
        call_(std::move(call)) {}

  void ReadFirst() {
    call_->ReadNext([self = shared_from_this()](const v1::AnswerConflictsRequest* request) {
      grpc::Status status = request == nullptr
                                ? FailField("collection", "the stream ended without a collection")
                                : self->Register(*request);
      if (status.ok()) {
        self->ReadAnswer();
      } else {
        self->call_->End(std::move(status));
      }
    });
  }

 private:
  grpc::Status Register(const v1::AnswerConflictsRequest& request);
  void ReadAnswer() {
    call_->ReadNext([self = shared_from_this()](const v1::AnswerConflictsRequest* request) {
      if (request == nullptr) {
        self->call_->End(grpc::Status::OK);
      } else {
        self->Take(*request);
      }
    });
  }
  void Take(const v1::AnswerConflictsRequest& request);

  const Shared shared_;
  const std::shared_ptr<const Session> session_;
  const std::shared_ptr<Resolvers> resolvers_;
  ConflictQuestions* const questions_;  // The call's.
  const std::shared_ptr<Call> call_;
  store::CollectionId collection_ = 0;
};

grpc::Status ConflictCall::Register(const v1::AnswerConflictsRequest& request) {
  Collection collection;
  grpc::Status status = FindCollection(*session_, request.collection(), &collection);
  if (!status.ok()) return status;
  v1::ErrorDetail detail;
  detail.set_collection(*collection.name);
  if (collection.rules->conflict != doors::ConflictMode::kHandler) {
    detail.set_reason(v1::ERROR_REASON_CONFLICT_MODE);
    return Fail(absl::FailedPreconditionError(fmt::format(
                    "the conflicts of \"{}\" are not for an app to decide: its conflict mode in "
                    "the configuration is not \"handler\"",
                    *collection.name)),
                std::move(detail));
  }
  auto claim = resolvers_->Claim(session_.get(), *collection.name);
  if (claim == nullptr) {
    detail.set_reason(v1::ERROR_REASON_RESOLVER_EXISTS);
    return Fail(absl::AlreadyExistsError(fmt::format(
                    "somebody else answers for the conflicts of \"{}\"", *collection.name)),
                std::move(detail));
  }
  collection_ = collection.id;
  questions_->Register(collection.id, std::move(claim));
  return grpc::Status::OK;
}

void ConflictCall::Take(const v1::AnswerConflictsRequest& request) {
  OutboxDecision decision;
  decision.mutation_id = request.mutation_id();
  decision.collection = collection_;
  if (grpc::Status status = ReadResolution(request.resolution(), &decision); !status.ok()) {
    call_->End(std::move(status));
    return;
  }
  StartDecision(shared_, session_, std::move(decision),
                [self = shared_from_this()](grpc::Status status, const v1::Mutation&) {
                  const bool too_late =
                      status.error_code() == grpc::StatusCode::FAILED_PRECONDITION;
                  if (status.ok() || too_late) {
                    self->ReadAnswer();
                  } else {
                    self->call_->End(std::move(status));
                  }
                });
}

}  // namespace

grpc::ServerBidiReactor<v1::AnswerConflictsRequest, v1::AnswerConflictsResponse>* StartConflictCall(
    grpc::CallbackServerContext* context, const Shared& shared,
    const std::shared_ptr<Resolvers>& resolvers) {
  std::shared_ptr<const Session> session = shared.source->Current();
  if (session == nullptr) return Call::Refuse(NotSignedIn());
  auto made = std::make_unique<ConflictQuestions>(shared, session);
  ConflictQuestions* const questions = made.get();
  Call* const call = Call::Start(context, shared, session, std::move(made));
  std::make_shared<ConflictCall>(shared, std::move(session), resolvers, questions,
                                 call->shared_from_this())
      ->ReadFirst();
  return call;
}

}  // namespace tideover::api
