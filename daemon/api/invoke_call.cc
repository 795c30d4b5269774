#include "api/invoke_call.h"

#include <fmt/format.h>

#include <utility>

#include "api/convert.h"
#include "api/failure.h"
#include "api/lookup.h"
#include "api/mutate_call.h"
#include "api/unary_call.h"
#include "base/text.h"

namespace tideover::api {
namespace {

grpc::Status CheckEffects(const Session& session, const v1::InvokeRequest& request,
                          doors::OperationInput* input) {
  if (static_cast<size_t>(request.optimistic_effects_size()) > doors::kEffectsMax) {
    v1::ErrorDetail detail;
    detail.set_reason(v1::ERROR_REASON_TOO_MANY_ENTRIES);
    detail.set_field("optimistic_effects");
    detail.set_limit(doors::kEffectsMax);
    return Fail(absl::InvalidArgumentError(
                    fmt::format("an invoke has at most {} effects", doors::kEffectsMax)),
                std::move(detail));
  }
  for (const v1::Operation& operation : request.optimistic_effects()) {
    doors::OperationInput effect;
    if (!FillOperation(operation, &effect)) {
      return FailField("optimistic_effects", "an effect does not say what it does to its document");
    }
    Collection collection;
    grpc::Status status = FindCollection(session, effect.collection, &collection);
    if (!status.ok()) return status;
    const auto checked =
        doors::CheckEffect(effect, session.doors->catalog(), session.doors->rules());
    if (!checked.ok()) {
      v1::ErrorDetail detail = JsonDetail(checked.status(), "optimistic_effects");
      if (detail.reason() == v1::ERROR_REASON_UNSPECIFIED) {
        detail.set_reason(v1::ERROR_REASON_INVALID_REQUEST);
        detail.set_field("optimistic_effects");
      }
      detail.set_operation_index(static_cast<uint32_t>(input->effects.size()));
      return Fail(checked.status(), std::move(detail));
    }
    input->effects.push_back(std::move(effect));
  }
  return grpc::Status::OK;
}

// What CheckInvoke's refusal means, once the effects are known to be sound.
grpc::Status Explain(const absl::Status& refusal, const v1::InvokeRequest& request) {
  if (absl::IsNotFound(refusal)) return Fail(refusal, v1::ERROR_REASON_OPERATION_UNKNOWN);
  v1::ErrorDetail detail = JsonDetail(refusal, "arguments_json");
  if (detail.reason() != v1::ERROR_REASON_UNSPECIFIED) return Fail(refusal, std::move(detail));
  detail.set_reason(v1::ERROR_REASON_INVALID_REQUEST);
  if (!request.mutation_id().empty() && !base::CheckMutationId(request.mutation_id()).ok()) {
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
  grpc::Status status = CheckEffects(session, request, &input);
  if (!status.ok()) return status;
  const doors::Doors& doors = *session.doors;
  auto checked = doors::CheckInvoke(input, doors.catalog(), doors.rules(), doors.operations());
  if (!checked.ok()) return Explain(checked.status(), request);
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
