#include "loop/event_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "loop/signal_watcher.h"
#include "loop/timer.h"
#include "support/loop_runner.h"

namespace tideover::loop {
namespace {

using support::RunUntil;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(EventLoop, RunsWhatIsPostedInOrderAndNotInsidePost) {
  EventLoop loop;
  std::vector<int> order;
  loop.Post([&] {
    loop.Post([&] { order.push_back(3); });
    order.push_back(1);
  });
  loop.Post([&] { order.push_back(2); });
  EXPECT_THAT(order, IsEmpty());
  ASSERT_TRUE(RunUntil(loop, [&] { return order.size() == 3; }));
  EXPECT_THAT(order, ElementsAre(1, 2, 3));
}

TEST(EventLoop, KeepsEachThreadsOrderWhenManyPost) {
  constexpr int kThreads = 8;
  constexpr int kPosts = 2000;
  EventLoop loop;
  std::vector<std::vector<int>> seen(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&loop, &seen, t] {
      for (int i = 0; i < kPosts; ++i) {
        loop.Post([&seen, t, i] { seen[t].push_back(i); });
      }
    });
  }
  auto all = [&] {
    for (const auto& posts : seen) {
      if (posts.size() != kPosts) return false;
    }
    return true;
  };
  EXPECT_TRUE(RunUntil(loop, all));
  for (std::thread& thread : threads) thread.join();
  for (const auto& posts : seen) {
    for (int i = 0; i < static_cast<int>(posts.size()); ++i) ASSERT_EQ(posts[i], i);
  }
}

TEST(EventLoop, StopFromAnotherThreadEndsRunAfterWhatWasPostedBefore) {
  EventLoop loop;
  int ran = 0;
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) loop.Post([&] { ++ran; });
    loop.Stop();
  });
  loop.Run();
  EXPECT_EQ(ran, 100);
  other.join();
}

TEST(EventLoop, WhatIsPostedAfterStopWaitsForTheNextRun) {
  EventLoop loop;
  std::vector<int> order;
  loop.Post([&] { order.push_back(1); });
  loop.Stop();
  loop.Post([&] { order.push_back(2); });
  loop.Run();
  EXPECT_THAT(order, ElementsAre(1));
  loop.Post([&] { order.push_back(3); });
  loop.Stop();
  loop.Run();
  EXPECT_THAT(order, ElementsAre(1, 2, 3));
}

TEST(EventLoop, DestroysWhatNeverRan) {
  auto token = std::make_shared<int>(0);
  {
    EventLoop loop;
    loop.Post([token] { FAIL() << "ran"; });
    EXPECT_EQ(token.use_count(), 2);
  }
  EXPECT_EQ(token.use_count(), 1);
}

TEST(EventLoop, TimersGetTheirTurnWhileTasksKeepPosting) {
  EventLoop loop;
  bool fired = false;
  absl::AnyInvocable<void()> again;
  again = [&] {
    if (!fired) loop.Post([&] { again(); });
  };
  again();
  Timer timer(loop);
  timer.Start(base::Millis(1), [&] { fired = true; });
  EXPECT_TRUE(RunUntil(loop, [&] { return fired; }));
  support::RunPending(loop);
}

TEST(EventLoopDeathTest, ATimerThatOutlivesItsLoopIsFound) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        auto loop = std::make_unique<EventLoop>();
        Timer timer(*loop);
        timer.Start(std::chrono::hours(1), [] {});
        loop.reset();
      },
      "outlives");
}

TEST(SignalWatcher, CallsBackAndMayBeDestroyedInItsCallback) {
  EventLoop loop;
  int calls = 0;
  std::optional<SignalWatcher> watcher;
  watcher.emplace(loop, SIGUSR1, [&] {
    if (++calls == 2) watcher.reset();
  });
  raise(SIGUSR1);
  ASSERT_TRUE(RunUntil(loop, [&] { return calls == 1; }));
  raise(SIGUSR1);
  ASSERT_TRUE(RunUntil(loop, [&] { return calls == 2; }));
  EXPECT_FALSE(watcher.has_value());
}

}  // namespace
}  // namespace tideover::loop
