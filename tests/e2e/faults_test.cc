// What the network and the backend do to a request, and what becomes of the mutation it carried:
// never lost, sent twice only where the configuration says so, and nothing else waits for it.
#include "e2e/e2e_test.h"

namespace tideover::e2e {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class FaultsTest : public E2eTest {
 protected:
  // And a list has been read: what is created before that and goes unanswered waits for a person.
  void StartListed(const Settings& settings = {}) {
    StartDaemon(settings);
    app().Sync();
  }
  static std::string Fault(const std::string& kind, const std::string& operation = "addTodo",
                           const std::string& more = "") {
    return R"({"kind":")" + kind + R"(","operation":")" + operation + R"(","times":1)" + more + "}";
  }
};

// Every way in which one attempt to create can come to nothing visible.
class OneFaultTest : public FaultsTest, public testing::WithParamInterface<const char*> {};

TEST_P(OneFaultTest, ACreateIsThereExactlyOnceWithVerify) {
  StartDaemon({.request_timeout = "1s"});
  backend().Insert("milk");  // an equal one, of another writer
  app().Sync();
  const int64_t fault = backend().AddFault(GetParam());
  const v1::MutationResult create = app().Create("milk");
  app().Create("bread");
  app().WaitForOutboxEmpty();
  EXPECT_EQ(backend().HitsOf(fault), 1);
  EXPECT_EQ(app().Mutation(create.mutation_id()).outcome(), v1::OUTCOME_CONFIRMED);
  EXPECT_THAT(backend().Contents(), ElementsAre("bread", "milk", "milk"));
  ExpectInView({"bread", "milk", "milk"});
  for (const v1::Document& document : app().All()) {
    EXPECT_FALSE(document.provisional()) << document.ShortDebugString();
  }
}

constexpr const char* kFaults[] = {
    R"({"kind":"refused","operation":"addTodo","times":1})",
    R"({"kind":"lost_answer","operation":"addTodo","times":1})",
    R"({"kind":"cut_answer","operation":"addTodo","times":1})",
    R"({"kind":"truncated","operation":"addTodo","times":1})",
    R"({"kind":"stall","operation":"addTodo","times":1})",
    R"({"kind":"html","operation":"addTodo","times":1})",
    R"({"kind":"html","operation":"addTodo","times":1,"when":"after"})",
    R"({"kind":"status","status":500,"body":"<html>oops</html>","operation":"addTodo","times":1})",
    R"({"kind":"status","status":500,"operation":"addTodo","times":1,"when":"after"})",
    R"({"kind":"status","status":502,"operation":"addTodo","times":1,"when":"after"})",
    R"({"kind":"status","status":503,"operation":"addTodo","times":1})",
    R"({"kind":"status","status":504,"operation":"addTodo","times":1,"when":"after"})",
    R"({"kind":"status","status":429,"operation":"addTodo","times":1})",
    R"({"kind":"lambda_error","operation":"addTodo","times":1})",
    R"({"kind":"lambda_error","operation":"addTodo","times":1,"when":"after"})",
    R"({"kind":"null_answer","operation":"addTodo","times":1})",
    R"({"kind":"null_answer","operation":"addTodo","times":1,"when":"after"})",
    R"({"kind":"unauthorized","operation":"addTodo","times":1})",
};

INSTANTIATE_TEST_SUITE_P(Faults, OneFaultTest, testing::ValuesIn(kFaults),
                         [](const auto& tested) { return std::to_string(tested.index); });

// Every way in which a list can fail to come.
class ListFaultTest : public FaultsTest, public testing::WithParamInterface<const char*> {};

TEST_P(ListFaultTest, ChangesNothingHereHoldsUpNoWriteAndIsGotOver) {
  StartDaemon({.refetch_on_settle = false, .request_timeout = "1s"});
  app().CreateSettled("milk");
  app().Sync();
  backend().Insert("bread");
  const int64_t fault = backend().AddFault(GetParam());
  app().TrySync();
  EXPECT_EQ(backend().HitsOf(fault), 1);
  EXPECT_THAT(app().Contents(), Contains("milk"));
  app().Create("butter");
  app().WaitForOutboxEmpty();
  EXPECT_TRUE(Eventually([&] { return app().TrySync().ok(); }));
  ExpectInView({"bread", "butter", "milk"});
  EXPECT_EQ(app().Status().identity().state(), v1::IDENTITY_STATE_NOT_NEEDED);
}

constexpr const char* kListFaults[] = {
    R"({"kind":"refused","operation":"listTodo","times":1})",
    R"({"kind":"lost_answer","operation":"listTodo","times":1})",
    R"({"kind":"cut_answer","operation":"listTodo","times":1})",
    R"({"kind":"truncated","operation":"listTodo","times":1})",
    R"({"kind":"stall","operation":"listTodo","times":1})",
    R"({"kind":"html","operation":"listTodo","times":1})",
    R"({"kind":"unauthorized","operation":"listTodo","times":1})",
    R"({"kind":"status","status":403,"body":"<html>no</html>","operation":"listTodo","times":1})",
    (R"({"kind":"status","status":429,"headers":{"retry-after":"1"},)"
     R"("operation":"listTodo","times":1})"),
    R"({"kind":"status","status":500,"operation":"listTodo","times":1})",
    R"({"kind":"status_in_data","statusCode":400,"operation":"listTodo","times":1})",
    R"({"kind":"lambda_error","operation":"listTodo","times":1})",
    R"({"kind":"null_list","operation":"listTodo","times":1})",
    R"({"kind":"null_answer","operation":"listTodo","times":1})",
};

INSTANTIATE_TEST_SUITE_P(Faults, ListFaultTest, testing::ValuesIn(kListFaults),
                         [](const auto& tested) { return std::to_string(tested.index); });

TEST_F(FaultsTest, ALostAnswerIsVerifiedNotRepeated) {
  StartListed();
  backend().AddFault(Fault("lost_answer"));
  const v1::MutationResult result = app().MutateAndSettle(CreateOf("milk"));
  app().WaitForOutboxEmpty();
  EXPECT_THAT(backend().Contents(), ElementsAre("milk"));
  EXPECT_EQ(backend().CountsOf("addTodo").requested, 1);
  EXPECT_EQ(app().Mutation(result.mutation_id()).document_id(), backend().Documents().at(0).id);
}

TEST_F(FaultsTest, MutationsBehindALostAnswerFindTheirDocument) {
  StartListed();
  backend().AddFault(Fault("lost_answer"));
  const std::string id = app().Create("milk").document_id();
  app().Mutate(UpdateOf(id, "oat milk"));
  app().WaitForOutboxEmpty();
  EXPECT_THAT(backend().Contents(), ElementsAre("oat milk"));
  ExpectInView({"oat milk"});
}

TEST_F(FaultsTest, ALostAnswerIsSentAgainWithResend) {
  StartDaemon({.ambiguous = "resend"});
  backend().AddFault(Fault("lost_answer"));
  app().CreateSettled("milk");
  EXPECT_EQ(backend().CountsOf("addTodo").requested, 2);
  EXPECT_THAT(backend().Contents(), ElementsAre("milk", "milk")) << "as the configuration allows";
  ExpectInView({"milk", "milk"});
}

TEST_F(FaultsTest, ALostAnswerIsHeldForAPersonWithHold) {
  StartDaemon({.ambiguous = "hold"});
  backend().AddFault(Fault("lost_answer"));
  const v1::MutationResult create = app().Create("milk");
  const v1::Mutation held = app().WaitForState(create.mutation_id(), v1::MUTATION_STATE_HELD);
  EXPECT_EQ(held.hold_reason(), v1::HOLD_REASON_AMBIGUOUS);
  EXPECT_TRUE(held.may_have_been_sent());
  EXPECT_NE(held.explanation(), "");
  app().CreateSettled("bread");  // nothing waits for it

  daemon().Kill();
  daemon().Start();
  EXPECT_EQ(app().Mutation(create.mutation_id()).state(), v1::MUTATION_STATE_HELD);
  EXPECT_EQ(backend().CountsOf("addTodo").requested, 2);

  EXPECT_TRUE(app().TryDiscard(create.mutation_id()).ok());
  EXPECT_EQ(app().Mutation(create.mutation_id()).outcome(), v1::OUTCOME_DISCARDED);
  app().Sync();
  ExpectInView({"bread", "milk"});
  EXPECT_THAT(backend().Contents(), ElementsAre("bread", "milk"));
}

TEST_F(FaultsTest, APersonMaySendAHeldCreateAgain) {
  StartDaemon({.ambiguous = "hold"});
  backend().AddFault(Fault("stall"));
  daemon().Stop();
  daemon().Write({.ambiguous = "hold", .request_timeout = "500ms"});
  daemon().Start();
  const v1::MutationResult create = app().Create("milk");
  app().WaitForState(create.mutation_id(), v1::MUTATION_STATE_HELD);
  EXPECT_TRUE(app().TryRetry(create.mutation_id()).ok());
  app().WaitForState(create.mutation_id(), v1::MUTATION_STATE_SETTLED);
  EXPECT_THAT(backend().Contents(), ElementsAre("milk"));
  ExpectInView({"milk"});
}

TEST_F(FaultsTest, UpdatesAndDeletesAreSentAgainWithoutAsking) {
  StartDaemon({.ambiguous = "hold"});
  const std::string id = app().CreateSettled("milk");
  const std::string gone = app().CreateSettled("gone");
  for (const char* kind : {"lost_answer", "truncated", "lambda_error"}) {
    backend().AddFault(Fault(kind, "updateTodo"));
    const v1::MutationResult update = app().MutateAndSettle(UpdateOf(id, kind));
    EXPECT_EQ(update.settlement().outcome(), v1::OUTCOME_CONFIRMED) << kind;
    EXPECT_EQ(app().ContentAt(id), kind);
  }
  backend().AddFault(Fault("lost_answer", "deleteTodo"));
  EXPECT_EQ(app().MutateAndSettle(DeleteOf(gone)).settlement().outcome(), v1::OUTCOME_CONFIRMED);
  EXPECT_THAT(backend().Contents(), ElementsAre("lambda_error"));
}

TEST_F(FaultsTest, RetryAfterIsHonoured) {
  StartDaemon();
  app().Sync();
  backend().AddFault(Fault("status", "addTodo", R"(,"status":429,"headers":{"retry-after":"2"})"));
  const auto start = std::chrono::steady_clock::now();
  const v1::MutationResult create = app().Create("milk");
  v1::Mutation waiting;
  EXPECT_TRUE(Eventually([&] {
    waiting = app().Mutation(create.mutation_id());
    return waiting.has_last_error();
  }));
  EXPECT_EQ(waiting.last_error().error_class(), v1::ERROR_CLASS_THROTTLED)
      << waiting.ShortDebugString();
  EXPECT_EQ(waiting.last_error().http_status(), 429u);
  EXPECT_TRUE(Eventually([&] {
    waiting = app().Mutation(create.mutation_id());
    return waiting.has_next_attempt_at();
  }));
  app().WaitForOutboxEmpty();
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::seconds(2)) << "not before";
  EXPECT_THAT(backend().Contents(), ElementsAre("milk"));
  EXPECT_EQ(backend().CountsOf("addTodo").requested, 2);
}

TEST_F(FaultsTest, AForbiddenCallGoesToTheDeadLetters) {
  StartDaemon();
  const int64_t fault = backend().AddFault(
      R"({"kind":"status","status":403,"body":"<html>blocked</html>","operation":"addTodo"})");
  const v1::MutationResult result = app().MutateAndSettle(CreateOf("milk"));
  EXPECT_EQ(result.state(), v1::MUTATION_STATE_DEAD_LETTERED) << result.ShortDebugString();
  EXPECT_EQ(result.settlement().error().http_status(), 403u);
  EXPECT_EQ(backend().HitsOf(fault), 1) << "refused for good is not tried again";
  EXPECT_THAT(app().All(), IsEmpty());
}

TEST_F(FaultsTest, ARefusedApiKeyIsShownAndNothingIsDropped) {
  StartDaemon();
  app().CreateSettled("before");
  backend().AddFault(R"({"kind":"unauthorized"})");
  const v1::MutationResult create = app().Create("milk");
  const v1::Mutation held = app().WaitForState(create.mutation_id(), v1::MUTATION_STATE_HELD);
  EXPECT_EQ(held.hold_reason(), v1::HOLD_REASON_AUTH);
  EXPECT_THAT(app().Status().attention(), Not(IsEmpty()));
  EXPECT_EQ(app().ContentAt(create.document_id()), "milk") << "reads and writes go on";
  backend().ClearFaults();
  ExpectAtBackend({"before", "milk"});
  app().WaitForOutboxEmpty();
}

TEST_F(FaultsTest, AWrongApiKeyLosesNothing) {
  StartDaemon({.api_key = "da2-wrong"});
  const v1::MutationResult create = app().Create("milk");
  app().WaitForState(create.mutation_id(), v1::MUTATION_STATE_HELD);
  EXPECT_THAT(backend().Documents(), IsEmpty());
  daemon().Stop();
  daemon().Write({});
  daemon().Start();
  ExpectAtBackend({"milk"});
}

TEST_F(FaultsTest, ASilentBackendDoesNotHoldUpTheApi) {
  StartDaemon({.request_timeout = "1s"});
  app().CreateSettled("before");
  backend().AddFault(R"({"kind":"stall"})");
  for (int i = 0; i < 10; ++i) app().Create("todo " + std::to_string(i));
  EXPECT_THAT(app().All(), SizeIs(11));
  backend().ClearFaults();
  app().WaitForOutboxEmpty();
  EXPECT_THAT(backend().Documents(), SizeIs(11));
}

TEST_F(FaultsTest, OneBadDocumentDoesNotHoldUpOthers) {
  StartDaemon();
  const std::string bad = app().CreateSettled("bad");
  backend().AddFault(R"({"kind":"status","status":503,"operation":"updateTodo"})");
  const v1::MutationResult update = app().Mutate(UpdateOf(bad, "never"));
  for (int i = 0; i < 5; ++i) app().CreateSettled("good " + std::to_string(i));
  const v1::Mutation waiting = app().Mutation(update.mutation_id());
  EXPECT_NE(waiting.state(), v1::MUTATION_STATE_SETTLED);
  EXPECT_TRUE(waiting.has_last_error());
  EXPECT_EQ(app().ContentAt(bad), "never");
  backend().ClearFaults();
  app().WaitForOutboxEmpty();
  EXPECT_EQ(app().ContentAt(bad), "never");
}

TEST_F(FaultsTest, AFlappingBackendEndsInTheRightState) {
  StartListed({.request_timeout = "1s"});
  backend().AddFault(R"({"kind":"lost_answer","probability":0.2,"seed":7})");
  backend().AddFault(R"({"kind":"status","status":500,"probability":0.2,"seed":8})");
  backend().AddFault(R"({"kind":"refused","probability":0.2,"seed":9})");
  std::vector<std::string> expected;
  std::vector<std::string> ids;
  for (int i = 0; i < 30; ++i)
    ids.push_back(app().Create("todo " + std::to_string(i)).document_id());
  for (int i = 0; i < 30; i += 3) app().Mutate(DeleteOf(ids[static_cast<size_t>(i)]));
  for (int i = 1; i < 30; i += 3) {
    app().Mutate(UpdateOf(ids[static_cast<size_t>(i)], "changed " + std::to_string(i)));
    expected.push_back("changed " + std::to_string(i));
    expected.push_back("todo " + std::to_string(i + 1));
  }
  app().WaitForOutboxEmpty(std::chrono::seconds(60));
  backend().ClearFaults();
  ExpectAtBackend(expected);
  app().Sync();
  ExpectInView(expected);
  EXPECT_EQ(app().Status().outbox().dead_lettered(), 0u);
}

TEST_F(FaultsTest, FailuresAreInTheStatusInTheServersWords) {
  StartDaemon();
  backend().AddFault(
      R"({"kind":"lambda_error","operation":"listTodo","message":"the database is on holiday"})");
  app().TrySync();
  EXPECT_TRUE(Eventually([&] {
    const v1::DaemonStatus status = app().Status();
    return status.collections_size() == 1 &&
           status.collections(0).last_error().message().find("on holiday") != std::string::npos;
  })) << app().Status().ShortDebugString();
}

}  // namespace
}  // namespace tideover::e2e
