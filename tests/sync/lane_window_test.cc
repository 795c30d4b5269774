#include "sync/lane_window.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/store_fixture.h"

namespace tideover::sync {
namespace {

using support::Create;
using support::Delete;
using support::Invoke;
using support::Update;

class LaneWindowTest : public support::DoorsFixture {
 protected:
  uint64_t Log(doors::OperationInput input) {
    return MustCommit({std::move(input)}).operations[0].seq;
  }
  doors::OperationInput Scoped(std::string scope, doors::OperationInput input) {
    input.scope = std::move(scope);
    return input;
  }
  static void Refill(LaneWindow* window) { ASSERT_TRUE(window->Refill().ok()); }
  static std::vector<uint64_t> Ready(const LaneWindow& window) {
    std::vector<uint64_t> heads;
    for (const sync::Lane* lane : window.Ready(100)) heads.push_back(lane->head);
    return heads;
  }
  // The window hears of the latest commit, as the pusher tells it.
  void Hear(LaneWindow* window) {
    for (const view::Change& change : notice().changes) {
      if (change.previous_id.empty()) continue;
      ASSERT_TRUE(window->Rename(change.collection, change.previous_id, change.id).ok());
    }
    for (const view::Moved& moved : notice().settled) {
      window->Forget(moved.seq);
      if (sync::Lane* lane = window->Find(moved.seq)) {
        ASSERT_TRUE(window->Advance(lane).ok());
        continue;
      }
      ASSERT_TRUE(window->Free({moved.collection, moved.document_id}).ok());
      for (const LaneKey& key : moved.effects) ASSERT_TRUE(window->Free(key).ok());
    }
    for (const LaneKey& key : notice().freed) ASSERT_TRUE(window->Free(key).ok());
    for (const view::Enqueued& enqueued : notice().enqueued) {
      ASSERT_TRUE(window->Enqueue(enqueued).ok());
    }
    Refill(window);
  }
  void Confirm(LaneWindow* window, uint64_t seq, std::string server_id = "") {
    Merge(doors::Confirmed{seq, {}, std::move(server_id)});
    Hear(window);
  }
  // A note that the server has.
  void Known(const std::string& id) {
    Merge(doors::Confirmed{Log(Create("notes", "{}", id)), {}, {}});
  }
  // The head is settled on disk, and the window hears of it.
  void Settle(LaneWindow* window, uint64_t seq, std::string server_id = "") {
    Merge(doors::Confirmed{seq, {}, std::move(server_id)});
    for (const view::Change& change : notice().changes) {
      if (change.previous_id.empty()) continue;
      ASSERT_TRUE(window->Rename(change.collection, change.previous_id, change.id).ok());
    }
    window->Forget(seq);
    sync::Lane* lane = window->Find(seq);
    if (lane != nullptr) {
      ASSERT_TRUE(window->Advance(lane).ok());
    }
  }
};

TEST_F(LaneWindowTest, HoldsOneLaneForEachDocumentLedByItsOldest) {
  const uint64_t a = Log(Create("notes", "{}", "a"));
  const uint64_t b = Log(Create("notes", "{}", "b"));
  Log(Update("notes", "a", R"({"v":1})"));
  LaneWindow window(env_.get(), 100);
  Refill(&window);
  EXPECT_EQ(window.size(), 2u);
  EXPECT_EQ(Ready(window), (std::vector<uint64_t>{a, b}));
}

TEST_F(LaneWindowTest, TheNextOfTheDocumentFollowsTheHeadThatHasGone) {
  const uint64_t first = Log(Create("notes", "{}", "a"));
  const uint64_t second = Log(Update("notes", "a", R"({"v":1})"));
  LaneWindow window(env_.get(), 100);
  Refill(&window);
  Settle(&window, first);
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{second});
  Settle(&window, second);
  EXPECT_EQ(window.size(), 0u);
}

TEST_F(LaneWindowTest, ReadsNoFurtherThanItsBoundUntilThereIsRoom) {
  const uint64_t a = Log(Create("notes", "{}", "a"));
  const uint64_t b = Log(Create("notes", "{}", "b"));
  const uint64_t c = Log(Create("notes", "{}", "c"));
  LaneWindow window(env_.get(), 2);
  Refill(&window);
  EXPECT_EQ(Ready(window), (std::vector<uint64_t>{a, b}));
  EXPECT_FALSE(window.WantsRefill());
  Settle(&window, a);
  EXPECT_TRUE(window.WantsRefill());
  Refill(&window);
  EXPECT_EQ(Ready(window), (std::vector<uint64_t>{b, c}));
}

TEST_F(LaneWindowTest, ALaneWhoseRestWasNotWalkedYetMakesRoomForOthers) {
  const uint64_t first = Log(Create("notes", "{}", "a"));
  const uint64_t b = Log(Create("notes", "{}", "b"));
  const uint64_t second = Log(Update("notes", "a", R"({"v":1})"));
  LaneWindow window(env_.get(), 1);
  Refill(&window);
  Settle(&window, first);
  EXPECT_EQ(window.size(), 0u);
  Refill(&window);
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{b});
  Settle(&window, b);
  Refill(&window);
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{second});
}

TEST_F(LaneWindowTest, HeldLanesTakeNoRoom) {
  const uint64_t a = Log(Create("notes", "{}", "a"));
  const uint64_t b = Log(Create("notes", "{}", "b"));
  LaneWindow window(env_.get(), 1);
  Refill(&window);
  window.SetState(window.Find(a), LaneState::kHeld);
  Refill(&window);
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{b});
}

TEST_F(LaneWindowTest, LanesThatBackOffTakeNoRoomUntilThereAreVeryMany) {
  std::vector<uint64_t> seqs;
  for (size_t i = 0; i < LaneWindow::kPatience + 2; ++i) {
    seqs.push_back(Log(Create("notes", "{}", "n" + std::to_string(i))));
  }
  LaneWindow window(env_.get(), 1);
  for (size_t i = 0; i < LaneWindow::kPatience; ++i) {
    Refill(&window);
    EXPECT_EQ(Ready(window), std::vector<uint64_t>{seqs[i]});
    window.Wait(window.Find(seqs[i]), {1'000});
  }
  Refill(&window);
  const uint64_t last = seqs[LaneWindow::kPatience];
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{last});
  window.Wait(window.Find(last), {1'000});
  Refill(&window);
  EXPECT_EQ(Ready(window), std::vector<uint64_t>()) << "one too many";
  Settle(&window, seqs[0]);
  Refill(&window);
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{seqs.back()});
}

TEST_F(LaneWindowTest, LanesThatWaitForTheirScopeTakeNoRoom) {
  const uint64_t a = Log(Scoped("s", Create("notes", "{}", "a")));
  Log(Scoped("s", Create("notes", "{}", "b")));
  Log(Scoped("s", Create("notes", "{}", "c")));
  const uint64_t other = Log(Create("notes", "{}", "d"));
  LaneWindow window(env_.get(), 2);
  Refill(&window);
  EXPECT_EQ(Ready(window), (std::vector<uint64_t>{a, other}));
}

TEST_F(LaneWindowTest, AScopeGoesInLogOrderAcrossDocuments) {
  const uint64_t a = Log(Scoped("s", Create("notes", "{}", "a")));
  const uint64_t b = Log(Scoped("s", Create("notes", "{}", "b")));
  LaneWindow window(env_.get(), 100);
  Refill(&window);
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{a});
  EXPECT_EQ(window.Find(b)->state, LaneState::kBlocked);
  Settle(&window, a);
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{b});
}

TEST_F(LaneWindowTest, WaitingLanesWakeWhenTheirTimeHasCome) {
  const uint64_t a = Log(Create("notes", "{}", "a"));
  LaneWindow window(env_.get(), 100);
  Refill(&window);
  window.Wait(window.Find(a), {5000});
  EXPECT_EQ(window.NextWake(), base::MonoTime{5000});
  window.Wake({4999});
  EXPECT_TRUE(Ready(window).empty());
  window.Wake({5000});
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{a});
  EXPECT_FALSE(window.NextWake().has_value());
}

TEST_F(LaneWindowTest, FollowsADocumentToTheServersId) {
  const uint64_t create = Log(Create("todos", "{}", "local-a"));
  const uint64_t update = Log(Update("todos", "local-a", R"({"v":1})"));
  LaneWindow window(env_.get(), 100);
  Refill(&window);
  Settle(&window, create, "s1");
  ASSERT_EQ(Ready(window), std::vector<uint64_t>{update});
  EXPECT_EQ(window.Find(update)->keys.front().second, "s1");
}

// The store is ahead of what we were told: the older mutation was walked under the provisional id,
// the newer one is met under the server's.
TEST_F(LaneWindowTest, ANewerMutationDoesNotOvertakeOneThatWasWalkedUnderAnotherId) {
  const uint64_t create = Log(Create("todos", "{}", "local-a"));
  const uint64_t older = Log(Update("todos", "local-a", R"({"v":1})"));
  LaneWindow window(env_.get(), 100);
  Refill(&window);
  window.SetState(window.Find(create), LaneState::kInFlight);
  const uint64_t newer = Log(Update("todos", "local-a", R"({"v":2})"));
  ASSERT_TRUE(window.Enqueue(notice().enqueued.at(0)).ok());
  Merge(doors::Confirmed{create, {}, "s1"});
  Refill(&window);
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{older});
  EXPECT_EQ(window.Find(newer), nullptr);
}

TEST_F(LaneWindowTest, ARenameOpensTheLaneThatItDoesNotFind) {
  const uint64_t create = Log(Create("todos", "{}", "local-a"));
  const uint64_t update = Log(Update("todos", "local-a", R"({"v":1})"));
  LaneWindow window(env_.get(), 100);
  Refill(&window);
  Merge(doors::Confirmed{create, {}, "s1"});
  // Nothing has the old id any more, and we were not told yet why.
  ASSERT_TRUE(window.Advance(window.Find(create)).ok());
  EXPECT_EQ(window.size(), 0u);
  ASSERT_TRUE(window.Rename(IdOf("todos"), "local-a", "s1").ok());
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{update});
}

TEST_F(LaneWindowTest, ADeadLetterThatComesBackLeadsItsLaneAgain) {
  const uint64_t first = Log(Create("notes", "{}", "a"));
  Merge(doors::Confirmed{first, {}, {}});
  const uint64_t refused = Log(Update("notes", "a", R"({"v":1})"));
  const uint64_t later = Log(Update("notes", "a", R"({"v":2})"));
  LaneWindow window(env_.get(), 100);
  Refill(&window);
  Merge(doors::Rejected{refused, {}, {}});
  window.Forget(refused);
  ASSERT_TRUE(window.Advance(window.Find(refused)).ok());
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{later});
  ASSERT_TRUE(Retry(refused).ok());
  ASSERT_TRUE(window.Enqueue(notice().enqueued.at(0)).ok());
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{refused});
}

TEST_F(LaneWindowTest, AnEntryThatLeftAgainBlocksNoScope) {
  const uint64_t refused = Log(Scoped("s", Create("notes", "{}", "a")));
  const uint64_t other = Log(Scoped("s", Create("notes", "{}", "b")));
  LaneWindow window(env_.get(), 100);
  Refill(&window);
  Merge(doors::Rejected{refused, {}, {}});
  window.Forget(refused);
  ASSERT_TRUE(window.Advance(window.Find(refused)).ok());
  ASSERT_TRUE(Retry(refused).ok());
  const view::Enqueued back = notice().enqueued.at(0);
  ASSERT_TRUE(Discard(refused).ok());
  ASSERT_TRUE(window.Enqueue(back).ok());
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{other});
}

TEST_F(LaneWindowTest, WhatReferencesAnUnansweredDocumentGoesWhenItIsAnswered) {
  const uint64_t parent = Log(Create("todos", "{}", "local-p"));
  const uint64_t child = Log(Create("notes", R"({"todo":"local-p"})", "n"));
  const uint64_t behind = Log(Update("notes", "n", R"({"v":1})"));
  LaneWindow window(env_.get(), 100);
  Refill(&window);
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{parent});
  EXPECT_EQ(window.size(), 1u);
  Confirm(&window, parent, "s1");
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{child});
  Confirm(&window, child);
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{behind});
}

TEST_F(LaneWindowTest, WhatStandsBehindAReferenceGoesWhenThatIsTakenOut) {
  const uint64_t parent = Log(Create("todos", "{}", "local-p"));
  Known("n");
  const uint64_t child = Log(Update("notes", "n", R"({"todo":"local-p"})"));
  const uint64_t behind = Log(Update("notes", "n", R"({"v":1})"));
  LaneWindow window(env_.get(), 100);
  Refill(&window);
  ASSERT_TRUE(Discard(child).ok());
  Hear(&window);
  EXPECT_EQ(Ready(window), (std::vector<uint64_t>{parent, behind}));
}

// Nothing is in the wrong place to wait for: with room for one lane, parents that come after many
// who wait for others are met, and whoever waits is found again.
TEST_F(LaneWindowTest, WaitingTakesNoRoomAndWhatIsFreedWithoutRoomIsMetAgain) {
  std::vector<uint64_t> parents;
  for (const char* id : {"local-a", "local-b", "local-c"}) {
    parents.push_back(Log(Create("todos", "{}", id)));
  }
  std::vector<uint64_t> children;
  for (int i = 0; i < 9; ++i) {
    const std::string parent = std::string("local-") + "cba"[i % 3];
    children.push_back(
        Log(Create("notes", R"({"todo":")" + parent + R"("})", "n" + std::to_string(i))));
  }
  const uint64_t last = Log(Create("notes", "{}", "z"));
  LaneWindow window(env_.get(), 1);
  Refill(&window);
  std::vector<uint64_t> order;
  for (int i = 0; i < 100 && window.CountIn(LaneState::kReady) > 0; ++i) {
    EXPECT_LE(window.size(), 2u);
    const uint64_t head = Ready(window).front();
    order.push_back(head);
    const auto parent = std::find(parents.begin(), parents.end(), head);
    Confirm(&window, head,
            parent == parents.end() ? "" : "s" + std::to_string(parent - parents.begin()));
  }
  EXPECT_EQ(order.size(), 13u);
  EXPECT_EQ(window.size(), 0u);
  EXPECT_FALSE(window.WantsRefill());
  EXPECT_EQ(std::count(order.begin(), order.end(), last), 1);
}

TEST_F(LaneWindowTest, AHeldReferenceGoesWhenItsCreateIsRetried) {
  const uint64_t parent = Log(Create("todos", "{}", "local-p"));
  const uint64_t child = Log(Create("notes", R"({"todo":"local-p"})", "n"));
  LaneWindow window(env_.get(), 1);
  Refill(&window);
  Merge(doors::Rejected{parent, {}, {}});
  Hear(&window);
  EXPECT_EQ(Ready(window), std::vector<uint64_t>());
  ASSERT_TRUE(Retry(parent).ok());
  Hear(&window);
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{parent});
  Confirm(&window, parent, "s1");
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{child});
}

TEST_F(LaneWindowTest, AnInvokeGoesWhenItIsFirstForAllOfItsDocuments) {
  const uint64_t a = Log(Create("notes", "{}", "a"));
  const uint64_t b = Log(Create("notes", "{}", "b"));
  const uint64_t invoke = Log(Invoke(
      "finish", "{}", {Update("notes", "a", R"({"v":1})"), Update("notes", "b", R"({"v":1})")}));
  const uint64_t after_a = Log(Update("notes", "a", R"({"v":2})"));
  const uint64_t after_b = Log(Update("notes", "b", R"({"v":2})"));
  LaneWindow window(env_.get(), 2);
  Refill(&window);
  EXPECT_EQ(Ready(window), (std::vector<uint64_t>{a, b}));
  Confirm(&window, b);
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{a});
  Confirm(&window, a);
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{invoke});
  EXPECT_EQ(window.size(), 1u);
  EXPECT_EQ(window.ActiveIn(IdOf("notes")), 2u);
  Confirm(&window, invoke);
  EXPECT_EQ(Ready(window), (std::vector<uint64_t>{after_a, after_b}));
}

TEST_F(LaneWindowTest, WhatStandsBehindAnInvokeGoesWhenThatIsTakenOutWhileItWaits) {
  const uint64_t a = Log(Create("notes", "{}", "a"));
  Known("b");
  const uint64_t invoke = Log(Invoke(
      "finish", "{}", {Update("notes", "a", R"({"v":1})"), Update("notes", "b", R"({"v":1})")}));
  const uint64_t after_b = Log(Update("notes", "b", R"({"v":2})"));
  LaneWindow window(env_.get(), 100);
  Refill(&window);
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{a});
  ASSERT_TRUE(Discard(invoke).ok());
  Hear(&window);
  EXPECT_EQ(Ready(window), (std::vector<uint64_t>{a, after_b}));
}

TEST_F(LaneWindowTest, AnOlderMutationThatComesBackGoesBeforeAnInvoke) {
  Known("a");
  Known("b");
  const uint64_t refused = Log(Update("notes", "b", R"({"v":0})"));
  const uint64_t invoke = Log(Invoke(
      "finish", "{}", {Update("notes", "a", R"({"v":1})"), Update("notes", "b", R"({"v":1})")}));
  Merge(doors::Rejected{refused, {}, {}});
  LaneWindow window(env_.get(), 100);
  Refill(&window);
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{invoke});
  ASSERT_TRUE(Retry(refused).ok());
  Hear(&window);
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{refused});
  Confirm(&window, refused);
  EXPECT_EQ(Ready(window), std::vector<uint64_t>{invoke});
}

TEST_F(LaneWindowTest, InvokesWithoutEffectsWaitForNobodyButTheirScope) {
  const uint64_t one = Log(Invoke("finish", "{}"));
  const uint64_t two = Log(Scoped("s", Invoke("finish", "{}")));
  const uint64_t three = Log(Scoped("s", Invoke("finish", "{}")));
  LaneWindow window(env_.get(), 100);
  Refill(&window);
  EXPECT_EQ(Ready(window), (std::vector<uint64_t>{one, two}));
  Confirm(&window, two);
  EXPECT_EQ(Ready(window), (std::vector<uint64_t>{one, three}));
}

TEST_F(LaneWindowTest, CountsWhatIsActiveInACollection) {
  const uint64_t a = Log(Create("notes", "{}", "a"));
  Log(Create("todos", "{}"));
  LaneWindow window(env_.get(), 100);
  Refill(&window);
  EXPECT_EQ(window.ActiveIn(IdOf("notes")), 1u);
  window.SetState(window.Find(a), LaneState::kInFlight);
  EXPECT_EQ(window.ActiveIn(IdOf("notes")), 1u);
  window.Wait(window.Find(a), {5000});
  EXPECT_EQ(window.ActiveIn(IdOf("notes")), 0u);
  EXPECT_EQ(window.ActiveIn(IdOf("todos")), 1u);
}

}  // namespace
}  // namespace tideover::sync
