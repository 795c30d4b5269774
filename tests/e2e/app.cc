#include "e2e/app.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/json.h"
#include "support/eventually.h"

namespace tideover::e2e {
namespace {

constexpr int kPageSize = 1000;
// Longer than any wait for a settlement that a test provokes.
constexpr int kSettleSeconds = 15;

void Expect(const grpc::Status& status, const char* call) {
  EXPECT_TRUE(status.ok()) << call << ": " << status.error_code() << " " << status.error_message();
}

}  // namespace

std::string TodoJson(const std::string& content) {
  json::Value todo = json::Value::Object();
  todo.Set("content", json::Value::String(content));
  return json::Write(todo);
}

v1::Operation CreateOf(const std::string& content, const std::string& mutation_id) {
  v1::Operation operation;
  operation.set_collection(kTodos);
  operation.set_mutation_id(mutation_id);
  operation.mutable_create()->set_json(TodoJson(content));
  return operation;
}

v1::Operation UpdateOf(const std::string& id, const std::string& content) {
  v1::Operation operation;
  operation.set_collection(kTodos);
  operation.set_document_id(id);
  operation.mutable_update()->set_json(TodoJson(content));
  return operation;
}

v1::Operation DeleteOf(const std::string& id) {
  v1::Operation operation;
  operation.set_collection(kTodos);
  operation.set_document_id(id);
  operation.mutable_delete_();
  return operation;
}

std::string ContentOf(const v1::Document& document) {
  const auto value = json::Parse(document.json());
  const json::Value* content = value.ok() ? value->Find("content") : nullptr;
  return content == nullptr ? "(no content) " + document.json() : content->text();
}

grpc::Status App::TryMutate(const v1::MutateRequest& request, v1::MutateResponse* response) {
  return connection_.data().Mutate(Deadline(), request, response);
}

client::Failure App::Refusal(v1::Operation operation) {
  v1::MutateRequest request;
  *request.add_operations() = std::move(operation);
  v1::MutateResponse response;
  const grpc::Status status = TryMutate(request, &response);
  if (status.ok()) {
    ADD_FAILURE() << "was not refused: " << request.ShortDebugString();
    return {};
  }
  return Explain(status);
}

v1::MutationResult App::Mutate(v1::Operation operation) {
  v1::MutateRequest request;
  *request.add_operations() = std::move(operation);
  v1::MutateResponse response;
  Expect(TryMutate(request, &response), "Mutate");
  return response.results_size() == 1 ? response.results(0) : v1::MutationResult();
}

v1::MutationResult App::MutateAndSettle(v1::Operation operation) {
  v1::MutateRequest request;
  *request.add_operations() = std::move(operation);
  request.set_wait(v1::WAIT_SETTLED);
  request.mutable_settle_timeout()->set_seconds(kSettleSeconds);
  v1::MutateResponse response;
  Expect(TryMutate(request, &response), "Mutate");
  return response.results_size() == 1 ? response.results(0) : v1::MutationResult();
}

std::string App::CreateSettled(const std::string& content) {
  const v1::MutationResult result = MutateAndSettle(CreateOf(content));
  EXPECT_EQ(result.state(), v1::MUTATION_STATE_SETTLED) << result.ShortDebugString();
  EXPECT_EQ(result.settlement().outcome(), v1::OUTCOME_CONFIRMED) << result.ShortDebugString();
  return result.document_id();
}

std::optional<v1::Document> App::Get(const std::string& id) {
  v1::GetRequest request;
  request.set_collection(kTodos);
  request.set_document_id(id);
  request.set_policy(v1::READ_POLICY_CACHE_ONLY);
  v1::GetResponse response;
  const grpc::Status status = connection_.data().Get(Deadline(), request, &response);
  if (status.error_code() == grpc::StatusCode::NOT_FOUND) return std::nullopt;
  Expect(status, "Get");
  return response.document();
}

std::string App::ContentAt(const std::string& id) {
  const auto document = Get(id);
  return document.has_value() ? ContentOf(*document) : "";
}

std::vector<v1::Document> App::All() {
  std::vector<v1::Document> documents;
  v1::QueryRequest request;
  request.set_collection(kTodos);
  request.set_page_size(kPageSize);
  request.set_policy(v1::READ_POLICY_CACHE_ONLY);
  do {
    v1::QueryResponse page;
    const grpc::Status status = connection_.data().Query(Deadline(), request, &page);
    Expect(status, "Query");
    documents.insert(documents.end(), page.documents().begin(), page.documents().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return documents;
}

std::vector<std::string> App::Contents() {
  std::vector<std::string> contents;
  for (const v1::Document& document : All()) contents.push_back(ContentOf(document));
  std::sort(contents.begin(), contents.end());
  return contents;
}

std::vector<v1::Mutation> App::Mutations(std::initializer_list<v1::MutationState> states) {
  std::vector<v1::Mutation> mutations;
  v1::ListMutationsRequest request;
  request.set_page_size(kPageSize);
  for (const v1::MutationState state : states) request.add_states(state);
  do {
    v1::ListMutationsResponse page;
    const grpc::Status status = connection_.outbox().List(Deadline(), request, &page);
    Expect(status, "List");
    mutations.insert(mutations.end(), page.mutations().begin(), page.mutations().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return mutations;
}

v1::Mutation App::Mutation(const std::string& mutation_id) {
  v1::GetMutationRequest request;
  request.set_mutation_id(mutation_id);
  v1::GetMutationResponse response;
  Expect(connection_.outbox().Get(Deadline(), request, &response), "Outbox.Get");
  return response.mutation();
}

grpc::Status App::TryRetry(const std::string& mutation_id) {
  v1::RetryRequest request;
  request.mutable_selector()->add_mutation_ids(mutation_id);
  v1::RetryResponse response;
  return connection_.outbox().Retry(Deadline(), request, &response);
}

grpc::Status App::TryDiscard(const std::string& mutation_id, bool with_dependants) {
  v1::DiscardRequest request;
  request.mutable_selector()->add_mutation_ids(mutation_id);
  request.set_with_dependants(with_dependants);
  v1::DiscardResponse response;
  return connection_.outbox().Discard(Deadline(), request, &response);
}

v1::DaemonStatus App::Status() {
  v1::GetStatusResponse response;
  Expect(connection_.sync().GetStatus(Deadline(), v1::GetStatusRequest(), &response), "GetStatus");
  return response.status();
}

v1::NetworkStatus App::SetNetwork(v1::NetworkSetting setting) {
  v1::SetNetworkRequest request;
  request.set_setting(setting);
  v1::SetNetworkResponse response;
  Expect(connection_.sync().SetNetwork(Deadline(), request, &response), "SetNetwork");
  return response.network();
}

grpc::Status App::TrySync() {
  v1::SyncRequest request;
  request.set_collection(kTodos);
  request.set_wait(true);
  v1::SyncResponse response;
  return connection_.sync().Sync(Deadline(), request, &response);
}

void App::Sync() { Expect(TrySync(), "Sync"); }

grpc::Status App::TrySignIn(const std::string& username, const std::string& password) {
  v1::SignInRequest request;
  request.set_username(username);
  request.set_password(password);
  v1::SignInResponse response;
  return connection_.auth().SignIn(Deadline(), request, &response);
}

void App::SignIn(const std::string& username, const std::string& password) {
  Expect(TrySignIn(username, password), "SignIn");
}

grpc::Status App::TrySignOut(v1::SignOutMode mode) {
  v1::SignOutRequest request;
  request.set_mode(mode);
  v1::SignOutResponse response;
  return connection_.auth().SignOut(Deadline(), request, &response);
}

v1::Identity App::Identity() {
  v1::GetIdentityResponse response;
  Expect(connection_.auth().GetIdentity(Deadline(), v1::GetIdentityRequest(), &response),
         "GetIdentity");
  return response.identity();
}

bool App::OutboxEmpty() {
  const v1::OutboxCounts counts = Status().outbox();
  return counts.queued() + counts.paused() + counts.in_flight() + counts.held() == 0;
}

void App::WaitForOutboxEmpty(std::chrono::milliseconds limit) {
  support::Eventually([this] { return OutboxEmpty() || testing::Test::HasFailure(); }, limit);
  if (OutboxEmpty()) return;
  std::string left;
  for (const v1::Mutation& mutation : Mutations()) left += mutation.ShortDebugString() + "\n";
  ADD_FAILURE() << "still in the outbox:\n" << left;
}

v1::Mutation App::WaitForState(const std::string& mutation_id, v1::MutationState state) {
  v1::Mutation mutation;
  const bool reached = support::Eventually([&] {
    mutation = Mutation(mutation_id);
    return mutation.state() == state || testing::Test::HasFailure();
  });
  EXPECT_TRUE(reached) << "is not " << v1::MutationState_Name(state) << ": "
                       << mutation.ShortDebugString();
  return mutation;
}

}  // namespace tideover::e2e
