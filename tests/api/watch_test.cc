#include <fmt/format.h>

#include <set>

#include "api/api_fixture.h"
#include "api/limits.h"

namespace tideover::api {
namespace {

// One open Watch, read message by message.
class Reading {
 public:
  Reading(v1::DataService::Stub* stub, const v1::WatchRequest& request)
      : context_(Context()), reader_(stub->Watch(context_.get(), request)) {}
  ~Reading() {
    if (reader_ != nullptr) Finish();
  }

  // The next message in short: "snapshot a b", "complete 2", "reset", or what changed:
  // "a={…}", "-a deleted", "-a nomatch", with "(was x)" for a swapped id. "end" when it is over.
  std::string Next() {
    v1::WatchResponse message;
    if (!reader_->Read(&message)) return "end";
    if (!message.resume_token().empty()) token_ = message.resume_token();
    switch (message.event_case()) {
      case v1::WatchResponse::kSnapshot: {
        std::string text = "snapshot";
        for (const auto& document : message.snapshot().documents()) text += " " + document.id();
        return text;
      }
      case v1::WatchResponse::kSnapshotComplete:
        return fmt::format("complete {}", message.snapshot_complete().document_count());
      case v1::WatchResponse::kReset:
        return "reset";
      default:
        return Describe(message.changes());
    }
  }

  // Reads on until the text has come, alone in its message.
  void Await(const std::string& text) {
    std::string seen;
    for (std::string next = Next(); next != text; next = Next()) {
      seen += next + "\n";
      ASSERT_NE(next, "end") << "never came: " << text << "\nbut: " << seen;
    }
  }

  grpc::Status Finish() {
    context_->TryCancel();
    const grpc::Status status = reader_->Finish();
    reader_ = nullptr;
    return status;
  }
  // Of a watch that ended by itself.
  grpc::Status FinishEnded() {
    const grpc::Status status = reader_->Finish();
    reader_ = nullptr;
    return status;
  }
  const std::string& token() const { return token_; }

 private:
  static std::string Describe(const v1::WatchChanges& changes) {
    std::string text;
    for (const v1::WatchChange& change : changes.changes()) {
      if (!text.empty()) text += " ";
      if (change.has_document()) {
        text += change.document().id() + (change.document().pending() ? "*" : "") + "=" +
                change.document().json();
      } else {
        text += "-" + change.removed().id() +
                (change.removed().reason() == v1::REMOVAL_REASON_DELETED ? " deleted" : " nomatch");
      }
      if (!change.previous_id().empty()) text += " (was " + change.previous_id() + ")";
    }
    return text;
  }

  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchResponse>> reader_;
  std::string token_;
};

class WatchTest : public ApiFixture {
 protected:
  static v1::WatchRequest Request(const std::string& collection, const std::string& filter = "",
                                  const std::string& token = "") {
    v1::WatchRequest request;
    request.set_collection(collection);
    request.set_filter(filter);
    request.set_resume_token(token);
    return request;
  }
  std::unique_ptr<Reading> Open(const v1::WatchRequest& request) {
    return std::make_unique<Reading>(stubs_->data.get(), request);
  }
  grpc::Status Refused(const v1::WatchRequest& request) {
    const auto reading = Open(request);
    EXPECT_EQ(reading->Next(), "end");
    return reading->FinishEnded();
  }
};

TEST_F(WatchTest, ShowsASnapshotAndThenEveryChange) {
  MustMutate(CreateOp("notes", R"({"a":1})", "n1"));
  MustMutate(CreateOp("notes", R"({"a":2})", "n2"));
  MustMutate(CreateOp("fixed", "{}", "f1"));  // Of another collection.
  const auto watch = Open(Request("notes"));
  EXPECT_EQ(watch->Next(), "snapshot n1 n2");
  EXPECT_EQ(watch->Next(), "complete 2");
  MustMutate(UpdateOp("notes", "n1", R"({"a":3})"));
  EXPECT_EQ(watch->Next(), R"(n1*={"id":"n1","a":3})");
  MustMutate(DeleteOp("notes", "n2"));
  EXPECT_EQ(watch->Next(), "-n2 deleted");
  MustMutate(CreateOp("fixed", "{}", "f2"));
  MustMutate(CreateOp("notes", "{}", "n3"));
  EXPECT_EQ(watch->Next(), R"(n3*={"id":"n3"})");
}

TEST_F(WatchTest, ShowsAnEmptyCollectionAsComplete) {
  const auto watch = Open(Request("notes"));
  EXPECT_EQ(watch->Next(), "complete 0");
}

TEST_F(WatchTest, SaysWhatBeginsAndCeasesToMatch) {
  MustMutate(CreateOp("notes", R"({"done":false})", "n1"));
  MustMutate(CreateOp("notes", R"({"done":true})", "n2"));
  const auto watch = Open(Request("notes", R"({"done":{"eq":false}})"));
  EXPECT_EQ(watch->Next(), "snapshot n1");
  EXPECT_EQ(watch->Next(), "complete 1");
  // Nothing is said of documents that the watch never had.
  MustMutate(UpdateOp("notes", "n2", R"({"a":1})"));
  MustMutate(DeleteOp("notes", "n2"));
  MustMutate(UpdateOp("notes", "n1", R"({"done":true})"));
  EXPECT_EQ(watch->Next(), "-n1 nomatch");
  MustMutate(UpdateOp("notes", "n1", R"({"done":false})"));
  EXPECT_EQ(watch->Next(), R"(n1*={"id":"n1","done":false})");
}

TEST_F(WatchTest, SwapsAProvisionalIdInOneChangeThatNamesBoth) {
  const v1::MutationResult created = MustMutate(CreateOp("todos", R"({"content":"milk"})"));
  const std::string local = created.document_id();
  v1::WatchRequest by_id = Request("todos");
  by_id.add_document_ids(local);
  const auto all = Open(Request("todos"));
  const auto one = Open(by_id);
  for (const auto& watch : {all.get(), one.get()}) {
    EXPECT_EQ(watch->Next(), "snapshot " + local);
    EXPECT_EQ(watch->Next(), "complete 1");
  }
  store_->Merge({doors::Confirmed{created.seq(), std::nullopt, "srv1"}});
  for (const auto& watch : {all.get(), one.get()}) {
    EXPECT_EQ(watch->Next(), R"(srv1={"id":"srv1","content":"milk"} (was )" + local + ")");
  }
  // The old id goes on in every call, and the watch by the old id follows the new one.
  EXPECT_EQ(View("todos", local), R"({"id":"srv1","content":"milk"})");
  MustMutate(UpdateOp("todos", local, R"({"content":"tea"})"));
  EXPECT_EQ(one->Next(), R"(srv1*={"id":"srv1","content":"tea"})");
  const auto again = Open(by_id);
  EXPECT_EQ(again->Next(), "snapshot srv1");
}

TEST_F(WatchTest, SaysThatADocumentIsNoLongerPending) {
  const v1::MutationResult created = MustMutate(CreateOp("notes", R"({"a":1})", "n1"));
  const auto watch = Open(Request("notes"));
  watch->Await("complete 1");
  store_->Merge({doors::Confirmed{created.seq(), std::nullopt, ""}});
  EXPECT_EQ(watch->Next(), R"(n1={"id":"n1","a":1})");
}

TEST_F(WatchTest, GoesOnAfterAResumeTokenWithoutAGap) {
  MustMutate(CreateOp("notes", "{}", "n1"));
  std::string token;
  {
    const auto watch = Open(Request("notes"));
    watch->Await("complete 1");
    MustMutate(CreateOp("notes", "{}", "n2"));
    EXPECT_EQ(watch->Next(), R"(n2*={"id":"n2"})");
    token = watch->token();
  }
  MustMutate(CreateOp("notes", "{}", "n3"));
  MustMutate(UpdateOp("notes", "n1", R"({"a":1})"));
  MustMutate(DeleteOp("notes", "n2"));
  const auto watch = Open(Request("notes", "", token));
  EXPECT_EQ(watch->Next(), R"(n3*={"id":"n3"} n1*={"id":"n1","a":1} -n2 deleted)");
  EXPECT_EQ(watch->Next(), "complete 0");
  MustMutate(DeleteOp("notes", "n3"));
  EXPECT_EQ(watch->Next(), "-n3 deleted");
  // The latest token has seen everything.
  const auto quiet = Open(Request("notes", "", watch->token()));
  EXPECT_EQ(quiet->Next(), "complete 0");
}

TEST_F(WatchTest, StartsAnewWithATokenOfAnotherRun) {
  MustMutate(CreateOp("notes", "{}", "n1"));
  for (const std::string token : {"0123456789abcdef:1", "other:99999999"}) {
    const auto watch = Open(Request("notes", "", token));
    EXPECT_EQ(watch->Next(), "reset");
    EXPECT_EQ(watch->Next(), "snapshot n1");
    EXPECT_EQ(watch->Next(), "complete 1");
  }
}

TEST_F(WatchTest, StartsAnewWhenTheChangesSinceTheTokenAreForgotten) {
  std::string token;
  {
    const auto watch = Open(Request("notes"));
    watch->Await("complete 0");
    token = watch->token();
  }
  MustMutate(CreateOp("notes", "{}", "n1"));
  // More commits than the feed remembers.
  for (size_t i = 0; i <= view::kRingCommitsMax; ++i) {
    view::CommitNotice notice;
    notice.commit = store_->feed->last_commit() + 1;
    notice.changes.push_back({9999, "elsewhere", ""});
    store_->feed->Publish(notice);
  }
  const auto watch = Open(Request("notes", "", token));
  EXPECT_EQ(watch->Next(), "reset");
  EXPECT_EQ(watch->Next(), "snapshot n1");
}

TEST_F(WatchTest, FoldsChangesForAReaderWhoIsSlowAndSlowsNobody) {
  // Large documents fill the stream's buffers long before the writer is done.
  const std::string large(300'000, 'x');
  const auto slow = Open(Request("notes"));
  EXPECT_EQ(slow->Next(), "complete 0");
  for (int i = 0; i < 20; ++i) MustMutate(CreateOp("notes", "{}", fmt::format("n{:02}", i)));
  for (int round = 0; round < 10; ++round) {
    v1::MutateRequest request;
    for (int i = 0; i < 10; ++i) {
      *request.add_operations() =
          UpdateOp("notes", fmt::format("n{:02}", i),
                   fmt::format(R"({{"round":{},"fill":"{}"}})", round, large));
    }
    v1::MutateResponse response;
    const grpc::Status status = Mutate(request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  MustMutate(CreateOp("notes", "{}", "last"));
  // It sees the latest of each, and far fewer than the 100 changes of large documents.
  int rounds_seen = 0;
  std::set<std::string> latest;
  for (std::string next = slow->Next(); next != "end"; next = slow->Next()) {
    for (size_t at = 0; (at = next.find("\"round\":", at)) != std::string::npos; ++at) {
      ++rounds_seen;
      if (next[at + 8] == '9') latest.insert(next.substr(at - 5, 3));
    }
    if (next.find("last*=") != std::string::npos) break;
  }
  EXPECT_EQ(latest.size(), 10u);
  EXPECT_LT(rounds_seen, 60);
}

TEST_F(WatchTest, RefusesBadRequests) {
  EXPECT_EQ(ReasonOf(Refused(Request("note"))), "COLLECTION_UNKNOWN");
  const grpc::Status filter = Refused(Request("notes", R"({"a":{"eq":x}})"));
  EXPECT_EQ(ReasonOf(filter), "INVALID_FILTER");
  EXPECT_EQ(DetailOf(filter).position(), 11u);
  EXPECT_EQ(ReasonOf(Refused(Request("notes", "", "no token"))), "INVALID_REQUEST");
  v1::WatchRequest both = Request("notes", R"({"a":{"eq":1}})");
  both.add_document_ids("n1");
  EXPECT_EQ(ReasonOf(Refused(both)), "INVALID_REQUEST");
  v1::WatchRequest many = Request("notes");
  for (size_t i = 0; i <= kWatchIdsMax; ++i) many.add_document_ids(std::to_string(i));
  EXPECT_EQ(ReasonOf(Refused(many)), "TOO_MANY_ENTRIES");
}

TEST_F(WatchTest, EndsWhenTheIdentitySignsOut) {
  const auto watch = Open(Request("notes"));
  EXPECT_EQ(watch->Next(), "complete 0");
  ChangeSession(nullptr);
  EXPECT_EQ(watch->Next(), "end");
  const grpc::Status status = watch->FinishEnded();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ReasonOf(status), "NOT_SIGNED_IN");
  EXPECT_EQ(ReasonOf(Refused(Request("notes"))), "NOT_SIGNED_IN");
}

TEST_F(WatchTest, EndsWhenAnotherIdentityComes) {
  MustMutate(CreateOp("notes", "{}", "of-the-first"));
  auto watch = Open(Request("notes"));
  watch->Await("complete 1");
  const std::string token = watch->token();
  Store other(dir_.path() + "/other");
  ChangeSession(other.session);
  EXPECT_EQ(watch->Next(), "end");
  EXPECT_EQ(watch->FinishEnded().error_code(), grpc::StatusCode::ABORTED);
  // A token of the first identity shows the second one nothing of it.
  watch = Open(Request("notes", "", token));
  EXPECT_EQ(watch->Next(), "reset");
  EXPECT_EQ(watch->Next(), "complete 0");
  EXPECT_EQ(View("notes", "of-the-first"), "NOT_FOUND");
  watch.reset();
  ChangeSession(store_->session);
}

TEST_F(WatchTest, KeepsNoReferenceToASessionThatEnded) {
  // The store waits for the last reference to its session, and fails when it does not go.
  Store other(dir_.path() + "/other");
  ChangeSession(other.session);
  const auto watch = Open(Request("notes"));
  EXPECT_EQ(watch->Next(), "complete 0");
  MustMutate(CreateOp("notes", "{}", "n1"));
  watch->Await(R"(n1*={"id":"n1"})");
  ChangeSession(store_->session);
  EXPECT_EQ(watch->Next(), "end");
}

TEST_F(WatchTest, TakesAsManyWatchersAsTheLimitAndNoMore) {
  // Two connections, for the streams of one are limited as well.
  const Stubs more(Connect());
  std::vector<std::unique_ptr<Reading>> open;
  for (size_t i = 0; i < kWatchersMax; ++i) {
    open.push_back(std::make_unique<Reading>(i % 2 == 0 ? stubs_->data.get() : more.data.get(),
                                             Request("notes")));
    ASSERT_EQ(open.back()->Next(), "complete 0") << i;
  }
  EXPECT_EQ(ReasonOf(Refused(Request("notes"))), "TOO_MANY_WATCHERS");
}

TEST_F(WatchTest, EndsWhenTheDaemonStops) {
  const auto watch = Open(Request("notes"));
  EXPECT_EQ(watch->Next(), "complete 0");
  server_->Stop();
  EXPECT_EQ(watch->Next(), "end");
  const grpc::Status status = watch->FinishEnded();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "SHUTTING_DOWN");
}

}  // namespace
}  // namespace tideover::api
