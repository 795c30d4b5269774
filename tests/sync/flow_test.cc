#include "sync/flow.h"

#include <gtest/gtest.h>

namespace tideover::sync {
namespace {

using base::Millis;
using base::MonoTime;

constexpr Flow::Answer Good(size_t under_way, size_t mutations = 1, int64_t took = 300) {
  return {Flow::Sign::kGood, mutations, under_way, Millis(took)};
}

// A round trip in which every request that may be under way is answered well.
void GoodRound(Flow* flow, int64_t at) {
  const size_t requests = flow->requests();
  for (size_t i = 0; i < requests; ++i) flow->Note(Good(requests), {at});
}

TEST(Flow, DoublesWithEveryRoundTripAtFirst) {
  Flow flow(1000, 25);
  EXPECT_EQ(flow.requests(), kFlowStart);
  GoodRound(&flow, 300);
  EXPECT_EQ(flow.requests(), 2 * kFlowStart);
  GoodRound(&flow, 600);
  EXPECT_EQ(flow.requests(), 4 * kFlowStart);
}

TEST(Flow, NeverGrowsBeyondItsBound) {
  Flow flow(20, 25);
  for (int64_t i = 0; i < 10; ++i) GoodRound(&flow, 300 * i);
  EXPECT_EQ(flow.requests(), 20u);
  EXPECT_EQ(Flow(3, 25).requests(), 3u);
  EXPECT_EQ(Flow(0, 0).requests(), 1u);
}

TEST(Flow, DoesNotGrowWhileItIsNotUsed) {
  Flow flow(1000, 25);
  for (int64_t i = 0; i < 100; ++i) flow.Note(Good(1), {300 * i});
  EXPECT_EQ(flow.requests(), kFlowStart);
}

TEST(Flow, HalvesOnceForEachRoundTripThatIsThrottled) {
  Flow flow(1000, 25);
  for (int64_t i = 0; i < 3; ++i) GoodRound(&flow, 300 * i);
  ASSERT_EQ(flow.requests(), 64u);
  for (int i = 0; i < 10; ++i) flow.Note({Flow::Sign::kThrottled, 1, 64, Millis(300)}, {1000});
  EXPECT_EQ(flow.requests(), 32u);
  flow.Note({Flow::Sign::kTimeout, 1, 32, Millis(300)}, {1400});
  EXPECT_EQ(flow.requests(), 16u);
}

TEST(Flow, GrowsByOneWithEveryRoundTripOnceItWasThrottled) {
  Flow flow(1000, 25);
  flow.Note({Flow::Sign::kThrottled, 1, 8, Millis(300)}, {0});
  ASSERT_EQ(flow.requests(), 4u);
  for (int64_t i = 1; i <= 5; ++i) GoodRound(&flow, 1000 * i);
  EXPECT_GE(flow.requests(), 8u);
  EXPECT_LE(flow.requests(), 9u);
}

TEST(Flow, NeverShrinksBelowOne) {
  Flow flow(1000, 25);
  for (int64_t i = 0; i < 20; ++i) {
    flow.Note({Flow::Sign::kThrottled, 1, 1, Millis(10)}, {1000 * i});
  }
  EXPECT_EQ(flow.requests(), 1u);
}

TEST(Flow, ShrinksWhenAnswersTakeMuchLonger) {
  Flow flow(1000, 25);
  GoodRound(&flow, 0);
  const size_t before = flow.requests();
  flow.Note(Good(before, 1, 300 * kSlowFactor + kSlowGrace.count() + 10), {5000});
  EXPECT_LT(flow.requests(), before);
  EXPECT_GE(flow.requests(), before / 2);
}

TEST(Flow, ALargerRequestMayTakeLonger) {
  Flow flow(1000, 25);
  GoodRound(&flow, 0);
  const size_t before = flow.requests();
  flow.Note(Good(before, 25, 25 * 300), {5000});
  EXPECT_GE(flow.requests(), before);
}

TEST(Flow, ABrokenNetworkSaysNothingOfTheBackend) {
  Flow flow(1000, 25);
  flow.Note({Flow::Sign::kNone, 1, 8, Millis(10'000)}, {0});
  EXPECT_EQ(flow.requests(), kFlowStart);
}

TEST(Flow, PausesForAsLongAsTheBackendAsksWithinABound) {
  Flow flow(1000, 25);
  Flow::Answer told{Flow::Sign::kThrottled, 1, 8, Millis(300)};
  told.retry_after = Millis(7'000);
  flow.Note(told, {1000});
  EXPECT_EQ(flow.paused_until().ms, 8'000);
  told.retry_after = Millis(3'600'000);
  flow.Note(told, {2000});
  EXPECT_EQ(flow.paused_until().ms, 2000 + kPauseMax.count());
  flow.Resume();
  EXPECT_EQ(flow.paused_until().ms, 0);
}

TEST(Flow, SharesARequestAmongAsManyAsTheBackendDoesInTime) {
  Flow flow(1000, 25);
  EXPECT_EQ(flow.batch(), 25u);
  for (int64_t i = 0; i < 50; ++i) flow.Note(Good(8, 1, 1000), {1000 * i});
  EXPECT_EQ(flow.batch(), static_cast<size_t>(kRequestTimeAim.count()) / 1000);
  for (int64_t i = 0; i < 50; ++i) flow.Note(Good(8, 1, 20'000), {100'000 + 1000 * i});
  EXPECT_EQ(flow.batch(), 1u);
}

// Else the same mutations would share a request again, and time out again.
TEST(Flow, ARequestThatTookTooLongIsSharedByFewerAtOnce) {
  Flow timed_out(1000, 25);
  timed_out.Note(Good(8, 25, 300), {0});
  ASSERT_EQ(timed_out.batch(), 25u);
  timed_out.Note({Flow::Sign::kTimeout, 25, 8, Millis(30'000)}, {30'000});
  EXPECT_EQ(timed_out.batch(), 8u);
  Flow slow(1000, 25);
  slow.Note(Good(8, 25, 300), {0});
  slow.Note(Good(8, 25, 25'000), {30'000});
  EXPECT_EQ(slow.batch(), 10u);
  // A connection that broke at once says nothing of the pace.
  slow.Note({Flow::Sign::kTimeout, 25, 8, Millis(10)}, {31'000});
  EXPECT_EQ(slow.batch(), 10u);
}

}  // namespace
}  // namespace tideover::sync
