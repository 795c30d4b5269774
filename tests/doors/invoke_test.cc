// Custom operations of the backend: one mutation in the lanes of all documents that it is expected
// to change, from its commit to what becomes of its effects. The store is checked after every turn.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/store_fixture.h"

namespace tideover::doors {
namespace {

using absl::StatusCode;
using log::Mutation;
using log::PushState;
using support::Create;
using support::Delete;
using support::Invoke;
using support::Json;
using support::Named;
using support::Update;
using support::Upsert;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class InvokeDoor : public support::DoorsFixture {
 protected:
  uint64_t Ask1(const OperationInput& input) { return MustCommit({input}).operations[0].seq; }
  PushState::Hold HoldOf(uint64_t seq) { return Pending(seq)->push().hold(); }
  // A note that the server has.
  void Known(const std::string& id) {
    Merge(Confirmed{Ask1(Create("notes", R"({"v":0})", id)), {}, {}});
  }
};

TEST_F(InvokeDoor, ShowsItsEffectsUntilItIsConfirmed) {
  Known("a");
  Known("b");
  const uint64_t seq = Ask1(
      Invoke("finish", R"({"n":1})", {Update("notes", "a", R"({"v":1})"), Delete("notes", "b")}));
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","v":1})");
  EXPECT_EQ(View("notes", "b"), "-");
  EXPECT_THAT(Lane("notes", "a"), ElementsAre(seq));
  EXPECT_THAT(Lane("notes", "b"), ElementsAre(seq));
  EXPECT_EQ(Pending(seq)->mutation().kind(), Mutation::INVOKE);
  EXPECT_EQ(Pending(seq)->mutation().operation(), "finish");
  EXPECT_EQ(Pending(seq)->mutation().json(), R"({"n":1})");
  Merge(Confirmed{seq, {}, {}, R"({"done":2})"});
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","v":0})");
  EXPECT_EQ(View("notes", "b"), R"({"id":"b","v":0})");
  EXPECT_EQ(Settled(seq)->result_json(), R"({"done":2})");
  EXPECT_EQ(notice().settled.at(0).effects.size(), 2u);
  EXPECT_EQ(notice().changes.size(), 2u);
  // A list that was asked for before that proves nothing about them.
  EXPECT_EQ(Record("notes", "a")->header.settled_commit, notice().commit);
}

TEST_F(InvokeDoor, SeveralEffectsOnOneDocumentAreOneEntryOfItsLane) {
  const uint64_t seq =
      Ask1(Invoke("finish", "{}",
                  {Create("notes", R"({"v":0})", "a"), Delete("notes", "a"),
                   Upsert(Delete("notes", "a")), Create("notes", R"({"v":1})", "a"),
                   Update("notes", "a", R"({"w":2})"), Upsert(Delete("notes", "none"))}));
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","v":1,"w":2})");
  EXPECT_THAT(Lane("notes", "a"), ElementsAre(seq));
  EXPECT_EQ(Record("notes", "a")->header.pending, 1u);
  EXPECT_FALSE(Record("notes", "none").has_value());
}

TEST_F(InvokeDoor, WithoutEffectsHasALaneOfItsOwn) {
  const uint64_t one = Ask1(Invoke("finish", ""));
  const uint64_t two = Ask1(Invoke("finish", ""));
  EXPECT_EQ(Pending(one)->mutation().json(), "{}");
  const auto txn = env_->BeginRead();
  EXPECT_EQ(txn->reader().Count(store::Table::kLanes).value_or(0), 2u);
  EXPECT_EQ(txn->reader().Count(store::Table::kDocuments).value_or(9), 0u);
  Merge({Confirmed{one, {}, {}}, Rejected{two, {}, {}}});
  EXPECT_EQ(Counters().dead_letters(), 1u);
  ASSERT_TRUE(Retry(two).ok());
  ASSERT_TRUE(Discard(two).ok());
}

TEST_F(InvokeDoor, ItsMutationIdMakesARepetitionSafe) {
  Known("a");
  const OperationInput input =
      Named("m", Invoke("finish", R"({"n":1})", {Update("notes", "a", R"({"v":1})")}));
  const OperationAnswer first = MustCommit({input}).operations[0];
  const OperationAnswer again = MustCommit({input}).operations[0];
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.seq, first.seq);
  OperationInput other = input;
  other.effects[0].json = R"({"v":2})";
  EXPECT_EQ(StatusOf(other).code(), StatusCode::kFailedPrecondition);
  other = input;
  other.operation = "archive";
  other.json = R"({"id":1})";
  EXPECT_EQ(StatusOf(other).code(), StatusCode::kFailedPrecondition);
}

TEST_F(InvokeDoor, IsCheckedLikeAWrite) {
  EXPECT_EQ(StatusOf(Invoke("finsh", "{}")).code(), StatusCode::kNotFound);
  EXPECT_THAT(std::string(StatusOf(Invoke("finsh", "{}")).message()), HasSubstr("\"finish\"?"));
  EXPECT_EQ(StatusOf(Invoke("finish", "[]")).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(StatusOf(Invoke("archive", R"({"id":1})")).code(), StatusCode::kOk);
  EXPECT_EQ(StatusOf(Invoke("archive", R"({"other":1})")).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(StatusOf(Invoke("archive", R"({"why":1})")).code(), StatusCode::kInvalidArgument);
  const auto effect = [&](const OperationInput& input) {
    return StatusOf(Invoke("finish", "{}", {input})).code();
  };
  EXPECT_EQ(effect(Update("nots", "a", "{}")), StatusCode::kNotFound);
  EXPECT_EQ(effect(Update("notes", "a", "{}")), StatusCode::kNotFound);
  EXPECT_EQ(effect(Create("todos", "{}", "s1")), StatusCode::kInvalidArgument);
  EXPECT_EQ(effect(Named("m", Create("notes", "{}", "a"))), StatusCode::kInvalidArgument);
  EXPECT_EQ(effect(Invoke("finish", "{}")), StatusCode::kInvalidArgument);
}

TEST_F(InvokeDoor, AnEffectNeedNotBeSomethingThatTheBackendOffers) {
  rules_["notes"].can_create = false;
  rules_["notes"].update_fields = {{"w"}};
  Reopen();
  Ask1(Invoke("finish", "{}", {Create("notes", R"({"v":1})", "a")}));
  Ask1(Invoke("finish", "{}", {Update("notes", "a", R"({"v":2})")}));
  Ask1(Invoke("finish", "{}", {Upsert(Update("notes", "b", R"({"v":2})"))}));
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","v":2})");
}

TEST_F(InvokeDoor, ARefusedOneRollsBackAndCanBeRetried) {
  Known("a");
  const uint64_t seq = Ask1(Invoke("finish", "{}", {Update("notes", "a", R"({"v":1})")}));
  const uint64_t later = Ask1(Update("notes", "a", R"({"w":2})"));
  Merge(Rejected{seq, {}, {}});
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","v":0,"w":2})");
  EXPECT_EQ(HoldOf(later), PushState::NONE);
  EXPECT_EQ(Settled(seq)->mutation().effects_size(), 1);
  ASSERT_TRUE(Retry(seq).ok());
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","v":1,"w":2})");
  EXPECT_THAT(Lane("notes", "a"), ElementsAre(seq, later));
  ASSERT_TRUE(Discard(seq).ok());
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","v":0,"w":2})");
}

TEST_F(InvokeDoor, FollowsItsDocumentToTheServersId) {
  const uint64_t create = Ask1(Create("todos", R"({"v":0})", "local-a"));
  const uint64_t seq =
      Ask1(Invoke("finish", R"({"ids":["local-a","local-no"],"deep":{"id":"local-a"}})",
                  {Update("todos", "local-a", R"({"v":1})")}));
  EXPECT_EQ(Pending(seq)->mutation().references_size(), 1);
  Merge(Confirmed{create, {}, "s1"});
  const Mutation mutation = Pending(seq)->mutation();
  EXPECT_EQ(mutation.json(), R"({"ids":["s1","local-no"],"deep":{"id":"s1"}})");
  EXPECT_EQ(mutation.effects(0).document().document_id(), "s1");
  EXPECT_EQ(mutation.references_size(), 0);
  EXPECT_THAT(Lane("todos", "s1"), ElementsAre(seq));
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1","v":1})");
}

TEST_F(InvokeDoor, HeldWithTheCreateThatItNeeds) {
  const uint64_t create = Ask1(Create("todos", R"({"v":0})", "local-a"));
  const uint64_t effect = Ask1(Invoke("finish", "{}", {Update("todos", "local-a", R"({"v":1})")}));
  const uint64_t named = Ask1(Invoke("finish", R"({"id":"local-a"})"));
  Merge(Rejected{create, {}, {}});
  EXPECT_EQ(HoldOf(effect), PushState::DEPENDENCY);
  EXPECT_EQ(HoldOf(named), PushState::DEPENDENCY);
  ASSERT_TRUE(Retry(create).ok());
  EXPECT_EQ(HoldOf(effect), PushState::NONE);
  EXPECT_EQ(HoldOf(named), PushState::NONE);
}

TEST_F(InvokeDoor, WhatItMakesVanishesAndHoldsWhatNeedsIt) {
  const uint64_t seq = Ask1(Invoke("finish", "{}", {Create("todos", R"({"v":1})", "local-z")}));
  const uint64_t update = Ask1(Update("todos", "local-z", R"({"v":2})"));
  const uint64_t child = Ask1(Create("notes", R"({"todo":"local-z"})", "n"));
  EXPECT_EQ(View("todos", "local-z"), R"({"id":"local-z","v":2})");
  EXPECT_EQ(HoldOf(update), PushState::NONE);
  EXPECT_EQ(HoldOf(child), PushState::NONE);
  Merge(Confirmed{seq, {}, {}});
  EXPECT_EQ(View("todos", "local-z"), "-");
  EXPECT_EQ(HoldOf(update), PushState::DEPENDENCY);
  EXPECT_EQ(HoldOf(child), PushState::DEPENDENCY);
}

TEST_F(InvokeDoor, ARetryOfOneThatMakesADocumentLetsGoWhatNeedsIt) {
  const uint64_t seq =
      Ask1(Invoke("finish", R"({"new":"local-z"})", {Create("todos", R"({"v":1})", "local-z")}));
  // A name of what it makes itself is none of a document that it waits for.
  EXPECT_EQ(Pending(seq)->mutation().references_size(), 0);
  const uint64_t update = Ask1(Update("todos", "local-z", R"({"v":2})"));
  Merge(Rejected{seq, {}, {}});
  EXPECT_EQ(HoldOf(update), PushState::DEPENDENCY);
  ASSERT_TRUE(Retry(seq).ok());
  EXPECT_EQ(HoldOf(update), PushState::NONE);
  EXPECT_EQ(View("todos", "local-z"), R"({"id":"local-z","v":2})");
}

TEST_F(InvokeDoor, WithAnIdMadeHereForGoodWhatFollowsGoesOn) {
  const uint64_t seq = Ask1(Invoke("finish", "{}", {Create("notes", R"({"v":1})", "z")}));
  const uint64_t update = Ask1(Update("notes", "z", R"({"v":2})"));
  Merge(Confirmed{seq, {}, {}});
  EXPECT_EQ(HoldOf(update), PushState::NONE);
}

TEST_F(InvokeDoor, AnAmbiguousOneStaysInTheViewWhileItIsHeld) {
  Known("a");
  const uint64_t seq = Ask1(Invoke("finish", "{}", {Update("notes", "a", R"({"v":1})")}));
  Merge(Sent{seq});
  Merge(Deferred{seq, {}, true, PushState::AMBIGUOUS});
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","v":1})");
  ASSERT_TRUE(Retry(seq).ok());
  EXPECT_EQ(HoldOf(seq), PushState::NONE);
}

}  // namespace
}  // namespace tideover::doors
