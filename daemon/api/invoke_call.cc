#include "api/invoke_call.h"

#include <utility>

#include "api/convert.h"
#include "api/failure.h"
#include "api/lookup.h"
#include "api/mutate_call.h"
#include "api/unary_call.h"
#include "base/text.h"

namespace tideover::api {
namespace {

grpc::Status FillEffects(const v1::InvokeRequest& request, doors::OperationInput* input) {
  for (const v1::Operation& operation : request.optimistic_effects()) {
    if (!FillOperation(operation, &input->effects.emplace_back())) {
      return FailField("optimistic_effects", "an effect does not say what it does to its document");
    }
  }
  return grpc::Status::OK;
}

// What the refusal of one effect means.
grpc::Status ExplainEffect(const Session& session, const absl::Status& refusal,
                           const doors::OperationInput& input, size_t index) {
  Collection collection;
  grpc::Status status = FindCollection(session, input.effects[index].collection, &collection);
  if (!status.ok()) return status;
  v1::ErrorDetail detail = JsonDetail(refusal, "optimistic_effects");
  if (detail.reason() == v1::ERROR_REASON_UNSPECIFIED) {
    detail.set_reason(v1::ERROR_REASON_INVALID_REQUEST);
    detail.set_field("optimistic_effects");
  }
  detail.set_operation_index(static_cast<uint32_t>(index));
  return Fail(refusal, std::move(detail));
}

// What CheckInvoke's refusal means, in order of what it looks at.
grpc::Status Explain(const Session& session, const absl::Status& refusal,
                     const doors::OperationInput& input) {
  v1::ErrorDetail detail;
  if (input.effects.size() > doors::kEffectsMax) {
    detail.set_reason(v1::ERROR_REASON_TOO_MANY_ENTRIES);
    detail.set_field("optimistic_effects");
    detail.set_limit(doors::kEffectsMax);
    return Fail(refusal, std::move(detail));
  }
  if (const auto index = doors::RefusedOperation(refusal)) {
    return ExplainEffect(session, refusal, input, *index);
  }
  if (absl::IsNotFound(refusal)) return Fail(refusal, v1::ERROR_REASON_OPERATION_UNKNOWN);
  detail = JsonDetail(refusal, "arguments_json");
  if (detail.reason() != v1::ERROR_REASON_UNSPECIFIED) return Fail(refusal, std::move(detail));
  detail.set_reason(v1::ERROR_REASON_INVALID_REQUEST);
  if (!input.mutation_id.empty() && !base::CheckMutationId(input.mutation_id).ok()) {
    detail.set_reason(v1::ERROR_REASON_INVALID_MUTATION_ID);
    detail.set_field("mutation_id");
  }
  return Fail(refusal, std::move(detail));
}

grpc::Status Check(const Session& session, const v1::InvokeRequest& request,
                   doors::CommitRequest* commit) {
  doors::OperationInput input;
  input.kind = log::Mutation::INVOKE;
  input.mutation_id = request.mutation_id();
  input.operation = request.operation();
  input.json = request.arguments_json();
  input.scope = request.scope();
  if (input.operation.empty()) return FailField("operation", "the operation is missing");
  grpc::Status status = FillEffects(request, &input);
  if (!status.ok()) return status;
  const doors::Doors& doors = *session.doors;
  auto checked = doors::CheckInvoke(input, doors.catalog(), doors.rules(), doors.operations());
  if (!checked.ok()) return Explain(session, checked.status(), input);
  commit->operations.push_back(*std::move(checked));
  return grpc::Status::OK;
}

}  // namespace

grpc::ServerUnaryReactor* StartInvoke(const Shared& shared, std::shared_ptr<const Session> session,
                                      grpc::CallbackServerContext* context,
                                      const v1::InvokeRequest& request,
                                      v1::InvokeResponse* response) {
  doors::CommitRequest commit;
  grpc::Status status = Check(*session, request, &commit);
  if (!status.ok()) return FinishNow(context, std::move(status));
  v1::MutateRequest how;
  how.set_wait(request.wait());
  if (request.has_settle_timeout()) *how.mutable_settle_timeout() = request.settle_timeout();
  const auto call = UnaryCall<v1::InvokeResponse>::Start(response);
  const auto mutate =
      std::make_shared<MutateCall>(shared, std::move(session), how, context->deadline(),
                                   [call](grpc::Status ended, v1::MutateResponse answer) {
                                     if (!ended.ok()) {
                                       call->Fail(std::move(ended));
                                       return;
                                     }
                                     v1::InvokeResponse one;
                                     if (answer.results_size() > 0)
                                       one.mutable_result()->Swap(answer.mutable_results(0));
                                     call->Answer(std::move(one));
                                   });
  call->OnOver([mutate] { mutate->Abandon(); });
  status = mutate->SubmitChecked(how, std::move(commit));
  if (!status.ok()) call->Fail(std::move(status));
  return call.get();
}

}  // namespace tideover::api
