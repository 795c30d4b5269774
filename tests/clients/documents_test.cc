#include "cli/arguments.h"
#include "clients/cli_run.h"

namespace tideover::test {
namespace {

TEST_F(CliTest, GetPrintsTheDocument) {
  AddDocument("a", R"({"_id":"a","content":"milk"})");
  const CliResult result = Run({"get", "todos", "a", "--policy", "cache_only"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.out, "{\"_id\":\"a\",\"content\":\"milk\"}\n");
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(daemon_.get_request.policy(), v1::READ_POLICY_CACHE_ONLY);
}

TEST_F(CliTest, GetTellsPeopleWhatIsOptimisticAndStale) {
  AddDocument("a", "{}", true);
  daemon_.stale = true;
  const CliResult result = Run({"get", "todos", "a"});
  EXPECT_EQ(result.out, "{}\n");
  EXPECT_EQ(result.err, "not confirmed by the server yet: 1 pending\nmay be out of date\n");
}

TEST_F(CliTest, GetSaysTheNewIdOfAProvisionalOne) {
  AddDocument("a", "{}");
  daemon_.documents["todos"]["a"].set_id("server-id");
  EXPECT_EQ(Run({"get", "todos", "a"}).err, "its id is now server-id\n");
}

TEST_F(CliTest, GetEmbedsTheDocumentInJson) {
  AddDocument("a", R"({"n":1.10})");
  const CliResult result = Run({"get", "todos", "a", "--json"});
  EXPECT_EQ(result.out,
            R"({"document":{"collection":"todos","id":"a","json":{"n":1.10},"revision":"7",)"
            R"("pending":false,"pending_mutation_ids":[],"previous_id":"","provisional":false},)"
            R"("stale":false,"read_revision":"0"})"
            "\n");
  EXPECT_EQ(result.err, "");
}

TEST_F(CliTest, GetOfAMissingDocumentFailsWithARemedy) {
  const CliResult result = Run({"get", "todos", "a"});
  EXPECT_EQ(result.exit_code, cli::kExitFailed);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err,
            "error: todos has no document a\nto do: look for it with `tideover query todos`\n");
}

TEST_F(CliTest, ErrorsInJsonCarryCodeAndReason) {
  const CliResult result = Run({"get", "todos", "a", "--json"});
  EXPECT_EQ(result.exit_code, cli::kExitFailed);
  EXPECT_TRUE(result.err.starts_with(
      R"({"error":{"code":"NOT_FOUND","reason":"ERROR_REASON_DOCUMENT_NOT_FOUND","message":)"))
      << result.err;
}

TEST_F(CliTest, PutWithoutAnIdCreates) {
  const CliResult result = Run({"put", "todos", R"({"content":"milk"})"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.out, "id-1: written here, queued (mutation m-1)\n");
  ASSERT_EQ(daemon_.mutate_requests.size(), 1u);
  const v1::MutateRequest& request = daemon_.mutate_requests[0];
  EXPECT_EQ(request.wait(), v1::WAIT_DURABLE);
  EXPECT_EQ(request.operations(0).create().json(), R"({"content":"milk"})");
  EXPECT_FALSE(request.operations(0).has_if_revision());
}

TEST_F(CliTest, PutWithAnIdReplacesOrCreates) {
  Run({"put", "todos", "{}", "--id", "a", "--if-revision", "0", "--mutation-id", "mine"});
  ASSERT_EQ(daemon_.mutate_requests.size(), 1u);
  const v1::Operation& operation = daemon_.mutate_requests[0].operations(0);
  EXPECT_EQ(operation.document_id(), "a");
  EXPECT_EQ(operation.mutation_id(), "mine");
  EXPECT_TRUE(operation.has_replace());
  EXPECT_TRUE(operation.replace().upsert());
  ASSERT_TRUE(operation.has_if_revision());
  EXPECT_EQ(operation.if_revision(), 0u);
}

TEST_F(CliTest, PutInJsonIsTheResultOfTheOneMutation) {
  const CliResult result = Run({"--json", "put", "todos", "{}"});
  EXPECT_EQ(result.out, R"({"mutation_id":"m-1","seq":"1","document_id":"id-1","revision":"0",)"
                        R"("state":"MUTATION_STATE_QUEUED","repeated_call":false,)"
                        R"("hold_reason":"HOLD_REASON_UNSPECIFIED"})"
                        "\n");
}

TEST_F(CliTest, PutWaitsForTheServer) {
  daemon_.settlement.emplace();
  daemon_.settlement->set_outcome(v1::OUTCOME_CONFIRMED);
  daemon_.settlement->set_document_id("server-id");
  const CliResult result = Run({"put", "todos", "{}", "--wait", "--timeout", "7"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.out, "server-id: applied by the server\n");
  EXPECT_EQ(daemon_.mutate_requests[0].wait(), v1::WAIT_SETTLED);
  EXPECT_EQ(daemon_.mutate_requests[0].settle_timeout().seconds(), 7);
}

TEST_F(CliTest, ARefusalByTheServerFailsWithItsWords) {
  daemon_.settlement.emplace();
  daemon_.settlement->set_outcome(v1::OUTCOME_REJECTED);
  daemon_.settlement->mutable_error()->set_message("content is empty");
  const CliResult result = Run({"put", "todos", "{}", "--wait"});
  EXPECT_EQ(result.exit_code, cli::kExitFailed);
  EXPECT_EQ(result.out,
            "id-1: refused by the server: content is empty (see `tideover outbox show m-1`)\n");
}

TEST_F(CliTest, NotSettledInTimeFailsAndSaysThatItIsWritten) {
  const CliResult result = Run({"put", "todos", "{}", "--wait"});
  EXPECT_EQ(result.exit_code, cli::kExitFailed);
  EXPECT_EQ(result.out, "id-1: written here, queued (mutation m-1)\n");
}

TEST_F(CliTest, PatchSendsAMergePatch) {
  const CliResult result = Run({"patch", "todos", "a", R"({"done":true})", "--upsert"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.out, "a: written here, queued (mutation m-1)\n");
  const v1::Operation& operation = daemon_.mutate_requests[0].operations(0);
  EXPECT_EQ(operation.update().json(), R"({"done":true})");
  EXPECT_TRUE(operation.update().upsert());
}

TEST_F(CliTest, PatchReadsStandardInput) {
  Run({"patch", "todos", "a", "-", "--json"}, {.input = "{\n\"done\":true}\n"});
  EXPECT_EQ(daemon_.mutate_requests[0].operations(0).update().json(), "{\n\"done\":true}\n");
}

TEST_F(CliTest, RmDeletes) {
  AddDocument("a", "{}");
  const CliResult result = Run({"rm", "todos", "a", "--allow-missing"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.out, "a: written here, queued (mutation m-1)\n");
  EXPECT_TRUE(daemon_.mutate_requests[0].operations(0).delete_().allow_missing());
  EXPECT_TRUE(daemon_.documents["todos"].empty());
  EXPECT_TRUE(Run({"rm", "todos", "a", "--json"}).out.starts_with(R"({"mutation_id":"m-2")"));
}

TEST_F(CliTest, WritesBeforeSignInAreRefusedWithARemedy) {
  daemon_.failure = {grpc::StatusCode::UNAUTHENTICATED, "nobody is signed in"};
  const CliResult result = Run({"put", "todos", "{}"});
  EXPECT_EQ(result.exit_code, cli::kExitFailed);
  EXPECT_EQ(result.err, "error: nobody is signed in\nto do: sign in with `tideover login`\n");
}

TEST_F(CliTest, PatchCanAddAndRemoveInstead) {
  Run({"patch", "todos", "a", R"({"count":1})", "--increment"});
  EXPECT_EQ(daemon_.mutate_requests.back().operations(0).increment().json(), R"({"count":1})");
  Run({"patch", "todos", "a", R"({"tags":["x"]})", "--add-to-set"});
  EXPECT_EQ(daemon_.mutate_requests.back().operations(0).add_to_set().json(), R"({"tags":["x"]})");
  Run({"patch", "todos", "a", R"({"tags":["x"]})", "--remove"});
  EXPECT_EQ(daemon_.mutate_requests.back().operations(0).remove().json(), R"({"tags":["x"]})");
  EXPECT_EQ(Run({"patch", "todos", "a", "{}", "--remove", "--increment"}).exit_code,
            cli::kExitUsage);
}

}  // namespace
}  // namespace tideover::test
