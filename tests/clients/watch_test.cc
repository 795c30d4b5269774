#include <algorithm>

#include "cli/arguments.h"
#include "clients/cli_run.h"

namespace tideover::test {
namespace {

class WatchCommand : public CliTest {
 protected:
  WatchCommand() {
    v1::Document* old = Add().mutable_snapshot()->add_documents();
    old->set_id("local-1");
    old->set_json(R"({"content":"milk"})");
    old->set_pending(true);
    v1::WatchResponse& complete = Add();
    complete.mutable_snapshot_complete()->set_document_count(1);
    complete.set_resume_token("after-snapshot");
    v1::WatchResponse& changes = Add();
    v1::WatchChange* swapped = changes.mutable_changes()->add_changes();
    swapped->set_previous_id("local-1");
    swapped->mutable_document()->set_id("s1");
    swapped->mutable_document()->set_json("{}");
    v1::WatchChange* removed = changes.mutable_changes()->add_changes();
    removed->mutable_removed()->set_id("s2");
    removed->mutable_removed()->set_reason(v1::REMOVAL_REASON_DELETED);
    v1::WatchChange* unmatched = changes.mutable_changes()->add_changes();
    unmatched->mutable_removed()->set_id("s3");
    unmatched->mutable_removed()->set_reason(v1::REMOVAL_REASON_NO_MATCH);
    changes.set_resume_token("after-changes");
  }

  v1::WatchResponse& Add() { return daemon_.watch_messages.emplace_back(); }
};

TEST_F(WatchCommand, ShowsTheSnapshotThenEveryChange) {
  const CliResult result = Run({"watch", "todos", "--filter", "{}", "--resume-token", "t"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.out,
            "= local-1 * {\"content\":\"milk\"}\n"
            "> local-1 is now s1\n"
            "~ s1 {}\n"
            "- s2 deleted\n"
            "- s3 no longer matches\n");
  EXPECT_EQ(result.err, "1 documents; watching\n");
  EXPECT_EQ(daemon_.watch_request.filter(), "{}");
  EXPECT_EQ(daemon_.watch_request.resume_token(), "t");
}

TEST_F(WatchCommand, InJsonIsOneMessagePerLine) {
  const CliResult result = Run({"watch", "todos", "--id", "a", "--id", "b", "--json"});
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 3);
  EXPECT_NE(result.out.find(R"("json":{"content":"milk"})"), std::string::npos);
  EXPECT_NE(result.out.find(R"("resume_token":"after-changes")"), std::string::npos);
  ASSERT_EQ(daemon_.watch_request.document_ids_size(), 2);
  EXPECT_EQ(daemon_.watch_request.document_ids(1), "b");
}

TEST_F(WatchCommand, StopsAfterTheSnapshotWhenAsked) {
  const CliResult result = Run({"watch", "todos", "--snapshot"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.out, "= local-1 * {\"content\":\"milk\"}\n");
}

TEST_F(WatchCommand, StopsAfterSoManyChanges) {
  daemon_.watch_end = {grpc::StatusCode::INTERNAL, "must not be seen"};
  const CliResult result = Run({"watch", "todos", "--count", "3"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.err, "1 documents; watching\n");
}

TEST_F(WatchCommand, SaysHowToGoOnWhenTheDaemonStops) {
  daemon_.watch_end = MakeError(grpc::StatusCode::UNAVAILABLE, v1::ERROR_REASON_SHUTTING_DOWN,
                                "tideoverd is stopping", "repeat when it is back");
  const CliResult result = Run({"watch", "todos"});
  EXPECT_EQ(result.exit_code, cli::kExitUnreachable);
  EXPECT_TRUE(result.err.ends_with("go on without a gap: --resume-token after-changes\n"))
      << result.err;
}

}  // namespace
}  // namespace tideover::test
