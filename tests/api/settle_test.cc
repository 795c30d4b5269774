// What a caller who waits for the server is told, and when. The test is the server: it settles
// mutations by the merge door.
#include <google/protobuf/util/time_util.h>

#include <future>

#include "api/api_fixture.h"

namespace tideover::api {
namespace {

class SettleTest : public ApiFixture {
 protected:
  struct Pending {
    std::future<grpc::Status> status;
    std::unique_ptr<grpc::ClientContext> context = Context();
    v1::MutateResponse response;
  };

  // A Mutate that waits until all is settled, on a thread of its own.
  std::unique_ptr<Pending> Begin(const std::vector<v1::Operation>& operations,
                                 int64_t timeout_ms = -1) {
    auto pending = std::make_unique<Pending>();
    v1::MutateRequest request;
    for (const v1::Operation& operation : operations) *request.add_operations() = operation;
    request.set_wait(v1::WAIT_SETTLED);
    if (timeout_ms >= 0) {
      *request.mutable_settle_timeout() =
          google::protobuf::util::TimeUtil::MillisecondsToDuration(timeout_ms);
    }
    pending->status = std::async(std::launch::async, [this, request, call = pending.get()] {
      return stubs_->data->Mutate(call->context.get(), request, &call->response);
    });
    return pending;
  }
  // Until the log has this many mutations: the calls are durable and wait.
  void AwaitDurable(uint64_t seq) {
    while (true) {
      const auto txn = store_->env->BeginRead();
      if (log::ReadCounters(txn->reader())->last_seq() >= seq) return;
      std::this_thread::yield();
    }
  }
  static bool IsWaiting(const Pending& pending) {
    return pending.status.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout;
  }
};

TEST_F(SettleTest, AnswersWithTheServersIdWhenTheServerHasConfirmed) {
  const auto pending = Begin({CreateOp("todos", R"({"content":"milk"})")});
  AwaitDurable(1);
  EXPECT_TRUE(IsWaiting(*pending));
  store_->Merge({doors::Confirmed{1, std::nullopt, "srv1"}});
  ASSERT_TRUE(pending->status.get().ok());
  const v1::MutationResult& result = pending->response.results(0);
  EXPECT_EQ(result.state(), v1::MUTATION_STATE_SETTLED);
  EXPECT_EQ(result.document_id(), "srv1");
  EXPECT_EQ(result.settlement().outcome(), v1::OUTCOME_CONFIRMED);
}

TEST_F(SettleTest, AnswersARefusalWithTheServersReason) {
  const auto pending = Begin({CreateOp("notes", "{}", "n1")});
  AwaitDurable(1);
  log::PushError error;
  error.set_outcome("rejected");
  error.set_message("no such list");
  error.set_http_status(400);
  store_->Merge({doors::Rejected{1, error, std::nullopt}});
  ASSERT_TRUE(pending->status.get().ok());
  const v1::MutationResult& result = pending->response.results(0);
  EXPECT_EQ(result.state(), v1::MUTATION_STATE_DEAD_LETTERED);
  EXPECT_EQ(result.settlement().outcome(), v1::OUTCOME_REJECTED);
  EXPECT_EQ(result.settlement().error().message(), "no such list");
  EXPECT_EQ(result.settlement().error().error_class(), v1::ERROR_CLASS_REJECTED);
}

TEST_F(SettleTest, WaitsForEachOperationOfTheCall) {
  const auto pending = Begin({CreateOp("notes", "{}", "n1"), CreateOp("notes", "{}", "n2")});
  AwaitDurable(2);
  store_->Merge({doors::Confirmed{2, std::nullopt, ""}});
  EXPECT_TRUE(IsWaiting(*pending));
  store_->Merge({doors::Confirmed{1, std::nullopt, ""}});
  ASSERT_TRUE(pending->status.get().ok());
  EXPECT_EQ(pending->response.results(0).settlement().outcome(), v1::OUTCOME_CONFIRMED);
  EXPECT_EQ(pending->response.results(1).settlement().outcome(), v1::OUTCOME_CONFIRMED);
}

TEST_F(SettleTest, AnswersWhenAPersonMustDecideButNotWhenTheNextListWill) {
  const auto pending = Begin({CreateOp("notes", "{}", "n1")});
  AwaitDurable(1);
  store_->Merge({doors::Deferred{1, {}, true, log::PushState::VERIFY}});
  EXPECT_TRUE(IsWaiting(*pending));
  store_->Merge({doors::Deferred{1, {}, true, log::PushState::AMBIGUOUS}});
  ASSERT_TRUE(pending->status.get().ok());
  EXPECT_EQ(pending->response.results(0).state(), v1::MUTATION_STATE_HELD);
  EXPECT_EQ(pending->response.results(0).hold_reason(), v1::HOLD_REASON_AMBIGUOUS);
  EXPECT_FALSE(pending->response.results(0).has_settlement());
}

TEST_F(SettleTest, AnswersHowThingsStandWhenTheTimeIsOver) {
  const auto pending = Begin({CreateOp("notes", "{}", "n1")}, 20);
  ASSERT_TRUE(pending->status.get().ok());
  EXPECT_EQ(pending->response.results(0).state(), v1::MUTATION_STATE_QUEUED);
  EXPECT_FALSE(pending->response.results(0).has_settlement());
  EXPECT_EQ(View("notes", "n1"), R"({"id":"n1"})");
}

TEST_F(SettleTest, AnswersBeforeTheCallsOwnDeadlineEnds) {
  v1::MutateRequest request;
  *request.add_operations() = CreateOp("notes", "{}", "n1");
  request.set_wait(v1::WAIT_SETTLED);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(3));
  v1::MutateResponse response;
  const grpc::Status status = stubs_->data->Mutate(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.results(0).state(), v1::MUTATION_STATE_QUEUED);
}

TEST_F(SettleTest, KeepsWhatACallerWhoGaveUpHasCommitted) {
  const auto pending = Begin({CreateOp("notes", "{}", "n1")});
  AwaitDurable(1);
  pending->context->TryCancel();
  EXPECT_EQ(pending->status.get().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(View("notes", "n1"), R"({"id":"n1"})");
}

TEST_F(SettleTest, TellsARepeatedCallAtOnceWhatBecameOfTheFirst) {
  v1::Operation operation = CreateOp("todos", R"({"content":"milk"})");
  operation.set_mutation_id("app-1");
  MustMutate(operation);
  store_->Merge({doors::Confirmed{1, std::nullopt, "srv1"}});
  const auto pending = Begin({operation});
  ASSERT_TRUE(pending->status.get().ok());
  const v1::MutationResult& result = pending->response.results(0);
  EXPECT_TRUE(result.repeated_call());
  EXPECT_EQ(result.state(), v1::MUTATION_STATE_SETTLED);
  EXPECT_EQ(result.document_id(), "srv1");
}

TEST_F(SettleTest, AnswersManyWaitersThroughOneSubscription) {
  constexpr int kCalls = 20;
  std::vector<std::unique_ptr<Pending>> calls;
  for (int i = 0; i < kCalls; ++i) {
    calls.push_back(Begin({CreateOp("notes", "{}", "n" + std::to_string(i))}));
  }
  AwaitDurable(kCalls);
  std::vector<doors::MergeEvent> events;
  for (uint64_t seq = 1; seq <= kCalls; ++seq) {
    events.push_back(doors::Confirmed{seq, std::nullopt, ""});
  }
  store_->Merge(std::move(events));
  for (const auto& call : calls) {
    EXPECT_TRUE(call->status.get().ok());
    EXPECT_EQ(call->response.results(0).state(), v1::MUTATION_STATE_SETTLED);
  }
}

TEST_F(SettleTest, AnswersAsThingsStandWhenTheIdentitySignsOut) {
  const auto pending = Begin({CreateOp("notes", "{}", "n1")});
  AwaitDurable(1);
  EXPECT_TRUE(IsWaiting(*pending));
  ChangeSession(nullptr);
  ASSERT_TRUE(pending->status.get().ok());
  EXPECT_EQ(pending->response.results(0).state(), v1::MUTATION_STATE_QUEUED);
}

TEST_F(SettleTest, RefusesANegativeTimeout) {
  const auto pending = Begin({CreateOp("notes", "{}", "n1")}, 0);
  EXPECT_TRUE(pending->status.get().ok());
  v1::MutateRequest request;
  *request.add_operations() = CreateOp("notes", "{}", "n2");
  request.set_wait(v1::WAIT_SETTLED);
  request.mutable_settle_timeout()->set_seconds(-1);
  v1::MutateResponse response;
  EXPECT_EQ(ReasonOf(Mutate(request, &response)), "INVALID_REQUEST");
}

}  // namespace
}  // namespace tideover::api
