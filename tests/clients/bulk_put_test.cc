#include <set>

#include "cli/arguments.h"
#include "clients/cli_run.h"

namespace tideover::test {
namespace {

std::string Lines(int count) {
  std::string lines;
  for (int i = 1; i <= count; ++i) lines += "{\"n\":" + std::to_string(i) + "}\n";
  return lines;
}

TEST_F(CliTest, BulkPutWritesEveryLineOnce) {
  const CliResult result = Run({"put", "todos", "-"}, {.input = Lines(500)});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.out, "500 written\n");
  EXPECT_EQ(result.err, "");
  std::set<std::string> written;
  for (const auto& request : daemon_.mutate_requests) {
    ASSERT_EQ(request.operations_size(), 1);
    written.insert(request.operations(0).create().json());
  }
  EXPECT_EQ(daemon_.mutate_requests.size(), 500u);
  EXPECT_EQ(written.size(), 500u);
}

TEST_F(CliTest, BulkPutGivesEachLineAnIdOfItsOwn) {
  Run({"put", "todos", "-", "--mutation-id", "import"}, {.input = "{}\n\n  \n{}\n"});
  std::set<std::string> ids;
  for (const auto& request : daemon_.mutate_requests) {
    ids.insert(request.operations(0).mutation_id());
  }
  EXPECT_EQ(ids, (std::set<std::string>{"import-1", "import-4"}));
}

TEST_F(CliTest, BulkPutNamesTheLineThatFailsAndWritesTheOthers) {
  daemon_.refused_json = "oops";
  const CliResult result = Run({"put", "todos", "-"}, {.input = "{}\noops\n{}\n"});
  EXPECT_EQ(result.exit_code, cli::kExitFailed);
  EXPECT_EQ(result.out, "2 written, 1 failed\n");
  EXPECT_EQ(result.err, "line 2: error: no JSON object\nto do: write {\"field\": \"value\"}\n");
}

TEST_F(CliTest, BulkPutInJsonIsOneObjectPerLine) {
  const CliResult result = Run({"put", "todos", "-", "--json"}, {.input = "{}\n"});
  EXPECT_TRUE(result.out.starts_with(R"({"line":1,"result":{"mutation_id":"m-1",)")) << result.out;
  EXPECT_EQ(result.err, "");
}

TEST_F(CliTest, BulkPutFailsWhereTheServerRefuses) {
  daemon_.settlement.emplace();
  daemon_.settlement->set_outcome(v1::OUTCOME_REJECTED);
  daemon_.settlement->mutable_error()->set_message("no");
  const CliResult result = Run({"put", "todos", "-", "--wait"}, {.input = "{}\n"});
  EXPECT_EQ(result.exit_code, cli::kExitFailed);
  EXPECT_EQ(result.out, "0 applied by the server, 1 failed\n");
  EXPECT_TRUE(result.err.starts_with("line 1: id-1: refused by the server: no")) << result.err;
}

TEST(BulkPut, SaysOnceThatThereIsNoDaemonAndStops) {
  const CliResult result =
      RunCli({"put", "todos", "-"}, {.socket = "/nonexistent/s", .input = Lines(1000)});
  EXPECT_EQ(result.exit_code, cli::kExitUnreachable);
  EXPECT_EQ(result.err.find("error:"), result.err.rfind("error:")) << result.err;
}

TEST_F(CliTest, BulkPutShowsProgressOnATerminalAndWipesIt) {
  const CliResult result = Run({"put", "todos", "-"}, {.input = Lines(200), .err_terminal = true});
  EXPECT_NE(result.err.find("\r\033[K1 written, line "), std::string::npos) << result.err;
  EXPECT_TRUE(result.err.ends_with("\r\033[K")) << result.err;
}

}  // namespace
}  // namespace tideover::test
