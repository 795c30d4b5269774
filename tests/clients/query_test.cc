#include "cli/arguments.h"
#include "clients/cli_run.h"

namespace tideover::test {
namespace {

TEST_F(CliTest, QueryPrintsATableOfTheFieldsWithoutTheIdTwice) {
  AddDocument("a", R"({"_id":"a","content":"milk","n":1.10})");
  AddDocument("b", R"({"_id":"b","content":"eggs","done":true})", true);
  const CliResult result = Run({"query", "todos"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.out,
            "ID     content  n     done\n"
            "a      milk     1.10\n"
            "b   *  eggs           true\n");
  EXPECT_EQ(result.err, "* not confirmed by the server yet\n2 documents, fetched never\n");
}

TEST_F(CliTest, QueryPassesFilterOrderAndPolicyOn) {
  Run({"query", "todos", "--filter", R"({"content":{"contains":"x"}})", "--order-by",
       "content desc, _id", "--policy", "network_first", "--page-token", "t", "--limit", "5"});
  ASSERT_EQ(daemon_.query_requests.size(), 1u);
  const v1::QueryRequest& request = daemon_.query_requests[0];
  EXPECT_EQ(request.filter(), R"({"content":{"contains":"x"}})");
  EXPECT_EQ(request.order_by(), "content desc, _id");
  EXPECT_EQ(request.policy(), v1::READ_POLICY_NETWORK_FIRST);
  EXPECT_EQ(request.page_token(), "t");
  EXPECT_EQ(request.page_size(), 5);
}

TEST_F(CliTest, QueryReadsAllPagesWhenAskedFor) {
  for (int i = 0; i < 2500; ++i) AddDocument("id" + std::to_string(10000 + i), "{}");
  const CliResult some = Run({"query", "todos"});
  EXPECT_EQ(daemon_.query_requests.size(), 1u);
  EXPECT_NE(some.err.find("there are more: --all, --limit, or --page-token id10099"),
            std::string::npos)
      << some.err;
  const CliResult all = Run({"query", "todos", "--all"});
  EXPECT_EQ(daemon_.query_requests.size(), 4u);
  EXPECT_EQ(all.err, "2500 documents, fetched never\n");
}

TEST_F(CliTest, QueryInJsonIsOnePageWithItsToken) {
  AddDocument("a", R"({"content":"milk"})");
  AddDocument("b", "{}");
  const CliResult result = Run({"query", "todos", "--limit", "1", "--json"});
  EXPECT_TRUE(result.out.starts_with(R"({"documents":[{"collection":"todos","id":"a",)"
                                     R"("json":{"content":"milk"},)"))
      << result.out;
  EXPECT_NE(result.out.find(R"("next_page_token":"a")"), std::string::npos) << result.out;
  EXPECT_EQ(result.err, "");
}

TEST_F(CliTest, QueryColoursOnlyATerminalThatWantsThem) {
  AddDocument("a", "{}");
  EXPECT_EQ(Run({"query", "todos"}).out.find('\033'), std::string::npos);
  EXPECT_NE(Run({"query", "todos"}, {.out_terminal = true}).out.find("\033[1mID"),
            std::string::npos);
  const CliOptions no_color = {.out_terminal = true, .variables = {{"NO_COLOR", "1"}}};
  EXPECT_EQ(Run({"query", "todos"}, no_color).out.find('\033'), std::string::npos);
  const CliOptions dumb = {.out_terminal = true, .variables = {{"TERM", "dumb"}}};
  EXPECT_EQ(Run({"query", "todos"}, dumb).out.find('\033'), std::string::npos);
}

TEST_F(CliTest, ADocumentCannotWriteToTheTerminal) {
  AddDocument("a",
              "{\"content\":\"\xC2\x9B"
              "2J\\u001b[2J\"}");
  const CliOptions terminal = {.out_terminal = true, .variables = {{"NO_COLOR", "1"}}};
  EXPECT_EQ(Run({"query", "todos"}, terminal).out.find('\033'), std::string::npos);
  EXPECT_EQ(Run({"get", "todos", "a"}, terminal).out.find("\xC2\x9B"), std::string::npos);
}

}  // namespace
}  // namespace tideover::test
