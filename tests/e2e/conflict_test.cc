// Conflicts end to end: a backend that keeps versions, as AppSync does with conflict detection, a
// daemon that was offline, and somebody else who wrote meanwhile.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "e2e/app.h"
#include "e2e/daemon_run.h"
#include "e2e/versioned.h"
#include "support/eventually.h"
#include "support/http_call.h"
#include "support/process.h"

namespace tideover::e2e {
namespace {

using support::Eventually;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string ConfigOf(const std::string& url, const std::string& mode) {
  return VersionedConfig(
      url, fmt::format(R"(
conflict = "{0}"
{1}
increment = {{ field = "countTodo", arguments = ["_id: ID!", "count: Int!"], select = "{2}" }}
)",
                       mode, mode == "merge" ? "prefer = \"client\"" : "", kVersionedMembers));
}

class ConflictTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto url = backend_.WaitForLine("READY ");
    ASSERT_TRUE(url.has_value()) << backend_.err();
    url_ = *url;
  }
  void TearDown() override {
    if (HasFailure()) ADD_FAILURE() << "what the daemon said:\n" << daemon_.process().err();
    backend_.Kill();
  }

  // A daemon that knows one to-do, {"content":"milk","note":"n"}, and is offline.
  void StartOffline(const std::string& mode) {
    daemon_.WriteText(ConfigOf(url_, mode));
    daemon_.Start();
    v1::Operation create = CreateOf("milk");
    create.mutable_create()->set_json(R"({"content":"milk","note":"n","count":1})");
    id_ = app().MutateAndSettle(create).document_id();
    app().WaitForOutboxEmpty();
    app().SetNetwork(v1::NETWORK_SETTING_OFFLINE);
  }
  void GoOnline() { app().SetNetwork(v1::NETWORK_SETTING_AUTO); }
  App& app() { return daemon_.app(); }

  // What another client does.
  void Call(const std::string& fields) {
    json::Value body = json::Value::Object();
    body.Set("query", json::Value::String("mutation { " + fields + " }"));
    EXPECT_EQ(support::HttpCall("POST", url_, json::Write(body)).status, 200);
  }
  void ForeignWrite(const std::string& member, const std::string& text) {
    Call(fmt::format(R"(updateTodo(_id: "{}", {}: "{}"))", id_, member, text));
  }
  // The one document of the backend; null when there is none.
  json::Value AtBackend() {
    const support::HttpAnswer answer =
        support::HttpCall("POST", url_, R"({"query":"query { listTodo }"})");
    const auto parsed = json::Parse(answer.body);
    EXPECT_TRUE(parsed.ok()) << answer.body;
    const auto& items = parsed->Find("data")->Find("listTodo")->Find("items")->elements();
    return items.empty() ? json::Value() : items.front();
  }
  void ExpectEverywhere(const std::string& content, const std::string& note) {
    EXPECT_EQ(TextIn(AtBackend(), "content"), content);
    EXPECT_EQ(TextIn(AtBackend(), "note"), note);
    app().Sync();
    const auto shown = app().Get(id_);
    ASSERT_TRUE(shown.has_value());
    const auto view = json::Parse(shown->json());
    EXPECT_EQ(TextIn(*view, "content"), content);
    EXPECT_EQ(TextIn(*view, "note"), note);
    EXPECT_FALSE(shown->pending());
  }
  static std::string TextIn(const json::Value& document, std::string_view member) {
    const json::Value* value = document.is_null() ? nullptr : document.Find(member);
    return value != nullptr && value->is_string() ? value->text() : "";
  }
  v1::Mutation OfflineUpdateAgainst(const std::string& member, const std::string& text,
                                    v1::MutationState state) {
    const v1::MutationResult update = app().Mutate(UpdateOf(id_, "oat milk"));
    ForeignWrite(member, text);
    GoOnline();
    return app().WaitForState(update.mutation_id(), state);
  }

  support::Process backend_{
      support::ProcessOptions{.words = {"node", TIDEOVER_E2E_DIR "/versioned.mjs"}}};
  std::string url_;
  std::string id_;
  DaemonRun daemon_{BackendReady()};
};

TEST_F(ConflictTest, LastWriteWinsIsWrittenOnTopOfTheirs) {
  StartOffline("last_write_wins");
  OfflineUpdateAgainst("content", "theirs", v1::MUTATION_STATE_SETTLED);
  ExpectEverywhere("oat milk", "n");
}

TEST_F(ConflictTest, OptimisticConcurrencyLeavesTheirsAndADeadLetterWithBothSides) {
  StartOffline("optimistic_concurrency");
  const v1::Mutation letter =
      OfflineUpdateAgainst("content", "theirs", v1::MUTATION_STATE_DEAD_LETTERED);
  EXPECT_THAT(letter.patch_json(), HasSubstr("oat milk"));
  EXPECT_THAT(letter.server_document_json(), HasSubstr("theirs"));
  ExpectEverywhere("theirs", "n");
}

// No conflict, though others wrote meanwhile: the backend adds.
TEST_F(ConflictTest, ASumIsAddedAtTheBackend) {
  StartOffline("optimistic_concurrency");
  v1::Operation add;
  add.set_collection("todos");
  add.set_document_id(id_);
  add.mutable_increment()->set_json(R"({"count":2})");
  const v1::MutationResult ours = app().Mutate(add);
  Call(fmt::format(R"(countTodo(_id: "{}", count: 10))", id_));
  GoOnline();
  app().WaitForState(ours.mutation_id(), v1::MUTATION_STATE_SETTLED);
  EXPECT_EQ(AtBackend().Find("count")->AsInt64(), 13);
  app().Sync();
  EXPECT_EQ(json::Parse(app().Get(id_)->json())->Find("count")->AsInt64(), 13);
}

TEST_F(ConflictTest, MergeKeepsWhatBothChanged) {
  StartOffline("merge");
  OfflineUpdateAgainst("note", "theirs", v1::MUTATION_STATE_SETTLED);
  ExpectEverywhere("oat milk", "theirs");
}

TEST_F(ConflictTest, MergePrefersOursWhereBothWrote) {
  StartOffline("merge");
  OfflineUpdateAgainst("content", "theirs", v1::MUTATION_STATE_SETTLED);
  ExpectEverywhere("oat milk", "n");
}

TEST_F(ConflictTest, ManualIsHeldUntilAPersonDecides) {
  StartOffline("manual");
  const v1::Mutation held = OfflineUpdateAgainst("content", "theirs", v1::MUTATION_STATE_HELD);
  EXPECT_EQ(held.hold_reason(), v1::HOLD_REASON_CONFLICT);
  daemon_.Restart();
  const support::Finished shown = daemon_.Cli({"conflicts", "show", held.mutation_id()});
  EXPECT_THAT(shown.out, HasSubstr("theirs"));
  EXPECT_THAT(shown.out, HasSubstr("oat milk"));
  const support::Finished decided =
      daemon_.Cli({"conflicts", "resolve", held.mutation_id(), "--merged",
                   R"({"_id":")" + id_ + R"(","content":"both","note":"n","count":1})"});
  EXPECT_EQ(decided.exit.code, 0) << decided.err;
  app().WaitForOutboxEmpty();
  ExpectEverywhere("both", "n");
}

TEST_F(ConflictTest, TheirsCanBeKept) {
  StartOffline("manual");
  const v1::Mutation held = OfflineUpdateAgainst("content", "theirs", v1::MUTATION_STATE_HELD);
  EXPECT_EQ(daemon_.Cli({"conflicts", "resolve", held.mutation_id(), "--theirs"}).exit.code, 0);
  app().WaitForOutboxEmpty();
  ExpectEverywhere("theirs", "n");
}

TEST_F(ConflictTest, AHandlerAnswersForItsCollection) {
  StartOffline("handler");
  const v1::MutationResult update = app().Mutate(UpdateOf(id_, "oat milk"));
  ForeignWrite("content", "theirs");
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  const auto stream = app().connection().outbox().AnswerConflicts(&context);
  v1::AnswerConflictsRequest request;
  request.set_collection(kTodos);
  ASSERT_TRUE(stream->Write(request));
  GoOnline();
  v1::AnswerConflictsResponse question;
  ASSERT_TRUE(stream->Read(&question));
  EXPECT_EQ(question.mutation().mutation_id(), update.mutation_id());
  request.set_mutation_id(update.mutation_id());
  request.mutable_resolution()->set_merged_json(R"({"_id":")" + id_ +
                                                R"(","content":"handled","note":"n","count":1})");
  ASSERT_TRUE(stream->Write(request));
  app().WaitForState(update.mutation_id(), v1::MUTATION_STATE_SETTLED);
  context.TryCancel();
  while (stream->Read(&question)) {
  }
  (void)stream->Finish();
  ExpectEverywhere("handled", "n");
}

TEST_F(ConflictTest, IncrementsOfBothSidesCount) {
  StartOffline("last_write_wins");
  const support::Finished added =
      daemon_.Cli({"patch", kTodos, id_, R"({"count":2})", "--increment"});
  EXPECT_EQ(added.exit.code, 0) << added.err;
  Call(fmt::format(R"(updateTodo(_id: "{}", count: 10))", id_));
  GoOnline();
  app().WaitForOutboxEmpty();
  EXPECT_EQ(AtBackend().Find("count")->AsInt64(), 12);
}

TEST_F(ConflictTest, AnUpdateOfWhatOthersDeletedBecomesADeadLetter) {
  StartOffline("optimistic_concurrency");
  const v1::MutationResult update = app().Mutate(UpdateOf(id_, "oat milk"));
  Call(fmt::format(R"(deleteTodo(_id: "{}"))", id_));
  GoOnline();
  app().WaitForState(update.mutation_id(), v1::MUTATION_STATE_DEAD_LETTERED);
  EXPECT_TRUE(AtBackend().is_null());
  app().Sync();
  EXPECT_THAT(app().All(), IsEmpty());
  EXPECT_THAT(app().Mutations({v1::MUTATION_STATE_DEAD_LETTERED}), SizeIs(1));
}

}  // namespace
}  // namespace tideover::e2e
