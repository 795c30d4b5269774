#include "cli/arguments.h"
#include "clients/cli_run.h"

namespace tideover::test {
namespace {

class StatusCommand : public CliTest {
 protected:
  StatusCommand() {
    v1::DaemonStatus& status = daemon_.status;
    status.set_version("0.1.0");
    status.set_pid(4711);
    status.mutable_uptime()->set_seconds(3 * 3600);
    status.mutable_identity()->set_username("alice");
    status.mutable_identity()->set_state(v1::IDENTITY_STATE_SIGNED_IN);
    status.mutable_network()->set_setting(v1::NETWORK_SETTING_AUTO);
    status.mutable_network()->set_state(v1::NETWORK_STATE_OFFLINE);
    status.mutable_network()->set_reason(v1::OFFLINE_REASON_NO_LINK);
    status.mutable_network()->mutable_next_attempt_at()->set_seconds(kRunSeconds + 5);
    status.mutable_backend()->set_endpoint("https://x/graphql");
    status.mutable_backend()->mutable_last_success_at()->set_seconds(kRunSeconds - 60);
    status.mutable_backend()->mutable_last_error()->set_message("timeout");
    status.mutable_backend()->mutable_last_error()->mutable_failed_at()->set_seconds(kRunSeconds);
    status.mutable_outbox()->set_paused(3);
    status.mutable_oldest_unsettled_at()->set_seconds(kRunSeconds - 30);
    status.mutable_store()->set_used_bytes(1536);
    status.mutable_store()->set_quota_bytes(1ull << 30);
    v1::CollectionStatus* todos = status.add_collections();
    todos->set_collection("todos");
    todos->set_documents(12);
    todos->set_pending_documents(3);
    todos->mutable_last_sync_at()->set_seconds(kRunSeconds - 120);
    todos->set_syncing(true);
    todos->mutable_progress()->set_done(5);
    todos->mutable_progress()->set_total(12);
    v1::CollectionStatus* notes = status.add_collections();
    notes->set_collection("notes");
    notes->set_stale(true);
    status.add_attention("1 mutation is held: sign in again");
  }
};

TEST_F(StatusCommand, PrintsEverythingAnOperatorAsksFirst) {
  const CliResult result = Run({"status"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.out,
            "daemon      tideoverd 0.1.0, up 3 h 0 min, process 4711\n"
            "identity    alice, signed in\n"
            "network     offline (no link), setting auto, next try in 5 s\n"
            "backend     https://x/graphql, last answer 1 min ago\n"
            "last error  timeout (0 s ago)\n"
            "outbox      3 paused; oldest from 30 s ago\n"
            "store       1.5 KiB of 1.0 GiB\n"
            "\n"
            "COLLECTION  DOCUMENTS  PENDING  FETCHED    STATE\n"
            "todos              12        3  2 min ago  fetching 5 of 12\n"
            "notes             ...      ...  never      stale\n"
            "! 1 mutation is held: sign in again\n");
}

TEST_F(StatusCommand, SaysWhetherChangesOfOthersComeByThemselves) {
  v1::CollectionStatus& notes = *daemon_.status.mutable_collections(1);
  notes.set_live(v1::LIVE_STATE_ESTABLISHED);
  v1::CollectionStatus* lists = daemon_.status.add_collections();
  lists->set_collection("lists");
  lists->set_live(v1::LIVE_STATE_DOWN);
  lists->set_live_error("the connection was closed");
  const std::string out = Run({"status"}).out;
  EXPECT_NE(out.find("never      stale, live\n"), std::string::npos) << out;
  EXPECT_NE(out.find("fresh, not live: the connection was closed\n"), std::string::npos) << out;
}

TEST_F(StatusCommand, InJsonIsTheStatusMessage) {
  const CliResult result = Run({"status", "--json"});
  EXPECT_TRUE(result.out.starts_with(R"({"version":"0.1.0",)")) << result.out;
  EXPECT_NE(result.out.find(R"("reason":"OFFLINE_REASON_NO_LINK")"), std::string::npos);
  EXPECT_NE(result.out.find(R"("progress":{"done":"5","total":"12"})"), std::string::npos);
}

TEST_F(StatusCommand, VersionNamesBoth) {
  EXPECT_EQ(Run({"version"}).out, "tideover 0.1.0\ntideoverd 0.1.0\n");
  EXPECT_EQ(Run({"version", "--json"}).out, "{\"client\":\"0.1.0\",\"daemon\":\"0.1.0\"}\n");
}

TEST_F(StatusCommand, NetworkShowsAndSets) {
  EXPECT_EQ(Run({"network"}).out, "setting auto, network offline (no link)\n");
  EXPECT_EQ(Run({"network", "offline"}).out, "setting offline, network offline (no link)\n");
  EXPECT_EQ(daemon_.status.network().setting(), v1::NETWORK_SETTING_OFFLINE);
  EXPECT_TRUE(Run({"network", "online", "--json"})
                  .out.starts_with(R"({"setting":"NETWORK_SETTING_ONLINE",)"));
  EXPECT_TRUE(
      Run({"network", "--json"}).out.starts_with(R"({"setting":"NETWORK_SETTING_ONLINE",)"));
}

}  // namespace
}  // namespace tideover::test
