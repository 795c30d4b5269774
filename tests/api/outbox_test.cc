#include "api/limits.h"
#include "api/outbox_fixture.h"

namespace tideover::api {
namespace {

class OutboxTest : public OutboxFixture {
 protected:
  // "id:STATE id:STATE", of all pages.
  std::string List(v1::ListMutationsRequest request) {
    std::string text;
    do {
      v1::ListMutationsResponse response;
      const grpc::Status status = stubs_->outbox->List(Context().get(), request, &response);
      if (!status.ok()) return ReasonOf(status);
      for (const v1::Mutation& mutation : response.mutations()) {
        text += (text.empty() ? "" : " ") + mutation.mutation_id() + ":" +
                v1::MutationState_Name(mutation.state()).substr(15);
      }
      counts_ = response.counts();
      ++pages_;
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return text;
  }
  std::string List() { return List({}); }

  // How many, or why not.
  std::string Retry(const v1::MutationSelector& selector) {
    v1::RetryRequest request;
    *request.mutable_selector() = selector;
    v1::RetryResponse response;
    const grpc::Status status = stubs_->outbox->Retry(Context().get(), request, &response);
    return status.ok() ? std::to_string(response.count()) : ReasonOf(status);
  }
  std::string Discard(const v1::MutationSelector& selector, bool with_dependants = false) {
    v1::DiscardRequest request;
    *request.mutable_selector() = selector;
    request.set_with_dependants(with_dependants);
    v1::DiscardResponse response;
    const grpc::Status status = stubs_->outbox->Discard(Context().get(), request, &response);
    return status.ok() ? std::to_string(response.count()) : ReasonOf(status);
  }
  v1::OutboxCounts counts_;
  int pages_ = 0;
};

TEST_F(OutboxTest, ListsOutboxAndDeadLettersInLogOrder) {
  Make("m1", CreateOp("notes", "{}", "n1"));
  Make("m2", CreateOp("notes", "{}", "n2"));
  Make("m3", CreateOp("todos", "{}"));
  Make("m4", CreateOp("notes", "{}", "n4"));
  Reject(2);
  store_->Merge({doors::Confirmed{4, std::nullopt, ""}});
  store_->Merge({doors::Deferred{3, {}, true, log::PushState::AMBIGUOUS}});
  store_->board.SetInFlight(1, true);
  EXPECT_EQ(List(), "m1:IN_FLIGHT m2:DEAD_LETTERED m3:HELD");
  EXPECT_EQ(counts_.in_flight(), 1u);
  EXPECT_EQ(counts_.dead_lettered(), 1u);
  EXPECT_EQ(counts_.held(), 1u);
  EXPECT_EQ(counts_.queued(), 0u);
  v1::ListMutationsRequest request;
  request.set_collection("notes");
  EXPECT_EQ(List(request), "m1:IN_FLIGHT m2:DEAD_LETTERED");
  request.set_document_id("n2");
  EXPECT_EQ(List(request), "m2:DEAD_LETTERED");
  v1::ListMutationsRequest settled;
  settled.add_states(v1::MUTATION_STATE_SETTLED);
  EXPECT_EQ(List(settled), "m4:SETTLED");
  store_->board.SetInFlight(1, false);
}

TEST_F(OutboxTest, PagesThroughTheOutbox) {
  for (int i = 0; i < 5; ++i) Make("m" + std::to_string(i), CreateOp("notes", "{}"));
  Reject(3);
  v1::ListMutationsRequest request;
  request.set_page_size(2);
  EXPECT_EQ(List(request), "m0:QUEUED m1:QUEUED m2:DEAD_LETTERED m3:QUEUED m4:QUEUED");
  EXPECT_EQ(pages_, 3);
  request.set_page_token("none of ours");
  EXPECT_EQ(List(request), "INVALID_PAGE_TOKEN");
  request.clear_page_token();
  request.set_page_size(-1);
  EXPECT_EQ(List(request), "INVALID_REQUEST");
  v1::ListMutationsRequest unknown;
  unknown.set_collection("note");
  EXPECT_EQ(List(unknown), "COLLECTION_UNKNOWN");
}

TEST_F(OutboxTest, SaysWhyAMutationWaits) {
  Make("m1", CreateOp("notes", "{}", "n1"));
  sync::EngineStatus status;
  store_->board.Update([](sync::EngineStatus& s) { s.paused = sync::PauseReason::kUnreachable; });
  EXPECT_EQ(List(), "m1:PAUSED");
  EXPECT_EQ(counts_.paused(), 1u);
  store_->board.Update([](sync::EngineStatus& s) { s.paused = sync::PauseReason::kAuth; });
  EXPECT_EQ(List(), "m1:HELD");
  EXPECT_EQ(Get("m1").hold_reason(), v1::HOLD_REASON_AUTH);
  EXPECT_NE(Get("m1").explanation().find("tideover login"), std::string::npos);
}

TEST_F(OutboxTest, ShowsAMutationWithItsBaseAndItsError) {
  Make("m1", CreateOp("notes", R"({"a":1})", "n1"));
  store_->Merge({doors::Confirmed{1, std::nullopt, ""}});
  Make("m2", UpdateOp("notes", "n1", R"({"a":2})"));
  v1::Mutation pending = Get("m2");
  EXPECT_EQ(pending.kind(), v1::MUTATION_KIND_UPDATE);
  EXPECT_EQ(pending.patch_json(), R"({"a":2})");
  EXPECT_EQ(pending.base_json(), R"({"id":"n1","a":1})");
  EXPECT_EQ(pending.state(), v1::MUTATION_STATE_QUEUED);
  Reject(2);
  const v1::Mutation dead = Get("m2");
  EXPECT_EQ(dead.state(), v1::MUTATION_STATE_DEAD_LETTERED);
  EXPECT_EQ(dead.outcome(), v1::OUTCOME_REJECTED);
  EXPECT_EQ(dead.last_error().message(), "the server says no");
  EXPECT_EQ(dead.base_json(), R"({"id":"n1","a":1})");
  EXPECT_EQ(Get("m1").outcome(), v1::OUTCOME_CONFIRMED);
  v1::GetMutationRequest request;
  request.set_mutation_id("never");
  v1::GetMutationResponse response;
  EXPECT_EQ(ReasonOf(stubs_->outbox->Get(Context().get(), request, &response)),
            "MUTATION_NOT_FOUND");
}

TEST_F(OutboxTest, RetriesADeadLetterWhichComesBackIntoTheView) {
  Make("m1", CreateOp("notes", "{}", "n1"));
  Reject(1);
  EXPECT_EQ(View("notes", "n1"), "NOT_FOUND");
  EXPECT_EQ(Retry(Named({"m1"})), "1");
  EXPECT_EQ(List(), "m1:QUEUED");
  EXPECT_EQ(View("notes", "n1"), R"({"id":"n1"})");
}

TEST_F(OutboxTest, RefusesARetryWholeWhenOneOfThoseNamedCannotGo) {
  Make("m1", CreateOp("notes", "{}", "n1"));
  Make("m2", CreateOp("notes", "{}", "n2"));
  Reject(1);
  store_->Merge({doors::Confirmed{2, std::nullopt, ""}});
  EXPECT_EQ(Retry(Named({"m1", "m2"})), "MUTATION_STATE");
  EXPECT_EQ(Retry(Named({"m1", "never"})), "MUTATION_NOT_FOUND");
  EXPECT_EQ(List(), "m1:DEAD_LETTERED");
  EXPECT_EQ(Retry({}), "INVALID_REQUEST");
}

TEST_F(OutboxTest, RetriesByState) {
  for (int i = 1; i <= 3; ++i) Make("m" + std::to_string(i), CreateOp("notes", "{}"));
  Reject(1);
  Reject(3);
  EXPECT_EQ(Retry(InState(v1::MUTATION_STATE_DEAD_LETTERED)), "2");
  EXPECT_EQ(List(), "m1:QUEUED m2:QUEUED m3:QUEUED");
}

TEST_F(OutboxTest, DiscardsWithItsDependantsOrNotAtAll) {
  Make("m1", CreateOp("notes", R"({"a":1})", "n1"));
  Make("m2", UpdateOp("notes", "n1", R"({"a":2})"));
  EXPECT_EQ(Get("m1").dependants_size(), 1);
  EXPECT_EQ(Get("m2").depends_on(0), "m1");
  EXPECT_EQ(Discard(Named({"m1"})), "MUTATION_HAS_DEPENDANTS");
  EXPECT_EQ(List(), "m1:QUEUED m2:QUEUED");
  EXPECT_EQ(Discard(Named({"m1"}), true), "2");
  EXPECT_EQ(List(), "");
  EXPECT_EQ(View("notes", "n1"), "NOT_FOUND");
  EXPECT_EQ(Get("m1").outcome(), v1::OUTCOME_DISCARDED);
  EXPECT_EQ(Discard(Named({"m1"})), "0");  // As it should be already.
}

TEST_F(OutboxTest, NamesTheRefusedCreateThatAMutationIsHeldFor) {
  Make("m1", CreateOp("notes", R"({"a":1})", "n1"));
  Make("m2", UpdateOp("notes", "n1", R"({"a":2})"));
  Make("m3", CreateOp("notes", R"({"a":3})", "n2"));
  Reject(1);
  Reject(3);
  EXPECT_EQ(List(), "m1:DEAD_LETTERED m2:HELD m3:DEAD_LETTERED");
  const v1::Mutation held = Get("m2");
  ASSERT_EQ(held.depends_on_size(), 1);
  EXPECT_EQ(held.depends_on(0), "m1");
  EXPECT_EQ(Get("m1").dependants(0), "m2");
}

TEST_F(OutboxTest, DiscardsOneMutationAndKeepsTheOthers) {
  Make("m1", CreateOp("notes", R"({"a":1})", "n1"));
  Make("m2", UpdateOp("notes", "n1", R"({"a":2})"));
  EXPECT_EQ(Discard(Named({"m2"})), "1");
  EXPECT_EQ(View("notes", "n1"), R"({"id":"n1","a":1})");
  store_->board.SetInFlight(1, true);
  EXPECT_EQ(Discard(Named({"m1"})), "MUTATION_STATE");
  store_->board.SetInFlight(1, false);
}

TEST_F(OutboxTest, DiscardsMoreThanFitIntoOneTurn) {
  constexpr int kMutations = 2'300;
  for (int made = 0; made < kMutations; made += 100) {
    v1::MutateRequest request;
    for (int i = 0; i < 100; ++i) *request.add_operations() = CreateOp("notes", "{}");
    v1::MutateResponse response;
    ASSERT_TRUE(Mutate(request, &response).ok());
  }
  EXPECT_EQ(Discard(InState(v1::MUTATION_STATE_QUEUED)), "2300");
  EXPECT_EQ(List(), "");
}

TEST_F(OutboxTest, NamesTheNearestOfManyDependants) {
  Make("m0", CreateOp("notes", "{}", "n1"));
  constexpr int kUpdates = 150;
  for (int i = 1; i <= kUpdates; ++i) {
    Make("m" + std::to_string(i), UpdateOp("notes", "n1", R"({"a":1})"));
  }
  EXPECT_EQ(Get("m0").dependants_size(), static_cast<int>(kRelatedMax));
  EXPECT_EQ(Get("m0").dependants(0), "m1");
  const v1::Mutation last = Get("m150");
  ASSERT_EQ(last.depends_on_size(), static_cast<int>(kRelatedMax));
  EXPECT_EQ(last.depends_on(kRelatedMax - 1), "m149");
}

TEST_F(OutboxTest, NeedsASignIn) {
  ChangeSession(nullptr);
  EXPECT_EQ(List(), "NOT_SIGNED_IN");
  EXPECT_EQ(Retry(Named({"m1"})), "NOT_SIGNED_IN");
  EXPECT_EQ(Discard(Named({"m1"})), "NOT_SIGNED_IN");
}

}  // namespace
}  // namespace tideover::api
