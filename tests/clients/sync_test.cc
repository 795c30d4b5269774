#include <gmock/gmock.h>

#include "cli/arguments.h"
#include "clients/cli_run.h"

namespace tideover::test {
namespace {

using testing::AnyOf;

class SyncCommand : public CliTest {
 protected:
  SyncCommand() {
    v1::CollectionStatus* todos = daemon_.status.add_collections();
    todos->set_collection("todos");
    todos->set_documents(12);
    todos->set_syncing(true);
    todos->mutable_progress()->set_done(5);
    todos->mutable_progress()->set_total(12);
  }
};

TEST_F(SyncCommand, StartsASynchronisation) {
  const CliResult result = Run({"sync", "todos", "--full"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.out,
            "COLLECTION  DOCUMENTS  PENDING  FETCHED  STATE\n"
            "todos              12        0  never    fetching 5 of 12\n");
  EXPECT_EQ(result.err, "started; --wait waits for it\n");
  EXPECT_EQ(daemon_.sync_request.collection(), "todos");
  EXPECT_EQ(daemon_.sync_request.mode(), v1::SYNC_MODE_FULL);
  EXPECT_FALSE(daemon_.sync_request.wait());
}

TEST_F(SyncCommand, InvalidateNamesWhatIsStaleNow) {
  EXPECT_EQ(Run({"invalidate", "todos"}).out, "todos: stale\n");
  EXPECT_EQ(daemon_.invalidate_request.collections(0), "todos");
  EXPECT_EQ(Run({"invalidate", "--json"}).out, "{\"collections\":[]}\n");
  EXPECT_EQ(daemon_.invalidate_request.collections_size(), 0);
}

TEST_F(SyncCommand, InJsonIsTheAnswer) {
  const CliResult result = Run({"sync", "--delta", "--wait", "--json"});
  EXPECT_TRUE(result.out.starts_with(R"({"collections":[{"collection":"todos",)")) << result.out;
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(daemon_.sync_request.mode(), v1::SYNC_MODE_DELTA);
  EXPECT_TRUE(daemon_.sync_request.wait());
}

TEST_F(SyncCommand, ShowsProgressOnATerminalAndStopsWatchingWhenItIsDone) {
  daemon_.sync_waits_for_watcher = true;
  daemon_.status_watch_stays = true;
  const CliResult result = Run({"sync", "--wait"}, {.err_terminal = true});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_TRUE(daemon_.status_watched);
}

TEST_F(SyncCommand, WaitsOnWhenTheProgressEndsFirst) {
  daemon_.sync_waits_for_watcher = true;
  const CliResult result = Run({"sync", "--wait"}, {.err_terminal = true});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  // The answer may overtake what the stream said last.
  EXPECT_THAT(result.err, AnyOf("", "\r\033[Kfetching todos 5 of 12; outbox empty\r\033[K"));
  EXPECT_TRUE(result.out.starts_with("COLLECTION"));
}

}  // namespace
}  // namespace tideover::test
