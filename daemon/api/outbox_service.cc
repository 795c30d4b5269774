#include "api/outbox_service.h"

#include <type_traits>
#include <utility>

#include "api/conflict_call.h"
#include "api/failure.h"
#include "api/mutation_details.h"
#include "api/outbox_change.h"
#include "api/outbox_decision.h"
#include "api/outbox_export.h"
#include "api/outbox_list.h"
#include "api/outbox_watch.h"
#include "api/unary_call.h"

namespace tideover::api {
namespace {

using Verb = doors::OutboxRequest::Verb;

// Changes what the request's selector selects; all these answers say how many mutations changed.
template <typename Request, typename Response>
grpc::ServerUnaryReactor* Change(const Shared& shared, grpc::CallbackServerContext* context,
                                 doors::OutboxRequest::Verb verb, const Request& request,
                                 Response* response) {
  std::shared_ptr<const Session> session = shared.source->Current();
  if (session == nullptr) return FinishNow(context, NotSignedIn());
  OutboxChange change{verb, request.selector()};
  if constexpr (std::is_same_v<Request, v1::DiscardRequest>) {
    change.with_dependants = request.with_dependants();
  }
  const auto call = UnaryCall<Response>::Start(response);
  StartChange(shared, std::move(session), std::move(change),
              [call](grpc::Status status, uint64_t count) {
                if (!status.ok()) {
                  call->Fail(std::move(status));
                  return;
                }
                Response answer;
                answer.set_count(count);
                call->Answer(std::move(answer));
              });
  return call.get();
}

// Decides about one mutation; these answers carry it.
template <typename Response>
grpc::ServerUnaryReactor* Decide(const Shared& shared, std::shared_ptr<const Session> session,
                                 OutboxDecision decision, Response* response) {
  const auto call = UnaryCall<Response>::Start(response);
  StartDecision(shared, std::move(session), std::move(decision),
                [call](grpc::Status status, const v1::Mutation& mutation) {
                  if (!status.ok()) {
                    call->Fail(std::move(status));
                    return;
                  }
                  Response answer;
                  *answer.mutable_mutation() = mutation;
                  call->Answer(std::move(answer));
                });
  return call.get();
}

// A stream of what `Source` produces for the request.
template <typename Source, typename Response, typename Request>
grpc::ServerWriteReactor<Response>* Stream(const Shared& shared,
                                           grpc::CallbackServerContext* context,
                                           const Request& request) {
  const std::shared_ptr<const Session> session = shared.source->Current();
  if (session == nullptr) return StreamCall<Response>::Refuse(NotSignedIn());
  std::unique_ptr<Source> source;
  grpc::Status status = Source::Make(shared, session, request, &source);
  if (!status.ok()) return StreamCall<Response>::Refuse(std::move(status));
  return StreamCall<Response>::Start(context, shared, session, std::move(source));
}

}  // namespace

grpc::ServerUnaryReactor* OutboxServiceImpl::List(grpc::CallbackServerContext* context,
                                                  const v1::ListMutationsRequest* request,
                                                  v1::ListMutationsResponse* response) {
  std::shared_ptr<const Session> session = shared_.source->Current();
  if (session == nullptr) return FinishNow(context, NotSignedIn());
  const auto call = UnaryCall<v1::ListMutationsResponse>::Start(response);
  StartList(shared_, std::move(session), *request, call);
  return call.get();
}

grpc::ServerUnaryReactor* OutboxServiceImpl::Get(grpc::CallbackServerContext* context,
                                                 const v1::GetMutationRequest* request,
                                                 v1::GetMutationResponse* response) {
  const std::shared_ptr<const Session> session = shared_.source->Current();
  if (session == nullptr) return FinishNow(context, NotSignedIn());
  const auto call = UnaryCall<v1::GetMutationResponse>::Start(response);
  shared_.pool->Post([call, session, mutation_id = request->mutation_id()] {
    v1::GetMutationResponse answer;
    grpc::Status status = ReadMutation(*session, mutation_id, answer.mutable_mutation());
    if (status.ok()) {
      call->Answer(std::move(answer));
    } else {
      call->Fail(std::move(status));
    }
  });
  return call.get();
}

grpc::ServerUnaryReactor* OutboxServiceImpl::Retry(grpc::CallbackServerContext* context,
                                                   const v1::RetryRequest* request,
                                                   v1::RetryResponse* response) {
  return Change(shared_, context, Verb::kRetry, *request, response);
}

grpc::ServerUnaryReactor* OutboxServiceImpl::Discard(grpc::CallbackServerContext* context,
                                                     const v1::DiscardRequest* request,
                                                     v1::DiscardResponse* response) {
  return Change(shared_, context, Verb::kDiscard, *request, response);
}

grpc::ServerUnaryReactor* OutboxServiceImpl::Hold(grpc::CallbackServerContext* context,
                                                  const v1::HoldRequest* request,
                                                  v1::HoldResponse* response) {
  return Change(shared_, context, Verb::kHold, *request, response);
}

grpc::ServerUnaryReactor* OutboxServiceImpl::Release(grpc::CallbackServerContext* context,
                                                     const v1::ReleaseRequest* request,
                                                     v1::ReleaseResponse* response) {
  return Change(shared_, context, Verb::kRelease, *request, response);
}

grpc::ServerUnaryReactor* OutboxServiceImpl::Edit(grpc::CallbackServerContext* context,
                                                  const v1::EditRequest* request,
                                                  v1::EditResponse* response) {
  std::shared_ptr<const Session> session = shared_.source->Current();
  if (session == nullptr) return FinishNow(context, NotSignedIn());
  OutboxDecision decision;
  decision.mutation_id = request->mutation_id();
  decision.verb = Verb::kEdit;
  decision.json = request->patch_json();
  decision.field = "patch_json";
  decision.retry = request->retry();
  return Decide(shared_, std::move(session), std::move(decision), response);
}

grpc::ServerUnaryReactor* OutboxServiceImpl::ResolveConflict(
    grpc::CallbackServerContext* context, const v1::ResolveConflictRequest* request,
    v1::ResolveConflictResponse* response) {
  std::shared_ptr<const Session> session = shared_.source->Current();
  if (session == nullptr) return FinishNow(context, NotSignedIn());
  OutboxDecision decision;
  decision.mutation_id = request->mutation_id();
  grpc::Status status = ReadResolution(request->resolution(), &decision);
  if (!status.ok()) return FinishNow(context, std::move(status));
  return Decide(shared_, std::move(session), std::move(decision), response);
}

grpc::ServerBidiReactor<v1::AnswerConflictsRequest, v1::AnswerConflictsResponse>*
OutboxServiceImpl::AnswerConflicts(grpc::CallbackServerContext* context) {
  return StartConflictCall(context, shared_, resolvers_);
}

grpc::ServerWriteReactor<v1::ExportResponse>* OutboxServiceImpl::Export(
    grpc::CallbackServerContext* context, const v1::ExportRequest* request) {
  return Stream<OutboxExport, v1::ExportResponse>(shared_, context, *request);
}

grpc::ServerWriteReactor<v1::WatchOutboxResponse>* OutboxServiceImpl::Watch(
    grpc::CallbackServerContext* context, const v1::WatchOutboxRequest* request) {
  return Stream<OutboxWatch, v1::WatchOutboxResponse>(shared_, context, *request);
}

}  // namespace tideover::api
