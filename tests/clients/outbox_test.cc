#include "cli/arguments.h"
#include "clients/cli_run.h"

namespace tideover::test {
namespace {

class OutboxCommand : public CliTest {
 protected:
  OutboxCommand() {
    v1::Mutation refused;
    refused.set_mutation_id("m-1");
    refused.set_seq(1);
    refused.set_collection("todos");
    refused.set_document_id("a");
    refused.set_kind(v1::MUTATION_KIND_UPDATE);
    refused.set_state(v1::MUTATION_STATE_DEAD_LETTERED);
    refused.set_outcome(v1::OUTCOME_REJECTED);
    refused.set_attempts(2);
    refused.set_may_have_been_sent(true);
    refused.mutable_created_at()->set_seconds(kRunSeconds - 120);
    refused.mutable_last_error()->set_message("content is empty");
    refused.mutable_last_error()->set_http_status(200);
    refused.mutable_last_error()->set_error_type("ValidationError");
    refused.set_patch_json(R"({"content":""})");
    refused.set_base_json(R"({"content":"milk"})");
    v1::Mutation held;
    held.set_mutation_id("m-2");
    held.set_seq(2);
    held.set_collection("todos");
    held.set_document_id("a");
    held.set_kind(v1::MUTATION_KIND_DELETE);
    held.set_state(v1::MUTATION_STATE_HELD);
    held.set_hold_reason(v1::HOLD_REASON_DEPENDENCY);
    held.set_explanation("needs m-1");
    held.add_depends_on("m-1");
    daemon_.mutations = {refused, held};
    daemon_.counts.set_held(1);
    daemon_.counts.set_dead_lettered(1);
  }
};

TEST_F(OutboxCommand, LsPrintsATable) {
  const CliResult result = Run({"outbox", "ls"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.out,
            "SEQ  MUTATION  STATE              KIND    COLLECTION  DOCUMENT  AGE        TRIES  "
            "WHY\n"
            "  1  m-1       dead-lettered      update  todos       a         2 min ago      2  "
            "content is empty\n"
            "  2  m-2       held (dependency)  delete  todos       a         never          0  "
            "needs m-1\n");
  EXPECT_EQ(result.err, "outbox: 1 held, 1 dead-lettered\n");
}

TEST_F(OutboxCommand, LsPassesItsFiltersOn) {
  Run({"outbox", "ls", "--state", "held", "--state", "dead-lettered", "--collection", "todos"});
  ASSERT_EQ(daemon_.list_request.states_size(), 2);
  EXPECT_EQ(daemon_.list_request.states(0), v1::MUTATION_STATE_HELD);
  EXPECT_EQ(daemon_.list_request.states(1), v1::MUTATION_STATE_DEAD_LETTERED);
  EXPECT_EQ(daemon_.list_request.collection(), "todos");
}

TEST_F(OutboxCommand, LsSaysThatThereAreMore) {
  const CliResult result = Run({"outbox", "ls", "--limit", "1"});
  EXPECT_TRUE(result.err.ends_with("there are more: --all, --limit, or --page-token 1\n"))
      << result.err;
  EXPECT_EQ(Run({"outbox", "ls", "--page-token", "1", "--json"}).out.find("m-1\",\"seq"),
            std::string::npos);
}

TEST_F(OutboxCommand, LsInJsonCarriesThePatchAsJson) {
  const CliResult result = Run({"outbox", "ls", "--json"});
  EXPECT_NE(result.out.find(R"("patch_json":{"content":""})"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find(R"("state":"MUTATION_STATE_DEAD_LETTERED")"), std::string::npos);
  EXPECT_NE(result.out.find(R"("dead_lettered":"1")"), std::string::npos);
}

TEST_F(OutboxCommand, ShowTellsAllThatIsKnown) {
  const CliResult result = Run({"outbox", "show", "m-1"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.out,
            "mutation    m-1\n"
            "seq         1\n"
            "state       dead-lettered\n"
            "kind        update\n"
            "collection  todos\n"
            "document    a\n"
            "made        2026-01-02T03:02:05Z\n"
            "tries       2\n"
            "reached     the server may have it already\n"
            "error       content is empty (HTTP 200) [ValidationError]\n"
            "writes      {\"content\":\"\"}\n"
            "base        {\"content\":\"milk\"}\n");
  EXPECT_TRUE(Run({"outbox", "show", "m-2", "--json"}).out.starts_with(R"({"mutation_id":"m-2")"));
}

TEST_F(OutboxCommand, ShowOfAnUnknownMutationFails) {
  const CliResult result = Run({"outbox", "show", "m-9"});
  EXPECT_EQ(result.exit_code, cli::kExitFailed);
  EXPECT_EQ(result.err, "error: no mutation m-9\nto do: see `tideover outbox ls`\n");
}

TEST_F(OutboxCommand, RetrySendsTheIdsOrTheSelection) {
  const CliResult result = Run({"outbox", "retry", "m-1", "m-2"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.out, "2 mutations will be tried again\n");
  ASSERT_EQ(daemon_.retry_request.selector().mutation_ids_size(), 2);
  EXPECT_EQ(Run({"outbox", "retry", "--state", "held", "--json"}).out, "{\"count\":\"0\"}\n");
  EXPECT_EQ(daemon_.retry_request.selector().states(0), v1::MUTATION_STATE_HELD);
}

TEST_F(OutboxCommand, DiscardSendsTheIdsAndTheDependants) {
  const CliResult result = Run({"outbox", "discard", "m-1", "--with-dependants"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.out, "1 mutation discarded\n");
  EXPECT_TRUE(daemon_.discard_request.with_dependants());
  EXPECT_EQ(Run({"outbox", "discard", "m-1", "--json"}).out, "{\"count\":\"1\"}\n");
}

TEST_F(OutboxCommand, HoldAndReleaseSendTheIdsOrTheSelection) {
  EXPECT_EQ(Run({"outbox", "hold", "m-1"}).out,
            "1 mutation held until `tideover outbox release`\n");
  EXPECT_EQ(daemon_.hold_request.selector().mutation_ids(0), "m-1");
  EXPECT_EQ(Run({"outbox", "release", "--state", "held", "--json"}).out, "{\"count\":\"0\"}\n");
  EXPECT_EQ(daemon_.release_request.selector().states(0), v1::MUTATION_STATE_HELD);
  EXPECT_EQ(Run({"outbox", "hold"}).exit_code, cli::kExitUsage);
}

TEST_F(OutboxCommand, EditSendsWhatIsToBeWritten) {
  const CliResult result =
      Run({"outbox", "edit", "m-1", "-", "--retry"}, {.input = R"({"content":"tea"})"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(daemon_.edit_request.patch_json(), R"({"content":"tea"})");
  EXPECT_TRUE(daemon_.edit_request.retry());
  EXPECT_EQ(result.out, "m-1-new: edited, dead-lettered\n");
  EXPECT_NE(result.err.find("its id is now m-1-new"), std::string::npos) << result.err;
  EXPECT_TRUE(Run({"outbox", "edit", "m-1", "{}", "--json"})
                  .out.starts_with(R"({"mutation_id":"m-1-new")"));
  EXPECT_EQ(Run({"outbox", "edit", "m-9", "{}"}).exit_code, cli::kExitFailed);
}

TEST_F(OutboxCommand, ExportPrintsOneObjectPerLine) {
  const CliResult result = Run({"outbox", "export", "--state", "held", "--collection", "todos"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_TRUE(result.out.starts_with(R"({"mutation_id":"m-1")")) << result.out;
  EXPECT_NE(result.out.find("\n{\"mutation_id\":\"m-2\""), std::string::npos);
  EXPECT_NE(result.out.find(R"("base_json":{"content":"milk"})"), std::string::npos);
  EXPECT_EQ(result.err, "2 mutations exported\n");
  EXPECT_EQ(daemon_.export_request.states(0), v1::MUTATION_STATE_HELD);
  EXPECT_EQ(daemon_.export_request.collection(), "todos");
  EXPECT_EQ(Run({"outbox", "export", "--state", "nowhere"}).exit_code, cli::kExitUsage);
}

TEST_F(OutboxCommand, ShowTellsWhatTheMutationNeedsAndContradicts) {
  daemon_.mutations[1].set_server_document_json(R"({"content":"tea"})");
  daemon_.mutations[1].add_dependants("m-3");
  const CliResult result = Run({"outbox", "show", "m-2"});
  EXPECT_NE(result.out.find("needs       m-1\nneeded by   m-3\n"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("server has  {\"content\":\"tea\"}\n"), std::string::npos);
}

TEST_F(OutboxCommand, IdsAndAStateTogetherAreWrongUsage) {
  EXPECT_EQ(Run({"outbox", "discard", "m-1", "--state", "held"}).exit_code, cli::kExitUsage);
}

}  // namespace
}  // namespace tideover::test
