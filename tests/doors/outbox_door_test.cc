#include "doors/outbox_door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/store_fixture.h"

namespace tideover::doors {
namespace {

using absl::StatusCode;
using log::PushState;
using log::SettledEntry;
using support::Create;
using support::Delete;
using support::Json;
using support::Named;
using support::Update;

class OutboxDoor : public support::DoorsFixture {
 protected:
  uint64_t Ask1(const OperationInput& input) { return MustCommit({input}).operations[0].seq; }
  void Have(const std::string& id) {
    Merge(Confirmed{Ask1(Create("notes", R"({"v":0})", id)), {}, {}});
  }
  PushState::Hold HoldOf(uint64_t seq) { return Pending(seq)->push().hold(); }
};

TEST_F(OutboxDoor, KnowsOnlyWhatIsPendingOrDead) {
  EXPECT_EQ(Retry(1).code(), StatusCode::kNotFound);
  EXPECT_EQ(Discard(1).code(), StatusCode::kNotFound);
  const uint64_t seq = Ask1(Create("notes", "{}", "x"));
  Merge(Confirmed{seq, {}, {}});
  EXPECT_EQ(Retry(seq).code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(Discard(seq).code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x"})");
}

TEST_F(OutboxDoor, RetryLetsAnyHoldGoButADependency) {
  const uint64_t seq = Ask1(Create("notes", "{}", "x"));
  for (const auto hold : {PushState::AMBIGUOUS, PushState::VERIFY, PushState::OPERATOR,
                          PushState::CONFLICT, PushState::NONE}) {
    Merge(Deferred{seq, {}, true, hold});
    EXPECT_TRUE(Retry(seq).ok());
    EXPECT_EQ(HoldOf(seq), PushState::NONE);
    ASSERT_EQ(notice().holds.size(), 1u) << "the engine is told to try it now";
    EXPECT_EQ(notice().holds[0].hold, PushState::NONE);
  }
  const uint64_t update = Ask1(Update("notes", "x", R"({"v":1})"));
  Merge(Rejected{seq, {}, {}});
  EXPECT_EQ(Retry(update).code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(HoldOf(update), PushState::DEPENDENCY);
}

TEST_F(OutboxDoor, DiscardOfAPendingOneRollsTheViewBack) {
  Have("x");
  const uint64_t first = Ask1(Named("m", Update("notes", "x", R"({"v":1})")));
  Ask1(Update("notes", "x", R"({"w":2})"));
  EXPECT_TRUE(Discard(first).ok());
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","v":0,"w":2})");
  EXPECT_EQ(Settled(first)->outcome(), SettledEntry::DISCARDED);
  ASSERT_EQ(notice().settled.size(), 1u);
  EXPECT_EQ(notice().settled[0].outcome, SettledEntry::DISCARDED);
  EXPECT_EQ(Discard(first).code(), StatusCode::kFailedPrecondition);
  // The app that repeats its call learns what became of it.
  const auto again = MustCommit({Named("m", Update("notes", "x", R"({"v":1})"))});
  EXPECT_TRUE(again.operations[0].repeated);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","v":0,"w":2})");
}

TEST_F(OutboxDoor, DiscardOfACreateHoldsWhatNeedsIt) {
  const uint64_t create = Ask1(Create("todos", "{}", "local-a"));
  const uint64_t update = Ask1(Update("todos", "local-a", R"({"v":1})"));
  EXPECT_TRUE(Discard(create).ok());
  EXPECT_EQ(HoldOf(update), PushState::DEPENDENCY);
  EXPECT_EQ(View("todos", "local-a"), "-");
  EXPECT_EQ(Retry(update).code(), StatusCode::kFailedPrecondition);
  EXPECT_TRUE(Discard(update).ok());
  EXPECT_EQ(Record("todos", "local-a")->header.pending, 0u);
}

// They left as one write that nobody answered: what is left of it names a document that the server
// does not know by that id.
TEST_F(OutboxDoor, WhatLeftWithADiscardedCreateIsNotSentWithoutIt) {
  const uint64_t create = Ask1(Create("todos", "{}", "local-a"));
  const uint64_t update = Ask1(Update("todos", "local-a", R"({"v":1})"));
  Merge({Sent{create, update}, Deferred{create, {}, true, PushState::AMBIGUOUS}});
  EXPECT_TRUE(Discard(create).ok());
  EXPECT_EQ(Retry(update).code(), StatusCode::kFailedPrecondition);
  EXPECT_NE(HoldOf(update), PushState::NONE);
}

TEST_F(OutboxDoor, NorWhenTheAttemptIsGivenUpAfterIt) {
  const uint64_t create = Ask1(Create("todos", "{}", "local-a"));
  const uint64_t update = Ask1(Update("todos", "local-a", R"({"v":1})"));
  Merge(Sent{create, update});
  EXPECT_TRUE(Discard(create).ok());
  Merge(Deferred{update, {}, true, PushState::AMBIGUOUS});
  EXPECT_EQ(Retry(update).code(), StatusCode::kFailedPrecondition);
  EXPECT_NE(HoldOf(update), PushState::NONE);
}

TEST_F(OutboxDoor, DiscardOfACreateHoldsNothingBeyondTheNextCreate) {
  const uint64_t create = Ask1(Create("notes", R"({"v":1})", "x"));
  const uint64_t gone = Ask1(Delete("notes", "x"));
  const uint64_t again = Ask1(Create("notes", R"({"v":2})", "x"));
  EXPECT_TRUE(Discard(create).ok());
  EXPECT_EQ(HoldOf(gone), PushState::DEPENDENCY);
  EXPECT_EQ(HoldOf(again), PushState::NONE);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","v":2})");
}

TEST_F(OutboxDoor, RetryOfADeadLetterGoesBackToItsOldPlace) {
  const uint64_t create = Ask1(Named("m", Create("todos", R"({"v":1})", "local-a")));
  const uint64_t update = Ask1(Update("todos", "local-a", R"({"v":2})"));
  Merge(Sent{create});
  Merge(Rejected{create, {}, {}});
  ASSERT_EQ(HoldOf(update), PushState::DEPENDENCY);
  Reopen();
  EXPECT_TRUE(Retry(create).ok());
  EXPECT_EQ(Counters().dead_letters(), 0u);
  EXPECT_EQ(Lane("todos", "local-a"), (std::vector<uint64_t>{create, update}));
  EXPECT_EQ(HoldOf(create), PushState::NONE);
  EXPECT_EQ(HoldOf(update), PushState::NONE);
  EXPECT_EQ(Pending(create)->push().attempts(), 1u);
  EXPECT_EQ(View("todos", "local-a"), R"({"id":"local-a","v":2})");
  ASSERT_EQ(notice().enqueued.size(), 1u);
  EXPECT_EQ(notice().enqueued[0].seq, create);
  EXPECT_FALSE(Settled(create).has_value());
  EXPECT_EQ(Pending(create)->mutation().mutation_id(), "m");
  Merge(Confirmed{create, {}, "s1"});
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1","v":2})");
}

TEST_F(OutboxDoor, RetryOfADeadUpdateFollowsItsDocument) {
  const uint64_t create = Ask1(Create("todos", R"({"v":1})", "local-a"));
  const uint64_t update = Ask1(Update("todos", "local-a", R"({"v":2})"));
  Merge(Rejected{update, {}, {}});
  Merge(Confirmed{create, {}, "s1"});
  EXPECT_EQ(Settled(update)->mutation().document_id(), "local-a");
  EXPECT_TRUE(Retry(update).ok());
  EXPECT_EQ(Pending(update)->mutation().document_id(), "s1");
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1","v":2})");
}

TEST_F(OutboxDoor, RetryOfADeadLetterBehindARefusedCreateIsHeld) {
  const uint64_t create = Ask1(Create("todos", R"({"v":1})", "local-a"));
  const uint64_t update = Ask1(Update("todos", "local-a", R"({"v":2})"));
  Merge({Rejected{update, {}, {}}, Rejected{create, {}, {}}});
  EXPECT_TRUE(Retry(update).ok());
  EXPECT_EQ(HoldOf(update), PushState::DEPENDENCY) << "sending it can only be refused again";
  EXPECT_TRUE(Retry(create).ok());
  EXPECT_EQ(HoldOf(update), PushState::NONE);
  EXPECT_EQ(View("todos", "local-a"), R"({"id":"local-a","v":2})");
}

TEST_F(OutboxDoor, DiscardOfADeadLetterMovesItToTheHistory) {
  Have("x");
  const uint64_t seq = Ask1(Named("m", Update("notes", "x", R"({"v":1})")));
  Merge(Rejected{seq, {}, {}});
  const std::string view = View("notes", "x");
  clock_.Advance(base::Millis(3));
  EXPECT_TRUE(Discard(seq).ok());
  EXPECT_EQ(Counters().dead_letters(), 0u);
  EXPECT_EQ(Settled(seq)->outcome(), SettledEntry::DISCARDED);
  EXPECT_EQ(Settled(seq)->settled_wall_ms(), clock_.wall_ms);
  EXPECT_EQ(View("notes", "x"), view);
  EXPECT_EQ(Retry(seq).code(), StatusCode::kFailedPrecondition);
  EXPECT_TRUE(MustCommit({Named("m", Update("notes", "x", R"({"v":1})"))}).operations[0].repeated);
}

TEST_F(OutboxDoor, ARepeatedRequestInOneTurnFailsAlone) {
  const uint64_t seq = Ask1(Create("notes", "{}", "x"));
  const OutboxRequest discard{OutboxRequest::Verb::kDiscard, seq};
  const auto answers = RunTurn({discard, discard});
  EXPECT_TRUE(answers[0].status.ok());
  EXPECT_EQ(answers[1].status.code(), StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace tideover::doors
