#include "cli/arguments.h"
#include "clients/cli_run.h"

namespace tideover::test {
namespace {

class InvokeCommand : public CliTest {
 protected:
  InvokeCommand() {
    daemon_.invoke_result.set_mutation_id("m-1");
    daemon_.invoke_result.set_state(v1::MUTATION_STATE_QUEUED);
  }
};

TEST_F(InvokeCommand, QueuesACall) {
  const CliResult result = Run({"invoke", "archive", R"({"id":"a"})", "--mutation-id", "m-1"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.out, "archive: written here, queued (mutation m-1)\n");
  EXPECT_EQ(daemon_.invoke_request.operation(), "archive");
  EXPECT_EQ(daemon_.invoke_request.arguments_json(), R"({"id":"a"})");
  EXPECT_EQ(daemon_.invoke_request.mutation_id(), "m-1");
  EXPECT_EQ(daemon_.invoke_request.wait(), v1::WAIT_DURABLE);
}

TEST_F(InvokeCommand, PrintsTheAnswerWhenItWaits) {
  v1::Settlement* settlement = daemon_.invoke_result.mutable_settlement();
  settlement->set_outcome(v1::OUTCOME_CONFIRMED);
  settlement->set_result_json(R"({"archived":7})");
  const CliResult result = Run({"invoke", "archive", "{}", "--wait", "--scope", "s"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.out, "{\"archived\":7}\n");
  EXPECT_EQ(result.err, "archive: applied by the server\n");
  EXPECT_EQ(daemon_.invoke_request.wait(), v1::WAIT_SETTLED);
  EXPECT_EQ(daemon_.invoke_request.scope(), "s");
  const CliResult in_json = Run({"invoke", "archive", "-", "--wait", "--json"}, {.input = "{}"});
  EXPECT_NE(in_json.out.find(R"("result_json":{"archived":7})"), std::string::npos) << in_json.out;
}

TEST_F(InvokeCommand, FailsWhenTheServerRefuses) {
  v1::Settlement* settlement = daemon_.invoke_result.mutable_settlement();
  settlement->set_outcome(v1::OUTCOME_REJECTED);
  settlement->mutable_error()->set_message("no such list");
  const CliResult result = Run({"invoke", "archive", "{}", "--wait"});
  EXPECT_EQ(result.exit_code, cli::kExitFailed);
  EXPECT_NE(result.out.find("no such list"), std::string::npos) << result.out;
}

}  // namespace
}  // namespace tideover::test
