// The command line as people and scripts use it: each command, in words and as JSON, and the exit
// codes. What it prints in detail is tests/clients' matter.
#include "base/json.h"
#include "e2e/e2e_test.h"

namespace tideover::e2e {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
constexpr int kExitUnreachable = 3;

class CliTest : public E2eTest {
 protected:
  void SetUp() override {
    E2eTest::SetUp();
    StartDaemon();
  }

  // Its standard output; it must succeed.
  std::string Run(std::vector<std::string> words, std::string input = "") {
    const std::string command = words.front();
    const support::Finished finished = daemon().Cli(std::move(words), std::move(input));
    EXPECT_EQ(finished.exit.code, 0) << command << ": " << finished.out << finished.err;
    return finished.out;
  }
  // The same with --json: the one object.
  json::Value RunJson(std::vector<std::string> words, std::string input = "") {
    words.insert(words.begin(), "--json");
    return Parsed(Run(std::move(words), std::move(input)));
  }
  // Its standard error; it must end with this code.
  std::string Fails(int code, std::vector<std::string> words) {
    const support::Finished finished = daemon().Cli(std::move(words));
    EXPECT_EQ(finished.exit.code, code) << finished.out << finished.err;
    return finished.err;
  }

  static json::Value Parsed(const std::string& line) {
    auto value = json::Parse(line.substr(0, line.find_last_not_of('\n') + 1));
    EXPECT_TRUE(value.ok()) << value.status() << "\n" << line;
    return value.ok() ? *std::move(value) : json::Value();
  }
  // The text at a JSON pointer, "-" when there is none.
  static std::string At(const json::Value& value, std::string_view pointer) {
    const json::Value* found = json::Resolve(value, pointer);
    if (found == nullptr) return "-";
    return found->is_string() || found->is_number() ? found->text() : json::Write(*found);
  }
  // Makes a to-do by the command line; its id.
  std::string Put(const std::string& content) {
    return At(RunJson({"put", "todos", TodoJson(content)}), "/document_id");
  }
  void GoOffline() { Run({"network", "offline"}); }
};

TEST_F(CliTest, PutGetQueryPatchRm) {
  const std::string said = Run({"put", "todos", TodoJson("milk"), "--wait"});
  EXPECT_THAT(said, Not(IsEmpty()));
  const std::string id = backend().Documents().at(0).id;
  EXPECT_THAT(said, HasSubstr(id));
  EXPECT_THAT(Run({"get", "todos", id}), HasSubstr("milk"));
  EXPECT_THAT(Run({"query", "todos"}), AllOf(HasSubstr("ID"), HasSubstr(id), HasSubstr("milk")));
  Run({"patch", "todos", id, TodoJson("bread"), "--wait"});
  EXPECT_THAT(backend().Contents(), ElementsAre("bread"));
  Run({"put", "todos", TodoJson("butter"), "--id", id, "--wait"});
  EXPECT_THAT(backend().Contents(), ElementsAre("butter"));
  Run({"rm", "todos", id, "--wait"});
  EXPECT_THAT(backend().Documents(), IsEmpty());
  EXPECT_THAT(Fails(kExitFailed, {"get", "todos", id}), HasSubstr(id));
  EXPECT_THAT(Fails(kExitFailed, {"rm", "todos", id}), HasSubstr(id));
  Run({"rm", "todos", id, "--allow-missing"});
}

TEST_F(CliTest, PutGetQueryPatchRmAsJson) {
  const json::Value put = RunJson({"put", "todos", TodoJson("milk"), "--wait"});
  const std::string id = At(put, "/document_id");
  EXPECT_EQ(At(put, "/state"), "MUTATION_STATE_SETTLED");
  EXPECT_EQ(At(put, "/settlement/outcome"), "OUTCOME_CONFIRMED");
  EXPECT_EQ(At(RunJson({"get", "todos", id}), "/document/json/content"), "milk");
  const json::Value query = RunJson({"query", "todos", "--filter", R"({"content":{"eq":"milk"}})"});
  EXPECT_EQ(At(query, "/documents/0/json/content"), "milk");
  EXPECT_EQ(At(query, "/documents/1"), "-");
  EXPECT_EQ(At(RunJson({"patch", "todos", id, TodoJson("bread")}), "/document_id"), id);
  EXPECT_EQ(At(RunJson({"rm", "todos", id, "--wait"}), "/state"), "MUTATION_STATE_SETTLED");
  const json::Value error = Parsed(Fails(kExitFailed, {"--json", "get", "todos", id}));
  EXPECT_EQ(At(error, "/error/code"), "NOT_FOUND");
  EXPECT_EQ(At(error, "/error/reason"), "ERROR_REASON_DOCUMENT_NOT_FOUND");
  EXPECT_NE(At(error, "/error/message"), "");
}

TEST_F(CliTest, NumbersComeOutAsTheyWentIn) {
  MakeDaemon({.schema = false,
              .list = R"({ field = "listTodo", arguments = [], items = "/todoList", )"
                      R"(select = "statusCode todoList { _id content }" })",
              .create = R"({ field = "addTodo", arguments = ["content: String!", "n: Float"], )"
                        R"(document = "/todo", select = "statusCode todo { _id content }" })",
              .update = R"({ field = "updateTodo", arguments = ["_id: String!", )"
                        R"("content: String!"], select = "statusCode" })",
              .remove = R"({ field = "deleteTodo", arguments = ["_id: String!"], )"
                        R"(select = "statusCode" })"})
      .Start();
  GoOffline();
  const std::string id =
      At(RunJson({"put", "todos", R"({"content":"n","n":9007199254740993})"}), "/document_id");
  EXPECT_THAT(Run({"get", "todos", id}), HasSubstr("9007199254740993"));
  EXPECT_EQ(At(RunJson({"get", "todos", id}), "/document/json/n"), "9007199254740993");
}

TEST_F(CliTest, PutManyFromStandardInput) {
  std::string lines;
  for (int i = 0; i < 50; ++i) lines += TodoJson("todo " + std::to_string(i)) + "\n";
  EXPECT_THAT(Run({"put", "todos", "-", "--wait", "--mutation-id", "bulk"}, lines),
              HasSubstr("50"));
  EXPECT_EQ(backend().Documents().size(), 50u);
  Run({"put", "todos", "-", "--mutation-id", "bulk"}, lines);
  EXPECT_EQ(app().All().size(), 50u) << "repeating writes nothing twice";
  const support::Finished one_bad =
      daemon().Cli({"put", "todos", "-"}, TodoJson("good") + "\n{bad\n" + TodoJson("fine") + "\n");
  EXPECT_EQ(one_bad.exit.code, kExitFailed);
  EXPECT_THAT(one_bad.err, HasSubstr("line 2"));
  EXPECT_EQ(app().All().size(), 52u);
}

TEST_F(CliTest, StatusInWordsAndAsJson) {
  Put("milk");
  app().WaitForOutboxEmpty();
  EXPECT_THAT(Run({"status"}),
              AllOf(HasSubstr("tideoverd"), HasSubstr("online"), HasSubstr("todos"),
                    HasSubstr(backend().ready().graphql_url), HasSubstr("outbox")));
  const json::Value status = RunJson({"status"});
  EXPECT_EQ(At(status, "/pid"), std::to_string(daemon().process().pid()));
  EXPECT_EQ(At(status, "/network/state"), "NETWORK_STATE_ONLINE");
  EXPECT_EQ(At(status, "/collections/0/collection"), "todos");
  EXPECT_EQ(At(status, "/outbox/queued"), "0");
}

TEST_F(CliTest, NetworkModesArePausedShownAndResumed) {
  EXPECT_THAT(Run({"network", "offline"}), AllOf(HasSubstr("offline"), HasSubstr("forced")));
  Put("milk");
  EXPECT_THAT(Run({"status"}), AllOf(HasSubstr("forced"), HasSubstr("1 paused")));
  EXPECT_THAT(Run({"outbox", "ls"}), HasSubstr("paused"));
  EXPECT_THAT(Fails(kExitFailed, {"sync", "--wait"}), Not(IsEmpty()));
  EXPECT_EQ(At(RunJson({"network"}), "/setting"), "NETWORK_SETTING_OFFLINE");
  EXPECT_THAT(Run({"network", "online"}), HasSubstr("setting online"));
  ExpectAtBackend({"milk"});
  EXPECT_EQ(At(RunJson({"network", "auto"}), "/setting"), "NETWORK_SETTING_AUTO");
  EXPECT_THAT(Fails(kExitUsage, {"network", "sideways"}), HasSubstr("sideways"));
}

TEST_F(CliTest, OutboxListShowRetryDiscard) {
  backend().AddFault(R"({"kind":"status_in_data","operation":"addTodo","times":2})");
  const support::Finished refused = daemon().Cli({"put", "todos", TodoJson("milk"), "--wait"});
  EXPECT_EQ(refused.exit.code, kExitFailed) << "refused by the server";
  EXPECT_EQ(daemon().Cli({"put", "todos", TodoJson("bread"), "--wait"}).exit.code, kExitFailed);
  EXPECT_THAT(Run({"outbox", "ls"}), AllOf(HasSubstr("dead-lettered"), HasSubstr("create")));
  const json::Value list = RunJson({"outbox", "ls", "--state", "dead-lettered"});
  const std::string milk = At(list, "/mutations/0/mutation_id");
  const std::string bread = At(list, "/mutations/1/mutation_id");
  EXPECT_EQ(At(list, "/counts/dead_lettered"), "2");
  EXPECT_EQ(At(list, "/mutations/0/patch_json/content"), "milk");
  EXPECT_THAT(Run({"outbox", "show", milk}),
              AllOf(HasSubstr("dead-lettered"), HasSubstr("milk"), HasSubstr("400")));
  EXPECT_EQ(At(RunJson({"outbox", "show", milk}), "/outcome"), "OUTCOME_REJECTED");

  EXPECT_THAT(Run({"outbox", "retry", milk}), HasSubstr("1 mutation"));
  ExpectAtBackend({"milk"});
  EXPECT_EQ(At(RunJson({"outbox", "discard", bread}), "/count"), "1");
  EXPECT_EQ(At(RunJson({"outbox", "ls"}), "/mutations"), "[]");
  EXPECT_EQ(At(RunJson({"outbox", "show", bread}), "/outcome"), "OUTCOME_DISCARDED");

  Fails(kExitUsage, {"outbox", "discard"});
  Fails(kExitFailed, {"outbox", "discard", "nothing"});
  Fails(kExitUsage, {"outbox", "ls", "--state", "sideways"});
}

TEST_F(CliTest, OutboxDiscardsByState) {
  GoOffline();
  Put("milk");
  Put("bread");
  EXPECT_EQ(
      At(RunJson({"outbox", "discard", "--state", "paused", "--collection", "todos"}), "/count"),
      "2");
  EXPECT_THAT(app().All(), IsEmpty());
  Run({"network", "auto"});
  EXPECT_THAT(backend().Documents(), IsEmpty());
}

TEST_F(CliTest, SyncFetches) {
  backend().Insert("another's");
  EXPECT_THAT(Run({"sync", "--wait"}), HasSubstr("todos"));
  EXPECT_THAT(app().Contents(), ElementsAre("another's"));
  backend().Insert("one more");
  EXPECT_EQ(At(RunJson({"sync", "todos", "--full", "--wait"}), "/collections/0/documents"), "2");
  Run({"sync"});
  Fails(kExitFailed, {"sync", "nothing"});
  Fails(kExitUsage, {"sync", "--full", "--delta"});
}

TEST_F(CliTest, WatchShowsSnapshotChangesAndTheSwapOfIds) {
  Run({"put", "todos", TodoJson("milk"), "--wait"});
  app().Sync();
  EXPECT_THAT(Run({"watch", "todos", "--snapshot"}), StartsWith("= "));
  GoOffline();
  support::Process watch({.words = {TIDEOVER_PATH, "watch", "todos"},
                          .environment = {{"TIDEOVER_SOCKET", daemon().socket()}}});
  ASSERT_TRUE(watch.WaitForLine("= ").has_value()) << watch.err();
  const std::string provisional = Put("bread");
  const auto change = watch.WaitForLine("~ " + provisional);
  ASSERT_TRUE(change.has_value());
  EXPECT_THAT(*change, AllOf(HasSubstr("*"), HasSubstr("bread")));
  Run({"network", "auto"});
  const auto swap = watch.WaitForLine("> " + provisional + " is now ");
  ASSERT_TRUE(swap.has_value()) << watch.out();
  Run({"rm", "todos", *swap});
  EXPECT_TRUE(watch.WaitForLine("- " + *swap + " deleted").has_value()) << watch.out();
  watch.Signal(SIGINT);
  watch.Wait();
}

TEST_F(CliTest, WatchAsJson) {
  Run({"put", "todos", TodoJson("milk"), "--wait"});
  const std::string lines = Run({"--json", "watch", "todos", "--snapshot"});
  EXPECT_EQ(At(Parsed(lines.substr(0, lines.find('\n'))), "/snapshot/documents/0/json/content"),
            "milk");
}

TEST_F(CliTest, WhoamiAndVersion) {
  EXPECT_THAT(Run({"whoami"}), HasSubstr("no sign-in needed"));
  EXPECT_EQ(At(RunJson({"whoami"}), "/state"), "IDENTITY_STATE_NOT_NEEDED");
  EXPECT_THAT(Run({"version"}), AllOf(HasSubstr("tideover "), HasSubstr("tideoverd ")));
  const json::Value version = RunJson({"version"});
  EXPECT_EQ(At(version, "/client"), At(version, "/daemon"));
  Fails(kExitFailed, {"login", "alice", "--password-stdin"});
}

TEST_F(CliTest, LoginWhoamiLogout) {
  MakeDaemon({.cognito = true}).Start();
  EXPECT_THAT(Fails(kExitFailed, {"query", "todos"}), HasSubstr("sign"));
  EXPECT_EQ(At(RunJson({"whoami"}), "/state"), "IDENTITY_STATE_SIGNED_OUT");
  const std::string alice = backend().ready().username;
  const support::Finished wrong = daemon().Cli({"login", alice, "--password-stdin"}, "Wrong-1!\n");
  EXPECT_EQ(wrong.exit.code, kExitFailed);
  EXPECT_THAT(wrong.err, Not(HasSubstr("Wrong-1!")));
  EXPECT_THAT(Run({"login", alice, "--password-stdin"}, backend().ready().password + "\n"),
              HasSubstr(alice));
  EXPECT_THAT(Run({"whoami"}), AllOf(HasSubstr(alice), HasSubstr("signed in")));
  GoOffline();
  Put("milk");
  EXPECT_THAT(Fails(kExitFailed, {"logout"}), HasSubstr("--flush"));
  Fails(kExitUsage, {"logout", "--keep", "--wipe"});
  EXPECT_THAT(Run({"logout", "--keep"}), HasSubstr("signed out"));
  EXPECT_EQ(At(RunJson({"whoami"}), "/state"), "IDENTITY_STATE_SIGNED_OUT");
  const json::Value again =
      RunJson({"login", alice, "--password-stdin"}, backend().ready().password + "\n");
  EXPECT_EQ(At(again, "/state"), "IDENTITY_STATE_SIGNED_IN");
  Run({"network", "auto"});
  ExpectAtBackend({"milk"});
  Run({"logout", "--flush"});
}

TEST_F(CliTest, BadInputIsExplained) {
  EXPECT_THAT(Fails(kExitFailed, {"put", "todos", "{"}), Not(IsEmpty()));
  EXPECT_THAT(Fails(kExitFailed, {"put", "todos", R"({"a":1,"a":2})"}), HasSubstr("a"));
  EXPECT_THAT(Fails(kExitFailed, {"put", "todos", "{\"content\":\"\xff\"}"}), HasSubstr("UTF-8"));
  EXPECT_THAT(Fails(kExitFailed, {"put", "nothing", "{}"}), HasSubstr("nothing"));
  EXPECT_THAT(Fails(kExitFailed, {"get", "todos", std::string(256, 'i')}), HasSubstr("255"));
  const json::Value error = Parsed(
      Fails(kExitFailed, {"--json", "query", "todos", "--filter", R"({"content":{"like":"x"}})"}));
  EXPECT_EQ(At(error, "/error/reason"), "ERROR_REASON_INVALID_FILTER");
  EXPECT_THAT(At(error, "/error/message"), HasSubstr("/content/like")) << "where it is wrong";
}

TEST_F(CliTest, WrongUsageIsTwoAndNobodyThereIsThree) {
  Fails(kExitUsage, {"sideways"});
  Fails(kExitUsage, {"get", "todos"});
  Fails(kExitUsage, {"query", "todos", "--sideways"});
  Fails(kExitUsage, {"query", "todos", "--policy", "sideways"});
  const support::Finished nothing = daemon().Cli({});
  EXPECT_EQ(nothing.exit.code, kExitUsage);
  EXPECT_EQ(daemon().Cli({"--help"}).exit.code, 0);
  daemon().Stop();
  EXPECT_THAT(Fails(kExitUnreachable, {"status"}), HasSubstr("tideoverd"));
  EXPECT_EQ(At(Parsed(Fails(kExitUnreachable, {"--json", "status"})), "/error/code"),
            "UNAVAILABLE");
  EXPECT_EQ(At(RunJson({"version"}), "/daemon"), "null");
}

TEST_F(CliTest, WaitingThatIsInVainEndsWithOneAndTheWriteStays) {
  GoOffline();
  const support::Finished waited =
      daemon().Cli({"put", "todos", TodoJson("milk"), "--wait", "--timeout", "1"});
  EXPECT_EQ(waited.exit.code, kExitFailed);
  EXPECT_THAT(app().Contents(), ElementsAre("milk"));
}

}  // namespace
}  // namespace tideover::e2e
