#include "cli/command_line.h"

#include <unistd.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "clients/cli_run.h"

namespace tideover::test {
namespace {

// The least that each command needs. A new command has to be added here.
const std::map<std::string_view, std::vector<std::string>> kWords = {
    {"status", {"status"}},
    {"get", {"get", "todos", "a"}},
    {"query", {"query", "todos"}},
    {"put", {"put", "todos", "{}"}},
    {"patch", {"patch", "todos", "a", "{}"}},
    {"rm", {"rm", "todos", "a"}},
    {"invoke", {"invoke", "archive", "{}"}},
    {"watch", {"watch", "todos"}},
    {"outbox ls", {"outbox", "ls"}},
    {"outbox show", {"outbox", "show", "m-1"}},
    {"outbox retry", {"outbox", "retry", "m-1"}},
    {"outbox discard", {"outbox", "discard", "m-1"}},
    {"outbox edit", {"outbox", "edit", "m-1", "{}"}},
    {"outbox hold", {"outbox", "hold", "m-1"}},
    {"outbox release", {"outbox", "release", "m-1"}},
    {"outbox export", {"outbox", "export"}},
    {"conflicts ls", {"conflicts", "ls"}},
    {"conflicts show", {"conflicts", "show", "m-1"}},
    {"conflicts resolve", {"conflicts", "resolve", "m-1", "--ours"}},
    {"sync", {"sync"}},
    {"invalidate", {"invalidate"}},
    {"events", {"events"}},
    {"network", {"network", "auto"}},
    {"login", {"login", "alice", "--password-stdin"}},
    {"logout", {"logout"}},
    {"whoami", {"whoami"}},
    {"version", {"version"}},
};

CliOptions NoDaemon() {
  return {.socket = "/nonexistent/" + std::to_string(::getpid()) + "/tideover.sock",
          .input = "secret\n"};
}

TEST(CommandLine, EveryCommandExitsWith3WithoutADaemon) {
  for (const cli::Command& command : cli::Commands()) {
    SCOPED_TRACE(command.name);
    ASSERT_TRUE(kWords.contains(command.name));
    if (command.name == "version") continue;
    const CliResult result = RunCli(kWords.at(command.name), NoDaemon());
    EXPECT_EQ(result.exit_code, cli::kExitUnreachable);
    EXPECT_EQ(result.out, "");
    EXPECT_NE(result.err.find("tideoverd is not running"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("to do: start it"), std::string::npos) << result.err;
  }
}

TEST(CommandLine, EveryCommandSaysSoInJsonToo) {
  for (const auto& [name, words] : kWords) {
    SCOPED_TRACE(name);
    if (name == "version") continue;
    std::vector<std::string> with_json = words;
    with_json.emplace_back("--json");
    const CliResult result = RunCli(with_json, NoDaemon());
    EXPECT_EQ(result.exit_code, cli::kExitUnreachable);
    EXPECT_EQ(result.out, "");
    EXPECT_TRUE(result.err.starts_with(R"({"error":{"code":"UNAVAILABLE",)")) << result.err;
  }
}

TEST(CommandLine, VersionNeedsNoDaemon) {
  const CliResult result = RunCli({"version"}, NoDaemon());
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_NE(result.out.find("tideoverd (not reachable)"), std::string::npos) << result.out;
  EXPECT_NE(RunCli({"version", "--json"}, NoDaemon()).out.find(R"("daemon":null)"),
            std::string::npos);
}

TEST(CommandLine, EveryCommandRefusesAnUnknownOptionWith2) {
  for (const auto& [name, words] : kWords) {
    SCOPED_TRACE(name);
    std::vector<std::string> wrong = words;
    wrong.emplace_back("--no-such-option");
    const CliResult result = RunCli(wrong, NoDaemon());
    EXPECT_EQ(result.exit_code, cli::kExitUsage);
    EXPECT_EQ(result.out, "");
    EXPECT_NE(result.err.find("--no-such-option"), std::string::npos) << result.err;
  }
}

TEST(CommandLine, MissingArgumentsAreWrongUsage) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"no-such-command"},
      {"get", "todos"},
      {"put", "todos"},
      {"patch", "todos", "a"},
      {"rm", "todos"},
      {"outbox"},
      {"outbox", "show"},
      {"outbox", "retry"},
      {"outbox", "discard"},
      {"outbox", "ls", "--state", "lost"},
      {"network", "sometimes"},
      {"login"},
      {"login", "alice"},  // no terminal to ask on, and no --password-stdin
      {"logout", "--keep", "--wipe"},
      {"sync", "--full", "--delta"},
      {"query", "todos", "--policy", "never"},
      {"query", "todos", "--limit", "many"},
      {"put", "todos", "-", "--id", "a"},
      {"put", "todos", "{}", "--wait", "--timeout", "0"},
      {"watch", "todos", "--id", "a", "--filter", "{}"},
  };
  for (const auto& words : wrong) {
    SCOPED_TRACE(::testing::PrintToString(words));
    const CliResult result = RunCli(words, NoDaemon());
    EXPECT_EQ(result.exit_code, cli::kExitUsage);
    EXPECT_EQ(result.out, "");
    EXPECT_NE(result.err, "");
  }
}

TEST(CommandLine, HelpIsAnAnswer) {
  const CliResult result = RunCli({"--help"}, NoDaemon());
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  for (const char* word : {"status", "outbox", "watch", "--json", "--socket"}) {
    EXPECT_NE(result.out.find(word), std::string::npos) << word;
  }
  EXPECT_EQ(RunCli({"outbox", "discard", "--help"}, NoDaemon()).exit_code, cli::kExitOk);
}

TEST(CommandLine, PasswordsAreNoArguments) {
  EXPECT_EQ(RunCli({"login", "alice", "secret"}, NoDaemon()).exit_code, cli::kExitUsage);
}

TEST_F(CliTest, TheSocketOptionWinsOverTheEnvironmentBeforeAndAfterTheCommand) {
  const CliOptions elsewhere = NoDaemon();
  const std::string socket = daemon_.socket_path();
  EXPECT_EQ(RunCli({"--socket", socket, "whoami"}, elsewhere).exit_code, cli::kExitOk);
  EXPECT_EQ(RunCli({"whoami", "--socket", socket}, elsewhere).exit_code, cli::kExitOk);
}

TEST_F(CliTest, ADaemonThatIsStoppingCountsAsNotReachable) {
  daemon_.failure = MakeError(grpc::StatusCode::UNAVAILABLE, v1::ERROR_REASON_SHUTTING_DOWN,
                              "tideoverd is stopping", "repeat when it is back");
  EXPECT_EQ(Run({"status"}).exit_code, cli::kExitUnreachable);
}

TEST_F(CliTest, AnUnreachableBackendIsAFailureNotAMissingDaemon) {
  daemon_.failure = MakeError(grpc::StatusCode::UNAVAILABLE, v1::ERROR_REASON_BACKEND_UNREACHABLE,
                              "the backend does not answer", "try later");
  const CliResult result = Run({"sync", "--wait"});
  EXPECT_EQ(result.exit_code, cli::kExitFailed);
  EXPECT_EQ(result.err, "error: the backend does not answer\nto do: try later\n");
}

}  // namespace
}  // namespace tideover::test
