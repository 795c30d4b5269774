#include "cli/arguments.h"
#include "clients/cli_run.h"

namespace tideover::test {
namespace {

class ConflictsCommand : public CliTest {
 protected:
  ConflictsCommand() {
    v1::Mutation parked;
    parked.set_mutation_id("m-1");
    parked.set_seq(1);
    parked.set_collection("todos");
    parked.set_document_id("a");
    parked.set_kind(v1::MUTATION_KIND_UPDATE);
    parked.set_state(v1::MUTATION_STATE_HELD);
    parked.set_hold_reason(v1::HOLD_REASON_CONFLICT);
    parked.set_patch_json(R"({"content":"tea","done":true})");
    parked.set_base_json(R"({"id":"a","content":"milk"})");
    parked.set_server_document_json(R"({"id":"a","content":"rice"})");
    v1::Mutation held = parked;
    held.set_mutation_id("m-2");
    held.set_hold_reason(v1::HOLD_REASON_OPERATOR);
    daemon_.mutations = {parked, held};
  }
};

TEST_F(ConflictsCommand, LsListsConflictsOnly) {
  const CliResult result = Run({"conflicts", "ls"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_NE(result.out.find("m-1"), std::string::npos) << result.out;
  EXPECT_EQ(result.out.find("m-2"), std::string::npos) << result.out;
  EXPECT_EQ(daemon_.list_request.states(0), v1::MUTATION_STATE_HELD);
  const CliResult in_json = Run({"conflicts", "ls", "--collection", "todos", "--json"});
  EXPECT_TRUE(in_json.out.starts_with(R"({"mutations":[{"mutation_id":"m-1")")) << in_json.out;
  EXPECT_EQ(daemon_.list_request.collection(), "todos");
}

TEST_F(ConflictsCommand, LsSaysThatThereIsNone) {
  daemon_.mutations.clear();
  EXPECT_EQ(Run({"conflicts", "ls"}).err, "no conflicts\n");
}

TEST_F(ConflictsCommand, ShowComparesFieldByField) {
  const CliResult result = Run({"conflicts", "show", "m-1"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.out,
            "m-1: update of todos a\n"
            "FIELD    BASE    OURS   THEIRS\n"
            "id       \"a\"     \"a\"    \"a\"\n"
            "content  \"milk\"  \"tea\"  \"rice\"\n"
            "done     -       true   -\n");
  EXPECT_NE(result.err.find("tideover conflicts resolve m-1"), std::string::npos) << result.err;
  EXPECT_TRUE(Run({"conflicts", "show", "m-1", "--json"}).out.starts_with(R"({"mutation_id")"));
}

TEST_F(ConflictsCommand, ShowOfWhatIsNoConflictFails) {
  const CliResult result = Run({"conflicts", "show", "m-2"});
  EXPECT_EQ(result.exit_code, cli::kExitFailed);
  EXPECT_NE(result.err.find("contradicts nothing"), std::string::npos) << result.err;
}

TEST_F(ConflictsCommand, ResolveSendsTheDecision) {
  EXPECT_EQ(Run({"conflicts", "resolve", "m-1", "--ours"}).out, "m-1: decided, queued\n");
  EXPECT_TRUE(daemon_.resolve_request.resolution().has_keep_ours());
  Run({"conflicts", "resolve", "m-1", "--theirs", "--json"});
  EXPECT_TRUE(daemon_.resolve_request.resolution().has_keep_theirs());
  Run({"conflicts", "resolve", "m-1", "--merged", R"({"content":"both"})"});
  EXPECT_EQ(daemon_.resolve_request.resolution().merged_json(), R"({"content":"both"})");
}

TEST_F(ConflictsCommand, ResolveNeedsOneDecision) {
  EXPECT_EQ(Run({"conflicts", "resolve", "m-1"}).exit_code, cli::kExitUsage);
  EXPECT_EQ(Run({"conflicts", "resolve", "m-1", "--ours", "--theirs"}).exit_code, cli::kExitUsage);
}

}  // namespace
}  // namespace tideover::test
