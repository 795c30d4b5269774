#include "api/outbox_fixture.h"

namespace tideover::api {
namespace {

using Stream = grpc::ClientReaderWriter<v1::AnswerConflictsRequest, v1::AnswerConflictsResponse>;

// One resolver; the call is cancelled when it goes.
struct Resolver {
  Resolver(v1::OutboxService::Stub& stub, const std::string& collection)
      : stream(stub.AnswerConflicts(context.get())) {
    v1::AnswerConflictsRequest request;
    request.set_collection(collection);
    stream->Write(request);
  }
  ~Resolver() {
    if (stream == nullptr) return;
    context->TryCancel();
    stream->Finish();
  }
  // The mutation that is asked about, or how the stream ended.
  std::string Ask() {
    v1::AnswerConflictsResponse question;
    if (stream->Read(&question)) {
      asked = question.mutation();
      return asked.mutation_id();
    }
    return End();
  }
  std::string End() {
    const grpc::Status status = stream->Finish();
    stream = nullptr;
    return ReasonOf(status);
  }
  void Answer(const std::string& mutation_id, const v1::ConflictResolution& resolution) {
    v1::AnswerConflictsRequest answer;
    answer.set_mutation_id(mutation_id);
    *answer.mutable_resolution() = resolution;
    stream->Write(answer);
  }
  void KeepTheirs(const std::string& mutation_id) {
    v1::ConflictResolution resolution;
    resolution.mutable_keep_theirs();
    Answer(mutation_id, resolution);
  }
  void KeepOurs(const std::string& mutation_id) {
    v1::ConflictResolution resolution;
    resolution.mutable_keep_ours();
    Answer(mutation_id, resolution);
  }

  std::unique_ptr<grpc::ClientContext> context = Context();
  std::unique_ptr<Stream> stream;
  v1::Mutation asked;
};

class AnswerConflicts : public OutboxFixture {
 protected:
  // Makes and parks; the number.
  uint64_t Conflict(const std::string& mutation_id) {
    const uint64_t seq = Make(mutation_id, CreateOp("shared", R"({"a":1})", "s-" + mutation_id));
    Park(seq);
    return seq;
  }
  // Waits until the mutation is no longer held for CONFLICT; a decision takes a moment.
  v1::Mutation Decided(const std::string& mutation_id) {
    v1::Mutation mutation;
    do {
      mutation = Get(mutation_id);
    } while (mutation.hold_reason() == v1::HOLD_REASON_CONFLICT);
    return mutation;
  }
};

TEST_F(AnswerConflicts, AsksAboutWhatIsHeldAndWhatComes) {
  Conflict("m1");
  Resolver resolver(*stubs_->outbox, "shared");
  EXPECT_EQ(resolver.Ask(), "m1");
  EXPECT_EQ(resolver.asked.patch_json(), R"({"a":1})");
  Conflict("m2");
  EXPECT_EQ(resolver.Ask(), "m2");
}

TEST_F(AnswerConflicts, TakesAnswersInAnyOrder) {
  Conflict("m1");
  Conflict("m2");
  Resolver resolver(*stubs_->outbox, "shared");
  EXPECT_EQ(resolver.Ask(), "m1");
  EXPECT_EQ(resolver.Ask(), "m2");
  resolver.KeepTheirs("m2");
  resolver.KeepOurs("m1");
  EXPECT_EQ(Decided("m2").outcome(), v1::OUTCOME_DISCARDED);
  EXPECT_EQ(Decided("m1").state(), v1::MUTATION_STATE_QUEUED);
}

TEST_F(AnswerConflicts, AsksAgainWhenAMutationComesBack) {
  const uint64_t seq = Conflict("m1");
  Resolver resolver(*stubs_->outbox, "shared");
  EXPECT_EQ(resolver.Ask(), "m1");
  resolver.KeepOurs("m1");
  Decided("m1");
  Park(seq);
  EXPECT_EQ(resolver.Ask(), "m1");
}

TEST_F(AnswerConflicts, PassesOverAnAnswerThatComesTooLate) {
  Conflict("m1");
  Conflict("m2");
  Resolver resolver(*stubs_->outbox, "shared");
  EXPECT_EQ(resolver.Ask(), "m1");
  EXPECT_EQ(resolver.Ask(), "m2");
  resolver.KeepTheirs("m1");
  resolver.KeepTheirs("m1");
  resolver.KeepTheirs("m2");
  EXPECT_EQ(Decided("m2").outcome(), v1::OUTCOME_DISCARDED);
  resolver.stream->WritesDone();
  EXPECT_EQ(resolver.End(), "OK");
}

TEST_F(AnswerConflicts, LeavesWhatIsNotAnsweredHeld) {
  Conflict("m1");
  {
    Resolver resolver(*stubs_->outbox, "shared");
    EXPECT_EQ(resolver.Ask(), "m1");
  }
  EXPECT_EQ(Get("m1").hold_reason(), v1::HOLD_REASON_CONFLICT);
}

TEST_F(AnswerConflicts, TakesOneResolverForEachCollection) {
  Conflict("m1");
  auto first = std::make_unique<Resolver>(*stubs_->outbox, "shared");
  EXPECT_EQ(first->Ask(), "m1");
  {
    Resolver second(*stubs_->outbox, "shared");
    EXPECT_EQ(second.Ask(), "RESOLVER_EXISTS");
  }
  first = nullptr;
  // The daemon notices in its own time that the first one has gone.
  std::string asked = "RESOLVER_EXISTS";
  while (asked == "RESOLVER_EXISTS") asked = Resolver(*stubs_->outbox, "shared").Ask();
  EXPECT_EQ(asked, "m1");
}

TEST_F(AnswerConflicts, RefusesWhatItCannotServe) {
  EXPECT_EQ(Resolver(*stubs_->outbox, "").Ask(), "INVALID_REQUEST");
  EXPECT_EQ(Resolver(*stubs_->outbox, "share").Ask(), "COLLECTION_UNKNOWN");
  EXPECT_EQ(Resolver(*stubs_->outbox, "notes").Ask(), "CONFLICT_MODE");
  Resolver silent(*stubs_->outbox, "shared");
  silent.Answer("m1", {});
  EXPECT_EQ(silent.Ask(), "INVALID_REQUEST");
  ChangeSession(nullptr);
  EXPECT_EQ(Resolver(*stubs_->outbox, "shared").Ask(), "NOT_SIGNED_IN");
}

TEST_F(AnswerConflicts, EndsOnAnAnswerForAMutationOfAnotherCollection) {
  Park(Make("m1", CreateOp("notes", "{}", "n1")));
  Resolver resolver(*stubs_->outbox, "shared");
  resolver.KeepTheirs("m1");
  EXPECT_EQ(resolver.Ask(), "MUTATION_NOT_FOUND");
  EXPECT_EQ(Get("m1").hold_reason(), v1::HOLD_REASON_CONFLICT);
}

TEST_F(AnswerConflicts, EndsWhenTheIdentityGoes) {
  Conflict("m1");
  Resolver resolver(*stubs_->outbox, "shared");
  EXPECT_EQ(resolver.Ask(), "m1");
  ChangeSession(nullptr);
  EXPECT_EQ(resolver.Ask(), "NOT_SIGNED_IN");
}

}  // namespace
}  // namespace tideover::api
