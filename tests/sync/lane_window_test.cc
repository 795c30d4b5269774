#include "sync/lane_window.h"

#include <gtest/gtest.h>

#include "support/store_fixture.h"

namespace tideover::sync {
namespace {

using support::Create;
using support::Delete;
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
  EXPECT_EQ(window.Find(update)->key.second, "s1");
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
