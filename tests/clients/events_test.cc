#include "cli/arguments.h"
#include "clients/cli_run.h"

namespace tideover::test {
namespace {

class EventsCommand : public CliTest {
 protected:
  EventsCommand() {
    Add("networkStatus").mutable_network()->set_active(true);
    Add("syncQueriesStarted").mutable_sync_started()->add_collections("todos");
    v1::CollectionSyncedEvent* synced = Add("modelSynced").mutable_collection_synced();
    synced->set_collection("todos");
    synced->set_new_count(3);
    v1::Mutation* mutation = Add("outboxMutationDeadLettered").mutable_mutation();
    mutation->set_mutation_id("m-1");
    mutation->set_kind(v1::MUTATION_KIND_UPDATE);
    mutation->set_collection("todos");
    mutation->set_document_id("a");
    mutation->set_state(v1::MUTATION_STATE_DEAD_LETTERED);
    mutation->mutable_last_error()->set_message("no");
    Add("ready");
  }
  v1::Event& Add(const std::string& name) {
    v1::Event& event = daemon_.events.emplace_back();
    event.set_id(daemon_.events.size());
    event.mutable_time()->set_seconds(kRunSeconds);
    event.set_name(name);
    return event;
  }
};

TEST_F(EventsCommand, PrintOneLineEach) {
  const CliResult result = Run({"events", "--after", "7"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.out,
            "1 2026-01-02T03:04:05Z networkStatus online\n"
            "2 2026-01-02T03:04:05Z syncQueriesStarted todos\n"
            "3 2026-01-02T03:04:05Z modelSynced todos: 3 new, 0 changed, 0 deleted\n"
            "4 2026-01-02T03:04:05Z outboxMutationDeadLettered m-1 update todos a, dead-lettered: "
            "no\n"
            "5 2026-01-02T03:04:05Z ready\n");
  EXPECT_EQ(daemon_.events_request.after_id(), 7u);
}

TEST_F(EventsCommand, StopAfterSoMany) {
  daemon_.events_end = {grpc::StatusCode::INTERNAL, "must not be seen"};
  const CliResult result = Run({"events", "--count", "1", "--json"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_TRUE(result.out.starts_with(R"({"id":"1",)")) << result.out;
}

TEST_F(EventsCommand, SayHowToGoOn) {
  daemon_.events_end = MakeError(grpc::StatusCode::UNAVAILABLE, v1::ERROR_REASON_SHUTTING_DOWN,
                                 "tideoverd is stopping", "repeat when it is back");
  const CliResult result = Run({"events"});
  EXPECT_EQ(result.exit_code, cli::kExitUnreachable);
  EXPECT_TRUE(result.err.ends_with("go on: --after 5\n")) << result.err;
}

}  // namespace
}  // namespace tideover::test
