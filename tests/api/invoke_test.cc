// Custom operations through the API: what is refused, what is answered, and what the outbox shows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/outbox_fixture.h"

namespace tideover::api {
namespace {

using grpc::StatusCode;
using testing::ElementsAre;
using testing::HasSubstr;

class InvokeTest : public OutboxFixture {
 protected:
  static v1::InvokeRequest Request(const std::string& operation, const std::string& arguments) {
    v1::InvokeRequest request;
    request.set_operation(operation);
    request.set_arguments_json(arguments);
    return request;
  }
  grpc::Status Invoke(const v1::InvokeRequest& request, v1::InvokeResponse* response) {
    return stubs_->data->Invoke(Context().get(), request, response);
  }
  grpc::Status StatusOf(const v1::InvokeRequest& request) {
    v1::InvokeResponse response;
    return Invoke(request, &response);
  }
  v1::MutationResult MustInvoke(const v1::InvokeRequest& request) {
    v1::InvokeResponse response;
    const grpc::Status status = Invoke(request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.result();
  }
};

TEST_F(InvokeTest, IsDurableAndShowsItsEffects) {
  v1::InvokeRequest request = Request("finish", R"({"n":1})");
  *request.add_optimistic_effects() = CreateOp("notes", R"({"v":1})", "a");
  const v1::MutationResult result = MustInvoke(request);
  EXPECT_EQ(result.seq(), 1u);
  EXPECT_EQ(result.state(), v1::MUTATION_STATE_QUEUED);
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","v":1})");
  const v1::Mutation shown = Get(result.mutation_id());
  EXPECT_EQ(shown.kind(), v1::MUTATION_KIND_INVOKE);
  EXPECT_EQ(shown.operation(), "finish");
  EXPECT_EQ(shown.patch_json(), R"({"n":1})");
  EXPECT_EQ(shown.collection(), "");
}

TEST_F(InvokeTest, WaitsForItsAnswer) {
  v1::InvokeRequest request = Request("finish", "");
  request.set_mutation_id("m");
  request.set_wait(v1::WAIT_SETTLED);
  std::promise<v1::MutationResult> answered;
  std::thread caller([&] { answered.set_value(MustInvoke(request)); });
  v1::GetMutationRequest get;
  get.set_mutation_id("m");
  v1::GetMutationResponse found;
  while (!stubs_->outbox->Get(Context().get(), get, &found).ok()) std::this_thread::yield();
  store_->Merge({doors::Confirmed{found.mutation().seq(), {}, {}, R"({"ok":true})"}});
  const v1::MutationResult result = answered.get_future().get();
  caller.join();
  EXPECT_EQ(result.state(), v1::MUTATION_STATE_SETTLED);
  EXPECT_EQ(result.settlement().outcome(), v1::OUTCOME_CONFIRMED);
  EXPECT_EQ(result.settlement().result_json(), R"({"ok":true})");
  // The same call again is told the same.
  EXPECT_EQ(MustInvoke(request).settlement().result_json(), R"({"ok":true})");
}

TEST_F(InvokeTest, AnUnknownOperationIsNotFoundAndTheNearestIsNamed) {
  const grpc::Status status = StatusOf(Request("finsh", "{}"));
  EXPECT_EQ(status.error_code(), StatusCode::NOT_FOUND);
  EXPECT_THAT(status.error_message(), HasSubstr("\"finish\""));
  EXPECT_EQ(ReasonOf(status), "OPERATION_UNKNOWN");
  EXPECT_EQ(StatusOf(Request("", "{}")).error_code(), StatusCode::INVALID_ARGUMENT);
}

TEST_F(InvokeTest, BadArgumentsAndEffectsAreRefused) {
  EXPECT_EQ(ReasonOf(StatusOf(Request("finish", "{"))), "INVALID_JSON");
  EXPECT_EQ(StatusOf(Request("finish", "[]")).error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(StatusOf(Request("archive", R"({"x":1})")).error_code(), StatusCode::INVALID_ARGUMENT);
  v1::InvokeRequest request = Request("finish", "{}");
  request.add_optimistic_effects()->set_collection("notes");
  EXPECT_EQ(StatusOf(request).error_code(), StatusCode::INVALID_ARGUMENT);
  *request.mutable_optimistic_effects(0) = CreateOp("nots", "{}", "a");
  EXPECT_EQ(ReasonOf(StatusOf(request)), "COLLECTION_UNKNOWN");
  *request.mutable_optimistic_effects(0) = UpdateOp("notes", "none", "{}");
  EXPECT_EQ(ReasonOf(StatusOf(request)), "DOCUMENT_NOT_FOUND");
  *request.mutable_optimistic_effects(0) = CreateOp("notes", "{}", "a");
  request.mutable_optimistic_effects(0)->set_scope("s");
  EXPECT_EQ(StatusOf(request).error_code(), StatusCode::INVALID_ARGUMENT);
  request.clear_optimistic_effects();
  for (int i = 0; i < 101; ++i) {
    *request.add_optimistic_effects() = CreateOp("notes", "{}", std::to_string(i));
  }
  EXPECT_EQ(ReasonOf(StatusOf(request)), "TOO_MANY_ENTRIES");
}

TEST_F(InvokeTest, TheEffectThatIsRefusedIsNamed) {
  v1::InvokeRequest request = Request("finish", "{");
  *request.add_optimistic_effects() = CreateOp("notes", "{}", "a");
  *request.add_optimistic_effects() = CreateOp("notes", "{", "b");
  const v1::ErrorDetail detail = DetailOf(StatusOf(request));
  EXPECT_EQ(detail.reason(), v1::ERROR_REASON_INVALID_JSON);
  EXPECT_EQ(detail.field(), "optimistic_effects");
  EXPECT_EQ(detail.operation_index(), 1u);
}

TEST_F(InvokeTest, AReusedMutationIdIsRefused) {
  v1::InvokeRequest request = Request("finish", R"({"n":1})");
  request.set_mutation_id("m");
  MustInvoke(request);
  EXPECT_TRUE(MustInvoke(request).repeated_call());
  request.set_arguments_json(R"({"n":2})");
  EXPECT_EQ(ReasonOf(StatusOf(request)), "MUTATION_ID_REUSED");
}

TEST_F(InvokeTest, WhatNamesADocumentIsShownAsDependingOnItsCreate) {
  const uint64_t parent = Make("parent", CreateOp("todos", "{}", "local-p"));
  Make("child", CreateOp("notes", R"({"todo":"local-p"})", "n"));
  EXPECT_THAT(Get("parent").dependants(), ElementsAre("child"));
  EXPECT_THAT(Get("child").depends_on(), ElementsAre("parent"));
  store_->Merge({doors::Rejected{parent, {}, {}}});
  EXPECT_EQ(Get("child").hold_reason(), v1::HOLD_REASON_DEPENDENCY);
  EXPECT_THAT(Get("parent").dependants(), ElementsAre("child"));
  EXPECT_THAT(Get("child").depends_on(), ElementsAre("parent"));
  v1::Operation late = CreateOp("notes", R"({"todo":"local-p"})", "m");
  const v1::MutationResult held = MustMutate(late);
  EXPECT_EQ(held.state(), v1::MUTATION_STATE_HELD);
  EXPECT_EQ(held.hold_reason(), v1::HOLD_REASON_DEPENDENCY);
}

TEST_F(InvokeTest, ADocumentThatNamesItselfIsRefused) {
  v1::MutateRequest request;
  *request.add_operations() = CreateOp("todos", R"({"parent":"local-p"})", "local-p");
  v1::MutateResponse response;
  const grpc::Status status = Mutate(request, &response);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(status), "INVALID_REQUEST");
}

}  // namespace
}  // namespace tideover::api
