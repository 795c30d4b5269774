#include "api/limits.h"
#include "api/outbox_fixture.h"

namespace tideover::api {
namespace {

class Events : public OutboxFixture {
 protected:
  // The stream is there when it returns: what happens from now on is told.
  void Start(uint64_t after_id = 0) {
    Cancel();
    v1::WatchEventsRequest request;
    request.set_after_id(after_id);
    context_ = Context();
    stream_ = stubs_->sync->WatchEvents(context_.get(), request);
  }
  // A stream whose beginning has been noticed: an event of its own has come.
  void StartAndWait() {
    Start();
    // Until the watch has begun nothing is recorded; repeat what shows that it has.
    bool offline = false;
    const auto toggle = [&] {
      offline = !offline;
      store_->board.Update([offline](sync::EngineStatus& status) {
        status.paused = offline ? sync::PauseReason::kUnreachable : sync::PauseReason::kNone;
      });
    };
    std::atomic<bool> come = false;
    std::thread toggler([&] {
      while (!come) toggle();
    });
    EXPECT_EQ(Next(), "networkStatus");
    come = true;
    toggler.join();
    // A last change that can be told from the others.
    Make("mark", CreateOp("fixed", "{}", "mark"));
    Await("outboxMutationEnqueued");
    Await("outboxStatus");
  }
  ~Events() override { Cancel(); }
  void Cancel() {
    if (stream_ == nullptr) return;
    context_->TryCancel();
    stream_->Finish();
    stream_ = nullptr;
  }
  // The name; `event_` is the event.
  std::string Next() {
    v1::Event event;
    if (stream_->Read(&event)) {
      event_ = event;
      return event.name();
    }
    const grpc::Status status = stream_->Finish();
    stream_ = nullptr;
    return ReasonOf(status);
  }
  void Await(const std::string& name) {
    std::string next;
    do {
      next = Next();
    } while (next != name && stream_ != nullptr);
    EXPECT_EQ(next, name);
  }
  void UpdateList(const std::string& name,
                  const std::function<void(sync::CollectionStatus&)>& update) {
    store_->board.Update([&](sync::EngineStatus& status) { update(status.collections[name]); });
  }

  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReader<v1::Event>> stream_;
  v1::Event event_;
};

TEST_F(Events, FollowAMutationThroughItsLife) {
  StartAndWait();
  const uint64_t seq = Make("m1", CreateOp("notes", R"({"a":1})", "n1"));
  EXPECT_EQ(Next(), "outboxMutationEnqueued");
  const uint64_t first = event_.id();
  EXPECT_EQ(event_.mutation().mutation_id(), "m1");
  EXPECT_EQ(event_.mutation().state(), v1::MUTATION_STATE_QUEUED);
  EXPECT_EQ(event_.mutation().patch_json(), R"({"a":1})");
  EXPECT_TRUE(event_.has_time());
  store_->Merge({doors::Deferred{seq, {}, false, log::PushState::NONE}});
  EXPECT_EQ(Next(), "outboxMutationFailed");
  EXPECT_EQ(event_.id(), first + 1);
  Park(seq);
  Await("conflictParked");
  EXPECT_EQ(event_.mutation().hold_reason(), v1::HOLD_REASON_CONFLICT);
  Reject(seq);
  EXPECT_EQ(Next(), "outboxMutationDeadLettered");
  EXPECT_EQ(event_.mutation().outcome(), v1::OUTCOME_REJECTED);
  const uint64_t other = Make("m2", CreateOp("notes", "{}", "n2"));
  EXPECT_EQ(Next(), "outboxMutationEnqueued");
  store_->Merge({doors::Deferred{other, {}, true, log::PushState::AMBIGUOUS}});
  EXPECT_EQ(Next(), "outboxMutationFailed");
  EXPECT_EQ(Next(), "outboxHeld");
  EXPECT_EQ(event_.mutation().hold_reason(), v1::HOLD_REASON_AMBIGUOUS);
}

TEST_F(Events, SayWhenTheOutboxIsEmpty) {
  StartAndWait();
  EXPECT_FALSE(event_.outbox().is_empty());
  store_->Merge({doors::Confirmed{1, std::nullopt, ""}});
  EXPECT_EQ(Next(), "outboxMutationProcessed");
  EXPECT_EQ(event_.mutation().state(), v1::MUTATION_STATE_SETTLED);
  EXPECT_EQ(Next(), "outboxStatus");
  EXPECT_TRUE(event_.outbox().is_empty());
}

TEST_F(Events, FollowASynchronisation) {
  UpdateList("notes", [](sync::CollectionStatus&) {});
  UpdateList("todos", [](sync::CollectionStatus&) {});
  StartAndWait();
  store_->board.Update([](sync::EngineStatus& status) {
    for (auto& [name, collection] : status.collections) {
      collection.listing = true;
      ++collection.counts.begun;
    }
  });
  EXPECT_EQ(Next(), "syncQueriesStarted");
  EXPECT_EQ(event_.sync_started().collections_size(), 2);
  UpdateList("notes", [](sync::CollectionStatus& notes) {
    notes.listing = false;
    notes.counts = {1, 1, 3, 2, 1};
  });
  EXPECT_EQ(Next(), "modelSynced");
  EXPECT_EQ(event_.collection_synced().collection(), "notes");
  EXPECT_TRUE(event_.collection_synced().is_full_sync());
  EXPECT_EQ(event_.collection_synced().new_count(), 3u);
  EXPECT_EQ(event_.collection_synced().updated_count(), 2u);
  EXPECT_EQ(event_.collection_synced().deleted_count(), 1u);
  UpdateList("todos", [](sync::CollectionStatus& todos) {
    todos.listing = false;
    todos.counts = {1, 1, 0, 0, 0};
  });
  EXPECT_EQ(Next(), "modelSynced");
  EXPECT_EQ(Next(), "syncQueriesReady");
  EXPECT_EQ(Next(), "ready");
}

TEST_F(Events, SayWhenTheBackendTellsItsChanges) {
  UpdateList("notes", [](sync::CollectionStatus& notes) { notes.tells = true; });
  UpdateList("todos", [](sync::CollectionStatus& todos) { todos.tells = true; });
  StartAndWait();
  const auto live = [this](const char* name, sync::LiveState state) {
    UpdateList(name, [state](sync::CollectionStatus& collection) { collection.live = state; });
  };
  live("notes", sync::LiveState::kLive);
  live("todos", sync::LiveState::kOpening);
  live("todos", sync::LiveState::kLive);
  EXPECT_EQ(Next(), "subscriptionsEstablished");
  live("notes", sync::LiveState::kNone);
  Make("between", CreateOp("fixed", "{}", "between"));
  EXPECT_EQ(Next(), "outboxMutationEnqueued");
  live("notes", sync::LiveState::kLive);
  EXPECT_EQ(Next(), "subscriptionsEstablished");
}

TEST_F(Events, ComeAgainAfterAnId) {
  StartAndWait();
  Make("m1", CreateOp("notes", "{}", "n1"));
  EXPECT_EQ(Next(), "outboxMutationEnqueued");
  const uint64_t seen = event_.id();
  Cancel();
  Make("m2", CreateOp("notes", "{}", "n2"));
  Start(seen);
  EXPECT_EQ(Next(), "outboxMutationEnqueued");
  EXPECT_EQ(event_.id(), seen + 1);
  EXPECT_EQ(event_.mutation().mutation_id(), "m2");
  // An id that this run has not reached.
  Start(seen + 1'000'000);
  EXPECT_EQ(Next(), "networkStatus");
}

TEST_F(Events, AreForgottenBeyondTheirLimit) {
  StartAndWait();
  const uint64_t seen = event_.id();
  Cancel();
  for (size_t made = 0; made < kEventsRemembered + 500; made += 500) {
    v1::MutateRequest request;
    for (int i = 0; i < 500; ++i) *request.add_operations() = CreateOp("notes", "{}");
    v1::MutateResponse response;
    ASSERT_TRUE(Mutate(request, &response).ok());
  }
  Start(seen);
  EXPECT_EQ(Next(), "outboxMutationEnqueued");
  EXPECT_GT(event_.id(), seen + 1);  // The gap shows what is missing.
}

TEST_F(Events, OfOneIdentityAreNotShownToAnother) {
  StartAndWait();
  Make("m1", CreateOp("notes", "{}", "n1"));
  EXPECT_EQ(Next(), "outboxMutationEnqueued");
  const uint64_t seen = event_.id();
  ChangeSession(nullptr);
  ChangeSession(store_->session);
  Start(seen - 1);
  Make("m2", CreateOp("notes", "{}", "n2"));
  EXPECT_EQ(Next(), "outboxMutationEnqueued");
  EXPECT_EQ(event_.mutation().mutation_id(), "m2");
  EXPECT_GT(event_.id(), seen);
}

}  // namespace
}  // namespace tideover::api
