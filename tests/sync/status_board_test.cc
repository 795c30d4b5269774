#include "sync/status_board.h"

#include <gtest/gtest.h>

namespace tideover::sync {
namespace {

TEST(StatusBoard, WakesASubscriberOnceUntilItLooks) {
  StatusBoard board;
  int woken = 0;
  const auto subscription = board.Subscribe([&woken] { ++woken; });
  board.SetInFlight(7, true);
  board.SetNextAttempt(8, 1000);
  board.Update([](EngineStatus&) {});
  EXPECT_EQ(woken, 1);
  BoardChanges changes = subscription->Take();
  EXPECT_TRUE(changes.status);
  EXPECT_EQ(changes.mutations, (std::set<uint64_t>{7, 8}));
  changes = subscription->Take();
  EXPECT_FALSE(changes.status);
  EXPECT_TRUE(changes.mutations.empty());
  board.SetInFlight(7, false);
  EXPECT_EQ(woken, 2);
}

TEST(StatusBoard, SaysWhenMoreChangedThanItRemembers) {
  StatusBoard board;
  const auto subscription = board.Subscribe([] {});
  for (uint64_t seq = 1; seq <= kBoardChangesMax + 1; ++seq) board.SetInFlight(seq, true);
  const BoardChanges changes = subscription->Take();
  EXPECT_TRUE(changes.overflow);
  EXPECT_TRUE(changes.mutations.empty());
}

TEST(StatusBoard, ForgetsASubscriberThatHasGone) {
  StatusBoard board;
  int woken = 0;
  board.Subscribe([&woken] { ++woken; }).reset();
  board.SetInFlight(7, true);
  EXPECT_EQ(woken, 0);
}

}  // namespace
}  // namespace tideover::sync
