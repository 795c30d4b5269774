#include "api/data_service.h"

#include <memory>
#include <utility>

#include "api/failure.h"
#include "api/fetch.h"
#include "api/invoke_call.h"
#include "api/lookup.h"
#include "api/mutate_call.h"
#include "api/mutate_stream.h"
#include "api/query_call.h"
#include "api/reads.h"
#include "api/unary_call.h"
#include "api/watch.h"

namespace tideover::api {
namespace {

// Fetches, then reads what is there.
grpc::ServerUnaryReactor* GetAfterFetch(const Shared& shared,
                                        std::shared_ptr<const Session> session,
                                        const Collection& collection,
                                        const std::string& document_id, v1::GetResponse* response) {
  const auto call = UnaryCall<v1::GetResponse>::Start(response);
  FetchThen(shared, *collection.name,
            [call, session = std::move(session), collection, document_id](bool fetched) {
              v1::GetResponse answer;
              grpc::Status status = ReadOne(*session, collection, document_id, &answer);
              if (!status.ok()) {
                call->Fail(std::move(status));
                return;
              }
              answer.set_stale(!fetched);
              call->Answer(std::move(answer));
            });
  return call.get();
}

template <typename Call>
MutateDone AnswerBy(std::shared_ptr<Call> call) {
  return [call = std::move(call)](grpc::Status status, v1::MutateResponse answer) {
    if (status.ok()) {
      call->Answer(std::move(answer));
    } else {
      call->Fail(std::move(status));
    }
  };
}

}  // namespace

grpc::ServerUnaryReactor* DataServiceImpl::Get(grpc::CallbackServerContext* context,
                                               const v1::GetRequest* request,
                                               v1::GetResponse* response) {
  std::shared_ptr<const Session> session = shared_.source->Current();
  if (session == nullptr) return FinishNow(context, NotSignedIn());
  Collection collection;
  grpc::Status status = FindCollection(*session, request->collection(), &collection);
  if (!status.ok()) return FinishNow(context, std::move(status));
  const ReadPlan plan = PlanRead(shared_, session, collection, request->policy());
  if (plan.fetch_first) {
    return GetAfterFetch(shared_, std::move(session), collection, request->document_id(), response);
  }
  status = ReadOne(*session, collection, request->document_id(), response);
  response->set_stale(plan.stale);
  if (plan.fetch_if_missing && status.error_code() == grpc::StatusCode::NOT_FOUND) {
    return GetAfterFetch(shared_, std::move(session), collection, request->document_id(), response);
  }
  return FinishNow(context, std::move(status));
}

grpc::ServerUnaryReactor* DataServiceImpl::BatchGet(grpc::CallbackServerContext* context,
                                                    const v1::BatchGetRequest* request,
                                                    v1::BatchGetResponse* response) {
  const std::shared_ptr<const Session> session = shared_.source->Current();
  if (session == nullptr) return FinishNow(context, NotSignedIn());
  return FinishNow(context, ReadMany(*session, *request, response));
}

grpc::ServerUnaryReactor* DataServiceImpl::Query(grpc::CallbackServerContext* context,
                                                 const v1::QueryRequest* request,
                                                 v1::QueryResponse* response) {
  std::shared_ptr<const Session> session = shared_.source->Current();
  if (session == nullptr) return FinishNow(context, NotSignedIn());
  Collection collection;
  grpc::Status status = FindCollection(*session, request->collection(), &collection);
  if (!status.ok()) return FinishNow(context, std::move(status));
  const ReadPlan plan = PlanRead(shared_, session, collection, request->policy());
  const auto call = UnaryCall<v1::QueryResponse>::Start(response);
  StartQuery(shared_, std::move(session), collection, plan, *request, call);
  return call.get();
}

grpc::ServerWriteReactor<v1::WatchResponse>* DataServiceImpl::Watch(
    grpc::CallbackServerContext* context, const v1::WatchRequest* request) {
  using Call = StreamCall<v1::WatchResponse>;
  const std::shared_ptr<const Session> session = shared_.source->Current();
  if (session == nullptr) return Call::Refuse(NotSignedIn());
  std::unique_ptr<api::Watch> watch;
  grpc::Status status = api::Watch::Make(shared_, session, *request, &watch);
  if (!status.ok()) return Call::Refuse(std::move(status));
  Collection collection;
  status = FindCollection(*session, request->collection(), &collection);
  if (!status.ok()) return Call::Refuse(std::move(status));
  // The watch shows what comes of a fetch: nothing waits for it.
  const ReadPlan plan = PlanRead(shared_, session, collection, request->policy());
  if (plan.fetch_first) {
    shared_.source->engine().SyncNow(*collection.name, [](const absl::Status&) {});
  }
  return Call::Start(context, shared_, session, std::move(watch));
}

grpc::ServerUnaryReactor* DataServiceImpl::Mutate(grpc::CallbackServerContext* context,
                                                  const v1::MutateRequest* request,
                                                  v1::MutateResponse* response) {
  std::shared_ptr<const Session> session = shared_.source->Current();
  if (session == nullptr) return FinishNow(context, NotSignedIn());
  const auto make = [&](auto call) {
    return std::make_shared<MutateCall>(shared_, std::move(session), *request, context->deadline(),
                                        AnswerBy(std::move(call)));
  };
  if (request->wait() != v1::WAIT_SETTLED) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    const auto call = std::make_shared<PlainCall<v1::MutateResponse>>(reactor, response);
    grpc::Status status = make(call)->Submit(*request);
    if (!status.ok()) call->Fail(std::move(status));
    return reactor;
  }
  const auto call = UnaryCall<v1::MutateResponse>::Start(response);
  const auto mutate = make(call);
  call->OnOver([mutate] { mutate->Abandon(); });
  grpc::Status status = mutate->Submit(*request);
  if (!status.ok()) call->Fail(std::move(status));
  return call.get();
}

grpc::ServerUnaryReactor* DataServiceImpl::Invoke(grpc::CallbackServerContext* context,
                                                  const v1::InvokeRequest* request,
                                                  v1::InvokeResponse* response) {
  std::shared_ptr<const Session> session = shared_.source->Current();
  if (session == nullptr) return FinishNow(context, NotSignedIn());
  return StartInvoke(shared_, std::move(session), context, *request, response);
}

grpc::ServerBidiReactor<v1::MutateStreamRequest, v1::MutateStreamResponse>*
DataServiceImpl::MutateStream(grpc::CallbackServerContext* context) {
  return MutateStreamCall::Start(context, shared_);
}

}  // namespace tideover::api
