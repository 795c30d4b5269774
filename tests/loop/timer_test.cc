#include "loop/timer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "support/loop_runner.h"

namespace tideover::loop {
namespace {

using base::Millis;
using support::RunUntil;
using testing::ElementsAre;

TEST(Timer, FiresOnceAndNotBeforeItsTime) {
  EventLoop loop;
  Timer timer(loop);
  int calls = 0;
  Millis start = loop.Now();
  timer.Start(Millis(20), [&] { ++calls; });
  EXPECT_TRUE(timer.armed());
  ASSERT_TRUE(RunUntil(loop, [&] { return calls == 1; }));
  EXPECT_GE(loop.Now() - start, Millis(20));
  EXPECT_FALSE(timer.armed());
  // A later timer fires and the first one still has fired once.
  Timer later(loop);
  bool passed = false;
  later.Start(Millis(30), [&] { passed = true; });
  ASSERT_TRUE(RunUntil(loop, [&] { return passed; }));
  EXPECT_EQ(calls, 1);
}

TEST(Timer, NeverCallsInsideStart) {
  EventLoop loop;
  Timer timer(loop);
  int calls = 0;
  timer.Start(Millis(0), [&] { ++calls; });
  EXPECT_EQ(calls, 0);
  ASSERT_TRUE(RunUntil(loop, [&] { return calls == 1; }));
  timer.Start(Millis(-5), [&] { ++calls; });
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(RunUntil(loop, [&] { return calls == 2; }));
}

TEST(Timer, StartReplacesWhatWasStarted) {
  EventLoop loop;
  Timer timer(loop);
  std::vector<int> order;
  timer.Start(Millis(1), [&] { order.push_back(1); });
  timer.Start(Millis(2), [&] { order.push_back(2); });
  ASSERT_TRUE(RunUntil(loop, [&] { return !order.empty(); }));
  EXPECT_THAT(order, ElementsAre(2));
}

TEST(Timer, FiresInTheOrderOfTheTimes) {
  EventLoop loop;
  Timer a(loop), b(loop), c(loop);
  std::vector<int> order;
  a.Start(Millis(30), [&] { order.push_back(3); });
  b.Start(Millis(10), [&] { order.push_back(1); });
  c.Start(Millis(20), [&] { order.push_back(2); });
  ASSERT_TRUE(RunUntil(loop, [&] { return order.size() == 3; }));
  EXPECT_THAT(order, ElementsAre(1, 2, 3));
}

TEST(Timer, DestroyingOrCancellingDropsTheCallback) {
  EventLoop loop;
  auto token = std::make_shared<int>(0);
  Timer cancelled(loop);
  auto destroyed = std::make_unique<Timer>(loop);
  cancelled.Start(Millis(1), [token] { FAIL() << "cancelled"; });
  destroyed->Start(Millis(1), [token] { FAIL() << "destroyed"; });
  EXPECT_EQ(token.use_count(), 3);
  cancelled.Cancel();
  destroyed.reset();
  EXPECT_EQ(token.use_count(), 1);
  Timer later(loop);
  bool passed = false;
  later.Start(Millis(10), [&] { passed = true; });
  EXPECT_TRUE(RunUntil(loop, [&] { return passed; }));
}

TEST(Timer, MayBeStartedAgainOrDestroyedInItsCallback) {
  EventLoop loop;
  auto timer = std::make_unique<Timer>(loop);
  auto token = std::make_shared<int>(0);
  timer->Start(Millis(1), [&, token] {
    timer->Start(Millis(1), [&, token] {
      timer.reset();
      // The callback itself is still whole.
      EXPECT_GE(token.use_count(), 2);
      ++*token;
    });
  });
  ASSERT_TRUE(RunUntil(loop, [&] { return *token == 1; }));
  EXPECT_EQ(timer, nullptr);
  EXPECT_EQ(token.use_count(), 1);
}

}  // namespace
}  // namespace tideover::loop
