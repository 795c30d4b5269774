// Ids of documents inside other documents: what a mutation names by a provisional id waits for it,
// learns the server's id, or is held with what it needs. The store is checked after every turn.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "doors/bundle.h"
#include "support/store_fixture.h"

namespace tideover::doors {
namespace {

using absl::StatusCode;
using log::PushState;
using support::Create;
using support::Delete;
using support::Json;
using support::Replace;
using support::Update;
using testing::ElementsAre;
using testing::IsEmpty;

class References : public support::DoorsFixture {
 protected:
  uint64_t Ask1(const OperationInput& input) { return MustCommit({input}).operations[0].seq; }
  std::vector<std::string> OpenOf(uint64_t seq) {
    std::vector<std::string> open;
    const auto entry = Pending(seq);
    for (const auto& name : entry->mutation().references()) {
      open.push_back(doors_->catalog().NameOf(name.collection()) + "/" + name.document_id());
    }
    return open;
  }
  std::string JsonOf(uint64_t seq) { return Pending(seq)->mutation().json(); }
  PushState::Hold HoldOf(uint64_t seq) { return Pending(seq)->push().hold(); }
  std::vector<uint64_t> PlannedWith(uint64_t head) {
    const auto txn = env_->BeginRead();
    return PlanSend(txn->reader(), head, 100)->bundle.seqs;
  }
};

TEST_F(References, WaitForTheCreateAndLearnTheServersId) {
  const uint64_t parent = Ask1(Create("todos", "{}", "local-p"));
  const uint64_t child = Ask1(Create("notes", R"({"todo":"local-p","t":1})", "n"));
  EXPECT_THAT(OpenOf(child), ElementsAre("todos/local-p"));
  EXPECT_EQ(HoldOf(child), PushState::NONE);
  Reopen();
  Merge(Confirmed{parent, {}, "s1"});
  EXPECT_THAT(OpenOf(child), IsEmpty());
  EXPECT_EQ(JsonOf(child), R"({"todo":"s1","t":1})");
  EXPECT_EQ(View("notes", "n"), R"({"id":"n","todo":"s1","t":1})");
  EXPECT_THAT(notice().freed, ElementsAre(log::DocumentKey(IdOf("notes"), "n")));
  ASSERT_EQ(notice().changes.size(), 2u);
  EXPECT_EQ(notice().changes[0].previous_id, "local-p");
  EXPECT_EQ(notice().changes[1].id, "n");
}

TEST_F(References, AreRewrittenAtOnceWhenTheIdIsKnown) {
  Merge(Confirmed{Ask1(Create("todos", "{}", "local-p")), {}, "s1"});
  const uint64_t child = Ask1(Create("notes", R"({"todo":"local-p"})", "n"));
  EXPECT_THAT(OpenOf(child), IsEmpty());
  EXPECT_EQ(JsonOf(child), R"({"todo":"s1"})");
  EXPECT_EQ(View("notes", "n"), R"({"id":"n","todo":"s1"})");
}

TEST_F(References, AreFoundInListsAndPatchesAndWholeDocuments) {
  const uint64_t p = Ask1(Create("todos", "{}", "local-p"));
  const uint64_t q = Ask1(Create("todos", "{}", "local-q"));
  Ask1(Create("todos", "{}", "local-x"));
  const uint64_t patch = Ask1(
      Update("todos", "local-x", R"({"links":["s9","local-q",1,"local-p"],"text":"local-p"})"));
  const uint64_t whole = Ask1(Replace("todos", "local-x", R"({"parent":"local-q"})"));
  EXPECT_THAT(OpenOf(patch), ElementsAre("todos/local-p", "todos/local-q"));
  EXPECT_THAT(OpenOf(whole), ElementsAre("todos/local-q"));
  Merge(Confirmed{q, {}, "s2"});
  EXPECT_THAT(OpenOf(patch), ElementsAre("todos/local-p"));
  EXPECT_THAT(OpenOf(whole), IsEmpty());
  Merge(Confirmed{p, {}, "s1"});
  // A member that holds no ids is left alone.
  EXPECT_EQ(JsonOf(patch), R"({"links":["s9","s2",1,"s1"],"text":"local-p"})");
  EXPECT_EQ(View("todos", "local-x"), R"({"id":"local-x","parent":"s2"})");
}

TEST_F(References, WithinOneCallAreOpenToo) {
  const CommitAnswer answer =
      MustCommit({Create("todos", "{}", "local-p"), Create("notes", R"({"todo":"local-p"})", "n")});
  EXPECT_THAT(OpenOf(answer.operations[1].seq), ElementsAre("todos/local-p"));
  EXPECT_EQ(HoldOf(answer.operations[1].seq), PushState::NONE);
}

TEST_F(References, OfADocumentThatNothingMakesAreHeldUntilItIsThere) {
  const CommitAnswer answer = MustCommit({Create("notes", R"({"todo":"local-p"})", "n")});
  const uint64_t child = answer.operations[0].seq;
  EXPECT_TRUE(answer.operations[0].held);
  EXPECT_EQ(HoldOf(child), PushState::DEPENDENCY);
  EXPECT_EQ(Retry(child).code(), StatusCode::kFailedPrecondition);
  const uint64_t parent = Ask1(Create("todos", "{}", "local-p"));
  Merge(Confirmed{parent, {}, "s1"});
  EXPECT_EQ(HoldOf(child), PushState::NONE);
  EXPECT_EQ(JsonOf(child), R"({"todo":"s1"})");
}

TEST_F(References, OfARefusedCreateAreHeldAndGoWhenItIsRetried) {
  const uint64_t parent = Ask1(Create("todos", "{}", "local-p"));
  const uint64_t child = Ask1(Create("notes", R"({"todo":"local-p"})", "n"));
  Merge(Rejected{parent, {}, {}});
  EXPECT_EQ(HoldOf(child), PushState::DEPENDENCY);
  // What is written while the create is a dead letter needs it as well.
  const uint64_t late = Ask1(Create("notes", R"({"todo":"local-p"})", "m"));
  EXPECT_EQ(HoldOf(late), PushState::DEPENDENCY);
  ASSERT_TRUE(Retry(parent).ok());
  EXPECT_EQ(HoldOf(child), PushState::NONE);
  EXPECT_EQ(HoldOf(late), PushState::NONE);
  Merge(Confirmed{parent, {}, "s1"});
  EXPECT_EQ(JsonOf(late), R"({"todo":"s1"})");
}

TEST_F(References, OfADiscardedCreateAreHeld) {
  const uint64_t parent = Ask1(Create("todos", "{}", "local-p"));
  const uint64_t child = Ask1(Create("notes", R"({"todo":"local-p"})", "n"));
  ASSERT_TRUE(Discard(parent).ok());
  EXPECT_EQ(HoldOf(child), PushState::DEPENDENCY);
  ASSERT_TRUE(Discard(child).ok());
  EXPECT_FALSE(Pending(child).has_value());
}

TEST_F(References, AHoldSpreadsToWhatNeedsWhatIsHeld) {
  const uint64_t a = Ask1(Create("todos", "{}", "local-a"));
  const uint64_t b = Ask1(Create("todos", R"({"parent":"local-a"})", "local-b"));
  const uint64_t behind = Ask1(Update("todos", "local-b", R"({"v":1})"));
  const uint64_t c = Ask1(Create("todos", R"({"parent":"local-b"})", "local-c"));
  const uint64_t d = Ask1(Create("notes", R"({"todo":"local-c"})", "d"));
  Merge(Rejected{a, {}, {}});
  for (const uint64_t seq : {b, behind, c, d}) EXPECT_EQ(HoldOf(seq), PushState::DEPENDENCY) << seq;
  ASSERT_TRUE(Retry(a).ok());
  for (const uint64_t seq : {b, behind, c, d}) EXPECT_EQ(HoldOf(seq), PushState::NONE) << seq;
  Merge(Confirmed{a, {}, "s1"});
  EXPECT_THAT(OpenOf(b), IsEmpty());
  EXPECT_THAT(OpenOf(c), ElementsAre("todos/local-b"));
}

TEST_F(References, WhatLacksTwoIsHeldUntilBothAreBack) {
  const uint64_t a = Ask1(Create("todos", "{}", "local-a"));
  const uint64_t b = Ask1(Create("todos", "{}", "local-b"));
  const uint64_t c = Ask1(Create("todos", R"({"links":["local-a","local-b"]})", "local-c"));
  Merge({Rejected{a, {}, {}}, Rejected{b, {}, {}}});
  ASSERT_TRUE(Retry(a).ok());
  EXPECT_EQ(HoldOf(c), PushState::DEPENDENCY);
  Merge(Confirmed{a, {}, "s1"});
  EXPECT_EQ(HoldOf(c), PushState::DEPENDENCY);
  ASSERT_TRUE(Retry(b).ok());
  EXPECT_EQ(HoldOf(c), PushState::NONE);
}

TEST_F(References, ACircleIsHeldAndNotWaitedFor) {
  EXPECT_EQ(StatusOf(Create("todos", R"({"parent":"local-a"})", "local-a")).code(),
            StatusCode::kInvalidArgument);
  const uint64_t a = Ask1(Create("todos", R"({"parent":"local-b"})", "local-a"));
  const uint64_t b = Ask1(Create("todos", R"({"parent":"local-a"})", "local-b"));
  EXPECT_EQ(HoldOf(a), PushState::DEPENDENCY);
  EXPECT_EQ(HoldOf(b), PushState::DEPENDENCY);
  ASSERT_TRUE(Discard(a).ok());
  ASSERT_TRUE(Discard(b).ok());
}

TEST_F(References, AnUpdateMayNameItsOwnDocument) {
  const uint64_t create = Ask1(Create("todos", "{}", "local-a"));
  const uint64_t update = Ask1(Update("todos", "local-a", R"({"parent":"local-a"})"));
  EXPECT_THAT(OpenOf(update), ElementsAre("todos/local-a"));
  Merge(Confirmed{create, {}, "s1"});
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1","parent":"s1"})");
  EXPECT_THAT(OpenOf(update), IsEmpty());
}

// Deleted and made once more before the server had answered: the second one is meant.
TEST_F(References, MeanTheLatestDocumentOfTheId) {
  const uint64_t first = Ask1(Create("todos", R"({"v":1})", "local-a"));
  const uint64_t before = Ask1(Create("notes", R"({"todo":"local-a"})", "n"));
  const uint64_t gone = Ask1(Delete("todos", "local-a"));
  const uint64_t second = Ask1(Create("todos", R"({"v":2})", "local-a"));
  const uint64_t after = Ask1(Create("notes", R"({"todo":"local-a"})", "m"));
  Merge(Confirmed{first, {}, "s1"});
  EXPECT_EQ(JsonOf(before), R"({"todo":"s1"})");
  EXPECT_THAT(OpenOf(after), ElementsAre("todos/s1"));
  EXPECT_EQ(JsonOf(after), R"({"todo":"local-a"})");
  Merge(Confirmed{gone, {}, {}});
  Merge(Confirmed{second, {}, "s2"});
  EXPECT_EQ(JsonOf(after), R"({"todo":"s2"})");
}

TEST_F(References, OfAnIdThatTheServerKeepsAreClosedWithoutARewrite) {
  const uint64_t parent = Ask1(Create("todos", "{}", "local-p"));
  const uint64_t child = Ask1(Create("notes", R"({"todo":"local-p"})", "n"));
  Merge(Confirmed{parent, {}, {}});
  EXPECT_THAT(OpenOf(child), IsEmpty());
  EXPECT_EQ(JsonOf(child), R"({"todo":"local-p"})");
  EXPECT_EQ(notice().freed.size(), 1u);
}

TEST_F(References, ThatAreOpenAreNeverSentInCompany) {
  Ask1(Create("todos", "{}", "local-p"));
  const uint64_t create = Ask1(Create("notes", "{}", "n"));
  const uint64_t open = Ask1(Update("notes", "n", R"({"todo":"local-p"})"));
  const uint64_t last = Ask1(Update("notes", "n", R"({"t":1})"));
  EXPECT_THAT(PlannedWith(create), ElementsAre(create));
  EXPECT_THAT(PlannedWith(open), ElementsAre(open));
  EXPECT_THAT(PlannedWith(last), ElementsAre(last));
}

TEST_F(References, ACreateThatIsNeededIsNotCancelledByItsDelete) {
  const uint64_t parent = Ask1(Create("todos", "{}", "local-p"));
  const uint64_t gone = Ask1(Delete("todos", "local-p"));
  EXPECT_THAT(PlannedWith(parent), ElementsAre(parent, gone));
  const uint64_t child = Ask1(Create("notes", R"({"todo":"local-p"})", "n"));
  EXPECT_THAT(PlannedWith(parent), ElementsAre(parent));
  // It was decided before the child came.
  Merge(Cancelled{parent, gone});
  EXPECT_EQ(HoldOf(child), PushState::DEPENDENCY);
}

// The one that was meant is refused, the one before it is there.
TEST_F(References, FallBackToWhatTheServerHas) {
  const uint64_t first = Ask1(Create("todos", R"({"v":1})", "local-a"));
  const uint64_t gone = Ask1(Delete("todos", "local-a"));
  const uint64_t second = Ask1(Create("todos", R"({"v":2})", "local-a"));
  const uint64_t after = Ask1(Create("notes", R"({"todo":"local-a"})", "m"));
  Merge(Confirmed{first, {}, "s1"});
  ASSERT_TRUE(Discard(gone).ok());
  Merge(Rejected{second, {}, {}});
  EXPECT_EQ(JsonOf(after), R"({"todo":"s1"})");
  EXPECT_EQ(HoldOf(after), PushState::NONE);
}

TEST_F(References, OfARefusedSecondLifeAreHeld) {
  const uint64_t first = Ask1(Create("todos", R"({"v":1})", "local-a"));
  const uint64_t gone = Ask1(Delete("todos", "local-a"));
  const uint64_t second = Ask1(Create("todos", R"({"v":2})", "local-a"));
  const uint64_t after = Ask1(Create("notes", R"({"todo":"local-a"})", "m"));
  Merge({Confirmed{first, {}, "s1"}, Confirmed{gone, {}, {}}, Rejected{second, {}, {}}});
  EXPECT_EQ(HoldOf(after), PushState::DEPENDENCY);
  ASSERT_TRUE(Retry(second).ok());
  EXPECT_EQ(HoldOf(after), PushState::NONE);
}

TEST_F(References, AreFoundAnewInWhatAPersonPutsIn) {
  const uint64_t parent = Ask1(Create("todos", "{}", "local-p"));
  const uint64_t child = Ask1(Create("notes", R"({"t":1})", "n"));
  const auto edit = [&](std::string json) {
    return RunTurn({OutboxRequest{OutboxRequest::Verb::kEdit, child, std::move(json)}})
        .front()
        .status;
  };
  ASSERT_TRUE(edit(R"({"todo":"local-p"})").ok());
  EXPECT_THAT(OpenOf(child), ElementsAre("todos/local-p"));
  EXPECT_EQ(HoldOf(child), PushState::NONE);
  ASSERT_TRUE(edit(R"({"todo":"local-no"})").ok());
  EXPECT_EQ(HoldOf(child), PushState::DEPENDENCY);
  ASSERT_TRUE(edit(R"({"t":2})").ok());
  EXPECT_EQ(HoldOf(child), PushState::NONE);
  EXPECT_EQ(notice().freed.size(), 1u);
  ASSERT_TRUE(edit(R"({"todo":"local-p"})").ok());
  Merge(Confirmed{parent, {}, "s1"});
  EXPECT_EQ(JsonOf(child), R"({"todo":"s1"})");
}

TEST_F(References, OfADeadLetterAreFoundAnewWhenItIsRetried) {
  const uint64_t parent = Ask1(Create("todos", "{}", "local-p"));
  const uint64_t child = Ask1(Create("notes", R"({"todo":"local-p"})", "n"));
  Merge(Confirmed{parent, {}, "s1"});
  Merge(Rejected{child, {}, {}});
  ASSERT_TRUE(Retry(child).ok());
  EXPECT_EQ(JsonOf(child), R"({"todo":"s1"})");
  EXPECT_EQ(HoldOf(child), PushState::NONE);
}

}  // namespace
}  // namespace tideover::doors
