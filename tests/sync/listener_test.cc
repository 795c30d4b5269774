// When the engine listens to what the backend tells by itself, and what it does with it.
#include "sync/listener.h"

#include <gtest/gtest.h>

#include "doors/writer.h"
#include "sync/sync_fixture.h"

namespace tideover::sync {
namespace {

using base::Millis;
using support::Create;
using support::Json;
using support::Update;

class ListenerTest : public SyncFixture {
 protected:
  ListenerTest() {
    rules_["notes"].version_field = "_version";
    Reopen();
    tuning_.push.backoff_base = Millis(1000);
    tuning_.push.backoff_cap = Millis(8000);
  }
  // "notes" has versions and is told; "todos" has none.
  void StartTelling(std::set<std::string> told = {"notes"}) {
    tells_ = std::move(told);
    Start();
  }
  // Live, and listed once.
  void StartLive(const std::string& document = R"({"id":"x","a":1,"_version":1})") {
    StartTelling();
    Begin("notes");
    AnswerList({Json(document)});
    ASSERT_EQ(upstream_->lists.size(), 0u);
  }
  void Tell(LiveEvent event, const std::string& collection = "notes") {
    upstream_->listening.at(collection)(std::move(event));
    Pump();
  }
  void Begin(const std::string& collection) { Tell(LiveBegun(), collection); }
  void Change(const std::string& document) { Tell(LiveChange{Json(document)}); }
  void End(PushClass outcome = PushClass::kRetry, std::optional<Millis> retry_after = {}) {
    auto ended = upstream_->listening.extract("notes");
    OnLiveEnded(std::move(ended.mapped()), outcome, retry_after);
  }
  void OnLiveEnded(Upstream::OnLive on_event, PushClass outcome, std::optional<Millis> wait = {}) {
    on_event(LiveEnded{outcome, {"the server's words", 0, ""}, wait});
    Pump();
  }
  size_t Lists() const { return upstream_->lists.size(); }
  bool Listens() const { return upstream_->listening.contains("notes"); }
  CollectionStatus Notes() { return board_.Get().collections.at("notes"); }
};

TEST_F(ListenerTest, ListensWhereTheBackendTells) {
  StartTelling();
  EXPECT_TRUE(Listens());
  EXPECT_FALSE(upstream_->listening.contains("todos"));
  EXPECT_TRUE(Notes().tells);
  EXPECT_EQ(Notes().live, LiveState::kOpening);
  EXPECT_FALSE(board_.Get().collections.at("todos").tells);
}

TEST_F(ListenerTest, TheFirstListIsAskedForWhenItHasBegun) {
  StartTelling();
  EXPECT_EQ(Lists(), 0u);
  Begin("notes");
  EXPECT_EQ(Notes().live, LiveState::kLive);
  ASSERT_EQ(Lists(), 1u);
  EXPECT_EQ(upstream_->lists.front().collection, "notes");
  AnswerLists();
  Advance(Millis(600'000));
  EXPECT_EQ(Lists(), 0u);
}

TEST_F(ListenerTest, ABeginningThatTakesLongPutsOffNothing) {
  StartTelling();
  Advance(kListenFirst - Millis(1));
  EXPECT_EQ(Lists(), 0u);
  Advance(Millis(1));
  EXPECT_EQ(Lists(), 1u);
}

TEST_F(ListenerTest, NorDoesOneThatFails) {
  StartTelling();
  End();
  EXPECT_EQ(Lists(), 1u);
}

TEST_F(ListenerTest, WhoAsksForAListNeedNotWaitForIt) {
  StartTelling();
  engine_->SyncNow("notes", [](const absl::Status&) {});
  Pump();
  EXPECT_EQ(Lists(), 1u);
}

TEST_F(ListenerTest, WhatWasMissedBeforeItBeganIsListed) {
  StartTelling();
  Advance(kListenFirst);
  AnswerLists();
  Begin("notes");
  Advance(Millis(1000));
  ASSERT_EQ(Lists(), 1u);
  EXPECT_EQ(upstream_->lists.front().collection, "notes");
}

TEST_F(ListenerTest, ANewerDocumentShowsWithoutAList) {
  StartLive();
  Change(R"({"id":"x","a":2,"_version":2})");
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":2})");
  Advance(Millis(600'000));
  EXPECT_EQ(Lists(), 0u);
}

TEST_F(ListenerTest, AStaleMessageChangesNothing) {
  StartLive(R"({"id":"x","a":5,"_version":5})");
  Change(R"({"id":"x","a":2,"_version":2})");
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":5})");
  Advance(Millis(600'000));
  EXPECT_EQ(Lists(), 0u);
}

TEST_F(ListenerTest, WhatTheMessageDoesNotTellIsListed) {
  StartLive();
  Tell(LiveChange{});
  EXPECT_EQ(Lists(), 0u) << "not twice in a second";
  Advance(Millis(1000));
  EXPECT_EQ(Lists(), 1u);
}

TEST_F(ListenerTest, ADocumentThatIsNotKnownIsListed) {
  StartLive();
  Change(R"({"id":"y","a":1,"_version":1})");
  EXPECT_EQ(View("notes", "y"), "-");
  Advance(Millis(1000));
  ASSERT_EQ(Lists(), 1u);
  AnswerList({Json(R"({"id":"x","a":1,"_version":1})"), Json(R"({"id":"y","a":1,"_version":1})")});
  EXPECT_EQ(View("notes", "y"), R"({"id":"y","a":1})");
}

TEST_F(ListenerTest, WithoutVersionsEveryMessageIsAReasonToList) {
  StartTelling({"todos"});
  Begin("todos");
  AnswerLists();
  Tell(LiveChange{Json(R"({"id":"x","a":1})")}, "todos");
  EXPECT_EQ(View("todos", "x"), "-");
  Advance(Millis(1000));
  EXPECT_EQ(Lists(), 1u);
}

TEST_F(ListenerTest, AListThatTakesLongIsReadTheLessOften) {
  StartTelling();
  Begin("notes");
  Advance(Millis(5000));
  AnswerLists();
  Tell(LiveChange{});
  Advance(Millis(14'000));
  EXPECT_EQ(Lists(), 0u) << "four times what it took, from asking";
  Advance(Millis(1'000));
  ASSERT_EQ(Lists(), 1u);
  Advance(Millis(100'000));
  AnswerLists();
  Tell(LiveChange{});
  EXPECT_EQ(Lists(), 1u) << "once in a minute at least";
}

// The list may have been read before the change.
TEST_F(ListenerTest, AMessageDuringAListAsksForAnother) {
  StartLive();
  Tell(LiveChange{});
  Advance(Millis(1000));
  ASSERT_EQ(Lists(), 1u);
  Tell(LiveChange{});
  AnswerLists();
  Advance(Millis(1000));
  EXPECT_EQ(Lists(), 1u);
}

// Otherwise the echoes of a long outbox would have it read over and over.
TEST_F(ListenerTest, WhileOurOwnWritesAreUnderWayListsAreSeldom) {
  tuning_.collections["notes"].refetch_on_settle = false;
  StartLive();
  const auto made = Write({Create("notes", "{}", "y")}).operations[0];
  Change(R"({"id":"y","_version":1})");
  Advance(Millis(9000));
  EXPECT_EQ(Lists(), 0u);
  Advance(Millis(1000));
  EXPECT_EQ(Lists(), 1u);
  AnswerLists();
  Answer(made.seq, Confirmed());
}

TEST_F(ListenerTest, BeginsAgainAfterARandomWaitThatGrows) {
  StartLive();
  Millis most{1000};
  for (int failures = 1; failures <= 5; ++failures) {
    const int before = upstream_->listens;
    End();
    EXPECT_EQ(Notes().live, LiveState::kNone);
    EXPECT_EQ(Notes().live_error, "the server's words");
    Advance(most);
    EXPECT_EQ(upstream_->listens, before + 1) << failures;
    most = std::min(most * 2, Millis(8000));
  }
}

TEST_F(ListenerTest, AConnectionThatHeldLongMakesTheWaitSmallAgain) {
  StartLive();
  for (int i = 0; i < 10; ++i) {
    End();
    Advance(Millis(8000));
  }
  Begin("notes");
  EXPECT_EQ(Notes().live_error, "");
  Advance(kHeldLong);
  AnswerLists();
  const int before = upstream_->listens;
  End();
  Advance(Millis(1000));
  EXPECT_EQ(upstream_->listens, before + 1);
}

TEST_F(ListenerTest, WaitsAsLongAsTheServerAsks) {
  StartLive();
  End(PushClass::kRetry, Millis(60'000));
  Advance(Millis(59'999));
  EXPECT_FALSE(Listens());
  Advance(Millis(1));
  EXPECT_TRUE(Listens());
}

TEST_F(ListenerTest, WhereItIsRefusedItAsksSeldom) {
  StartLive();
  End(PushClass::kRejected);
  Advance(kRefusedWait - Millis(1));
  EXPECT_FALSE(Listens());
  Advance(Millis(1));
  EXPECT_TRUE(Listens());
}

// The sign-in may be good for everything else.
TEST_F(ListenerTest, ARefusalOfCredentialsHoldsNothingElse) {
  StartLive();
  End(PushClass::kUnauthorized);
  EXPECT_EQ(board_.Get().paused, PauseReason::kNone);
  engine_->OnSignedIn();
  Pump();
  EXPECT_TRUE(Listens()) << "at once with new credentials";
}

TEST_F(ListenerTest, EndsWhileNothingMayBeSent) {
  StartLive();
  engine_->SetNetwork(NetworkSetting::kOffline);
  Pump();
  EXPECT_FALSE(Listens());
  EXPECT_EQ(Notes().live, LiveState::kNone);
  engine_->SetNetwork(NetworkSetting::kAuto);
  Pump();
  EXPECT_TRUE(Listens());
}

TEST_F(ListenerTest, BeginsAnewWithAnotherLink) {
  StartLive();
  const int before = upstream_->listens;
  engine_->OnLinkChange(true);
  Pump();
  EXPECT_EQ(upstream_->listens, before + 1);
  engine_->OnLinkChange(false);
  Pump();
  EXPECT_FALSE(Listens());
}

TEST_F(ListenerTest, WhatAnEarlierConnectionTellsIsOfThePast) {
  StartLive();
  Upstream::OnLive earlier = std::move(upstream_->listening.at("notes"));
  engine_->OnAwake();
  Pump();
  earlier(LiveChange{Json(R"({"id":"x","a":2,"_version":2})")});
  OnLiveEnded(std::move(earlier), PushClass::kRetry);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":1})");
  EXPECT_TRUE(Listens());
}

TEST_F(ListenerTest, WhatTheStoreHadNoRoomForIsListed) {
  StartLive();
  disk_full_ = true;
  Change(R"({"id":"x","a":2,"_version":2})");
  disk_full_ = false;
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":1})");
  Advance(Millis(1000));
  EXPECT_EQ(Lists(), 1u);
}

TEST_F(ListenerTest, WhatComesFasterThanItIsStoredIsLeftToAList) {
  StartLive();
  Upstream::OnLive& tell = upstream_->listening.at("notes");
  const size_t before = queue_.size();
  for (size_t i = 0; i <= kToldWaitingMax + 1; ++i) {
    tell(LiveChange{Json(R"({"id":"x","a":2,"_version":)" + std::to_string(i + 2) + "}")});
  }
  ASSERT_EQ(queue_.size(), before + 1) << "one merge at a time";
  Pump();
  Advance(Millis(1000));
  EXPECT_EQ(Lists(), 1u);
  EXPECT_EQ(Record("notes", "x")->header.server_version, static_cast<int64_t>(kToldWaitingMax) + 2);
}

// Nothing else may have a reason to send, and so to find out that the backend is back.
TEST_F(ListenerTest, ListensAgainAfterAnOutageThatNothingElseWaitsFor) {
  tuning_.collections["notes"].refetch_on_settle = false;
  StartLive();
  const auto made = Write({Create("notes", "{}", "y")}).operations[0];
  for (int i = 0; i < 2; ++i) {
    Answer(made.seq, Result(PushClass::kRetry, 0));
    if (i == 0) Advance(Millis(8000));
  }
  ASSERT_EQ(board_.Get().paused, PauseReason::kUnreachable);
  DiscardByHand(made.seq);
  AnswerLists();
  End();
  for (int i = 0; i < 20; ++i) {
    Advance(Millis(60'000));
    AnswerLists();
  }
  EXPECT_EQ(board_.Get().paused, PauseReason::kNone);
  EXPECT_TRUE(Listens());
}

TEST_F(ListenerTest, NothingIsCalledBackAfterItsEnd) {
  StartLive();
  Upstream::OnLive tell = std::move(upstream_->listening.at("notes"));
  engine_.reset();
  tell(LiveBegun());
  tell(LiveChange{Json(R"({"id":"x","a":2,"_version":2})")});
  tell(LiveEnded());
  EXPECT_TRUE(queue_.empty());
}

}  // namespace
}  // namespace tideover::sync
