#include "loop/sleep_watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "support/loop_runner.h"

namespace tideover::loop {
namespace {

TEST(SleepWatcher, SaysHowLongTheMachineSlept) {
  EventLoop loop;
  base::Millis slept{1'000'000};
  int looks = 0;
  std::vector<base::Millis> told;
  SleepWatcher watcher(
      loop,
      [&] {
        ++looks;
        return slept;
      },
      [&](base::Millis more) { told.push_back(more); });
  EXPECT_EQ(looks, 1) << "what was slept before is no news";
  slept += kSleepMin;
  ASSERT_TRUE(support::RunUntil(loop, [&] { return looks == 2; }));
  EXPECT_TRUE(told.empty()) << "too short";
  slept += kSleepMin + base::Millis(1);
  ASSERT_TRUE(support::RunUntil(loop, [&] { return looks == 3; }));
  EXPECT_THAT(told, testing::ElementsAre(kSleepMin + base::Millis(1)));
}

TEST(SleepWatcher, TheMachineTellsHowLongItSlept) {
  const base::Millis first = base::TimeAsleep();
  EXPECT_GE(first.count(), 0);
  EXPECT_GE(base::TimeAsleep() + base::Millis(1), first);
}

}  // namespace
}  // namespace tideover::loop
