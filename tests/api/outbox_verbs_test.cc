#include "api/limits.h"
#include "api/outbox_fixture.h"

namespace tideover::api {
namespace {

class OutboxVerbs : public OutboxFixture {
 protected:
  // How many, or why not.
  std::string Hold(const v1::MutationSelector& selector) {
    v1::HoldRequest request;
    *request.mutable_selector() = selector;
    v1::HoldResponse response;
    const grpc::Status status = stubs_->outbox->Hold(Context().get(), request, &response);
    return status.ok() ? std::to_string(response.count()) : ReasonOf(status);
  }
  std::string Release(const v1::MutationSelector& selector) {
    v1::ReleaseRequest request;
    *request.mutable_selector() = selector;
    v1::ReleaseResponse response;
    const grpc::Status status = stubs_->outbox->Release(Context().get(), request, &response);
    return status.ok() ? std::to_string(response.count()) : ReasonOf(status);
  }
  // The mutation's state, or why not.
  std::string Edit(const std::string& mutation_id, const std::string& json, bool retry = false) {
    v1::EditRequest request;
    request.set_mutation_id(mutation_id);
    request.set_patch_json(json);
    request.set_retry(retry);
    v1::EditResponse response;
    const grpc::Status status = stubs_->outbox->Edit(Context().get(), request, &response);
    if (!status.ok()) return ReasonOf(status);
    edited_ = response.mutation();
    return v1::MutationState_Name(edited_.state()).substr(15);
  }
  std::string Resolve(const std::string& mutation_id, const v1::ConflictResolution& resolution) {
    v1::ResolveConflictRequest request;
    request.set_mutation_id(mutation_id);
    *request.mutable_resolution() = resolution;
    v1::ResolveConflictResponse response;
    const grpc::Status status =
        stubs_->outbox->ResolveConflict(Context().get(), request, &response);
    if (!status.ok()) return ReasonOf(status);
    return v1::MutationState_Name(response.mutation().state()).substr(15);
  }
  std::string StateOf(const std::string& mutation_id) {
    const v1::Mutation mutation = Get(mutation_id);
    std::string text = v1::MutationState_Name(mutation.state()).substr(15);
    if (mutation.hold_reason() != v1::HOLD_REASON_UNSPECIFIED) {
      text += " " + v1::HoldReason_Name(mutation.hold_reason()).substr(12);
    }
    return text;
  }
  // "id id id" of what is exported, or why not.
  std::string Export(const v1::ExportRequest& request) {
    const auto context = Context();
    auto stream = stubs_->outbox->Export(context.get(), request);
    v1::ExportResponse message;
    std::string ids;
    exported_.clear();
    while (stream->Read(&message)) {
      ids += (ids.empty() ? "" : " ") + message.mutation().mutation_id();
      exported_.push_back(message.mutation());
    }
    const grpc::Status status = stream->Finish();
    return status.ok() ? ids : ReasonOf(status);
  }
  static v1::ConflictResolution Ours() {
    v1::ConflictResolution resolution;
    resolution.mutable_keep_ours();
    return resolution;
  }
  static v1::ConflictResolution Theirs() {
    v1::ConflictResolution resolution;
    resolution.mutable_keep_theirs();
    return resolution;
  }
  static v1::ConflictResolution Merged(const std::string& json) {
    v1::ConflictResolution resolution;
    resolution.set_merged_json(json);
    return resolution;
  }

  v1::Mutation edited_;
  std::vector<v1::Mutation> exported_;
};

TEST_F(OutboxVerbs, HoldsUntilReleased) {
  Make("m1", CreateOp("notes", "{}", "n1"));
  Make("m2", CreateOp("notes", "{}", "n2"));
  EXPECT_EQ(Hold(Named({"m1"})), "1");
  EXPECT_EQ(StateOf("m1"), "HELD OPERATOR");
  EXPECT_EQ(StateOf("m2"), "QUEUED");
  EXPECT_EQ(Hold(Named({"m1"})), "0");
  EXPECT_EQ(Release(Named({"m1"})), "1");
  EXPECT_EQ(StateOf("m1"), "QUEUED");
  EXPECT_EQ(Release(Named({"m1", "m2"})), "0");
}

TEST_F(OutboxVerbs, HoldsAndReleasesByState) {
  for (int i = 1; i <= 3; ++i) Make("m" + std::to_string(i), CreateOp("notes", "{}"));
  store_->Merge({doors::Deferred{2, {}, true, log::PushState::AMBIGUOUS}});
  EXPECT_EQ(Hold(InState(v1::MUTATION_STATE_QUEUED)), "2");
  EXPECT_EQ(StateOf("m2"), "HELD AMBIGUOUS");
  EXPECT_EQ(Release(InState(v1::MUTATION_STATE_HELD)), "2");
  EXPECT_EQ(StateOf("m2"), "HELD AMBIGUOUS");
  EXPECT_EQ(Hold(InState(v1::MUTATION_STATE_SETTLED)), "INVALID_REQUEST");
  EXPECT_EQ(Release(InState(v1::MUTATION_STATE_DEAD_LETTERED)), "INVALID_REQUEST");
}

TEST_F(OutboxVerbs, HoldsBeneathAnotherHold) {
  const uint64_t seq = Make("m1", CreateOp("shared", "{}", "s1"));
  Park(seq);
  EXPECT_EQ(Hold(Named({"m1"})), "1");
  EXPECT_EQ(StateOf("m1"), "HELD CONFLICT");
  EXPECT_EQ(Hold(Named({"m1"})), "0");
  EXPECT_EQ(Release(Named({"m1"})), "1");
  EXPECT_EQ(StateOf("m1"), "HELD CONFLICT");
  EXPECT_EQ(Release(Named({"m1"})), "MUTATION_STATE");
}

TEST_F(OutboxVerbs, RefusesToHoldWhatHasSettledAndToReleaseWhatOthersHold) {
  Make("m1", CreateOp("notes", "{}", "n1"));
  Make("m2", CreateOp("notes", "{}", "n2"));
  Make("m3", CreateOp("notes", "{}", "n3"));
  store_->Merge({doors::Confirmed{1, std::nullopt, ""}});
  Reject(2);
  store_->Merge({doors::Deferred{3, {}, true, log::PushState::AMBIGUOUS}});
  EXPECT_EQ(Hold(Named({"m1"})), "MUTATION_STATE");
  EXPECT_EQ(Hold(Named({"m2"})), "MUTATION_STATE");
  EXPECT_EQ(Hold(Named({"never"})), "MUTATION_NOT_FOUND");
  EXPECT_EQ(Release(Named({"m3"})), "MUTATION_STATE");
  EXPECT_EQ(Release(Named({"m1"})), "0");
  EXPECT_EQ(Release(Named({"never"})), "MUTATION_NOT_FOUND");
  EXPECT_EQ(Hold({}), "INVALID_REQUEST");
  std::vector<std::string> many(kSelectedMax + 1, "m3");
  EXPECT_EQ(Hold(Named(many)), "TOO_MANY_ENTRIES");
}

TEST_F(OutboxVerbs, EditsWhatAQueuedMutationWrites) {
  Make("m1", CreateOp("notes", R"({"a":1})", "n1"));
  EXPECT_EQ(Edit("m1", R"({"a":2})"), "QUEUED");
  EXPECT_EQ(edited_.mutation_id(), "m1");
  EXPECT_EQ(View("notes", "n1"), R"({"id":"n1","a":2})");
  EXPECT_EQ(Edit("m1", R"({"a":2})"), "QUEUED");
}

TEST_F(OutboxVerbs, EditsADeadLetterAndLetsItGo) {
  Make("m1", CreateOp("notes", R"({"a":1})", "n1"));
  Reject(1);
  EXPECT_EQ(Edit("m1", R"({"a":2})"), "DEAD_LETTERED");
  EXPECT_EQ(View("notes", "n1"), "NOT_FOUND");
  EXPECT_EQ(Edit(edited_.mutation_id(), R"({"a":3})", /*retry=*/true), "QUEUED");
  EXPECT_EQ(View("notes", "n1"), R"({"id":"n1","a":3})");
}

TEST_F(OutboxVerbs, RefusesAnEditThatCannotBe) {
  Make("m1", CreateOp("notes", "{}", "n1"));
  store_->Merge({doors::Confirmed{1, std::nullopt, ""}});
  Make("m2", UpdateOp("notes", "n1", R"({"a":1})"));
  Make("m3", DeleteOp("notes", "n1"));
  EXPECT_EQ(Edit("m1", "{}"), "MUTATION_STATE");
  EXPECT_EQ(Edit("m3", "{}"), "MUTATION_STATE");
  EXPECT_EQ(Edit("never", "{}"), "MUTATION_NOT_FOUND");
  EXPECT_EQ(Edit("", "{}"), "INVALID_REQUEST");
  EXPECT_EQ(Edit("m2", "[]"), "INVALID_JSON");
  EXPECT_EQ(Edit("m2", R"({"a":1,"a":2})"), "JSON_DUPLICATE_KEY");
  store_->board.SetInFlight(2, true);
  EXPECT_EQ(Edit("m2", "{}"), "MUTATION_STATE");
  store_->board.SetInFlight(2, false);
}

TEST_F(OutboxVerbs, ResolvesAConflictOnce) {
  Make("m1", CreateOp("shared", R"({"a":1})", "s1"));
  Make("m2", CreateOp("shared", R"({"a":1})", "s2"));
  Make("m3", CreateOp("shared", R"({"a":1})", "s3"));
  for (const uint64_t seq : {1, 2, 3}) Park(seq);
  EXPECT_EQ(Resolve("m1", {}), "INVALID_REQUEST");
  EXPECT_EQ(Resolve("m1", Merged("no JSON")), "INVALID_JSON");
  EXPECT_EQ(Resolve("never", Ours()), "MUTATION_NOT_FOUND");
  EXPECT_EQ(Resolve("m1", Ours()), "QUEUED");
  EXPECT_EQ(Resolve("m1", Ours()), "MUTATION_STATE");
  EXPECT_EQ(Resolve("m2", Theirs()), "SETTLED");
  EXPECT_EQ(Get("m2").outcome(), v1::OUTCOME_DISCARDED);
  EXPECT_EQ(Resolve("m2", Theirs()), "MUTATION_STATE");
  EXPECT_EQ(Resolve("m3", Merged(R"({"a":3})")), "QUEUED");
  EXPECT_EQ(View("shared", "s3"), R"({"id":"s3","a":3})");
}

TEST_F(OutboxVerbs, ExportsDeadLettersWithAllThatIsKnown) {
  Make("m1", CreateOp("notes", R"({"a":1})", "n1"));
  store_->Merge({doors::Confirmed{1, std::nullopt, ""}});
  Make("m2", UpdateOp("notes", "n1", R"({"a":2})"));
  Make("m3", CreateOp("todos", "{}"));
  Reject(2);
  Reject(3);
  EXPECT_EQ(Export({}), "m2 m3");
  EXPECT_EQ(exported_[0].base_json(), R"({"id":"n1","a":1})");
  EXPECT_EQ(exported_[0].last_error().message(), "the server says no");
  v1::ExportRequest request;
  request.set_collection("todos");
  EXPECT_EQ(Export(request), "m3");
  request.add_states(v1::MUTATION_STATE_SETTLED);
  request.set_collection("notes");
  EXPECT_EQ(Export(request), "m1");
  request.set_collection("note");
  EXPECT_EQ(Export(request), "COLLECTION_UNKNOWN");
}

TEST_F(OutboxVerbs, ExportsMoreThanOneSlice) {
  const std::string big(400'000, 'x');
  std::string all;
  for (int i = 1; i <= 7; ++i) {
    Make("m" + std::to_string(i), CreateOp("notes", R"({"a":")" + big + "\"}"));
    all += (all.empty() ? "m" : " m") + std::to_string(i);
  }
  v1::ExportRequest request;
  request.add_states(v1::MUTATION_STATE_QUEUED);
  EXPECT_EQ(Export(request), all);
}

TEST_F(OutboxVerbs, NeedASignIn) {
  ChangeSession(nullptr);
  EXPECT_EQ(Hold(Named({"m1"})), "NOT_SIGNED_IN");
  EXPECT_EQ(Release(Named({"m1"})), "NOT_SIGNED_IN");
  EXPECT_EQ(Edit("m1", "{}"), "NOT_SIGNED_IN");
  EXPECT_EQ(Resolve("m1", Ours()), "NOT_SIGNED_IN");
  EXPECT_EQ(Export({}), "NOT_SIGNED_IN");
}

}  // namespace
}  // namespace tideover::api
