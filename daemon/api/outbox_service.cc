#include "api/outbox_service.h"

#include <utility>

#include "api/failure.h"
#include "api/outbox_change.h"
#include "api/outbox_list.h"
#include "api/unary_call.h"

namespace tideover::api {
namespace {

// Both answers say how many mutations changed.
template <typename Response>
grpc::ServerUnaryReactor* Change(const Shared& shared, std::shared_ptr<const Session> session,
                                 OutboxChange change, Response* response) {
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
  return FinishNow(context,
                   ReadMutation(*session, request->mutation_id(), response->mutable_mutation()));
}

grpc::ServerUnaryReactor* OutboxServiceImpl::Retry(grpc::CallbackServerContext* context,
                                                   const v1::RetryRequest* request,
                                                   v1::RetryResponse* response) {
  std::shared_ptr<const Session> session = shared_.source->Current();
  if (session == nullptr) return FinishNow(context, NotSignedIn());
  return Change(shared_, std::move(session),
                {doors::OutboxRequest::Verb::kRetry, request->selector(), false}, response);
}

grpc::ServerUnaryReactor* OutboxServiceImpl::Discard(grpc::CallbackServerContext* context,
                                                     const v1::DiscardRequest* request,
                                                     v1::DiscardResponse* response) {
  std::shared_ptr<const Session> session = shared_.source->Current();
  if (session == nullptr) return FinishNow(context, NotSignedIn());
  return Change(
      shared_, std::move(session),
      {doors::OutboxRequest::Verb::kDiscard, request->selector(), request->with_dependants()},
      response);
}

}  // namespace tideover::api
