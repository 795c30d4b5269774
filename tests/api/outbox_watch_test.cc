#include "api/outbox_fixture.h"

namespace tideover::api {
namespace {

class OutboxWatchTest : public OutboxFixture {
 protected:
  void Start(const std::string& collection = "") {
    v1::WatchOutboxRequest request;
    request.set_collection(collection);
    context_ = Context();
    stream_ = stubs_->outbox->Watch(context_.get(), request);
  }
  ~OutboxWatchTest() override {
    if (stream_ == nullptr) return;
    context_->TryCancel();
    stream_->Finish();
  }
  // "id:STATE", "complete", or how the stream ended.
  std::string Next() {
    v1::WatchOutboxResponse message;
    if (!stream_->Read(&message)) {
      const grpc::Status status = stream_->Finish();
      stream_ = nullptr;
      return ReasonOf(status);
    }
    EXPECT_TRUE(message.has_sent_at());
    counts_ = message.snapshot_complete().counts();
    if (message.has_snapshot_complete()) return "complete";
    const v1::Mutation& mutation = message.mutation();
    return mutation.mutation_id() + ":" + v1::MutationState_Name(mutation.state()).substr(15);
  }
  // Reads until the message comes: states in between may be folded or not.
  void Await(const std::string& message) {
    std::string next;
    do {
      next = Next();
    } while (next != message && stream_ != nullptr);
    EXPECT_EQ(next, message);
  }

  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchOutboxResponse>> stream_;
  v1::OutboxCounts counts_;
};

TEST_F(OutboxWatchTest, SendsTheOutboxThenEveryChange) {
  Make("m1", CreateOp("notes", "{}", "n1"));
  Make("m2", CreateOp("notes", "{}", "n2"));
  Reject(2);
  Start();
  EXPECT_EQ(Next(), "m1:QUEUED");
  EXPECT_EQ(Next(), "m2:DEAD_LETTERED");
  EXPECT_EQ(Next(), "complete");
  EXPECT_EQ(counts_.queued(), 1u);
  EXPECT_EQ(counts_.dead_lettered(), 1u);
  Make("m3", CreateOp("notes", "{}", "n3"));
  Await("m3:QUEUED");
  store_->board.SetInFlight(1, true);
  Await("m1:IN_FLIGHT");
  store_->board.SetInFlight(1, false);
  store_->Merge({doors::Confirmed{1, std::nullopt, ""}});
  Await("m1:SETTLED");
  store_->Merge({doors::Deferred{3, {}, true, log::PushState::AMBIGUOUS}});
  Await("m3:HELD");
}

TEST_F(OutboxWatchTest, TellsAllWhenTheNetworkGoesAndComes) {
  Make("m1", CreateOp("notes", "{}", "n1"));
  Start();
  Await("complete");
  store_->board.Update([](sync::EngineStatus& s) { s.paused = sync::PauseReason::kUnreachable; });
  Await("m1:PAUSED");
  store_->board.Update([](sync::EngineStatus& s) { s.paused = sync::PauseReason::kNone; });
  Await("m1:QUEUED");
}

TEST_F(OutboxWatchTest, TellsASlowReaderTheLatestOfEach) {
  Make("m1", CreateOp("notes", "{}", "n1"));
  Start();
  Await("complete");
  for (int i = 0; i < 2'000; ++i) {
    store_->board.SetInFlight(1, true);
    store_->board.SetInFlight(1, false);
  }
  Reject(1);
  Await("m1:DEAD_LETTERED");
}

TEST_F(OutboxWatchTest, WatchesOneCollection) {
  Make("m1", CreateOp("notes", "{}", "n1"));
  Make("m2", CreateOp("todos", "{}"));
  Start("todos");
  EXPECT_EQ(Next(), "m2:QUEUED");
  EXPECT_EQ(Next(), "complete");
  Make("m3", CreateOp("notes", "{}"));
  Make("m4", CreateOp("todos", "{}"));
  EXPECT_EQ(Next(), "m4:QUEUED");
}

TEST_F(OutboxWatchTest, RefusesAnUnknownCollectionAndAnybodyWhoIsNotSignedIn) {
  Start("todo");
  EXPECT_EQ(Next(), "COLLECTION_UNKNOWN");
  Start();
  Await("complete");
  ChangeSession(nullptr);
  EXPECT_EQ(Next(), "NOT_SIGNED_IN");
  Start();
  EXPECT_EQ(Next(), "NOT_SIGNED_IN");
}

}  // namespace
}  // namespace tideover::api
