// On the real rtnetlink, in a network namespace of the test's own, where links are made, and go up
// and down, by `ip`. Where namespaces or `ip` are not to be had, the tests say so and are skipped:
// what the messages mean is tested in link_table_test.cc.
#include "loop/link_monitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "loop/ip.h"
#include "support/loop_runner.h"
#include "support/process.h"

namespace tideover::loop {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LinkMonitorTest : public testing::Test {
 protected:
  void SetUp() override {
    // The thread's own: nobody else sees it, and it ends with the test's process.
    if (unshare(CLONE_NEWNET) != 0) GTEST_SKIP() << "no network namespace may be made here";
    if (!Ip("link add out type veth peer name far")) GTEST_SKIP() << "no veth can be made here";
    ASSERT_TRUE(Ip("link set far up"));
    auto monitor = LinkMonitor::Create(loop_, [this](bool up) { told_.push_back(up); });
    ASSERT_TRUE(monitor.ok()) << monitor.status();
    monitor_ = *std::move(monitor);
  }
  void Up() { ASSERT_TRUE(Ip("link set out up") && Ip("addr add 10.9.0.1/24 dev out")); }
  bool Told(size_t times) {
    return support::RunUntil(loop_, [&] { return told_.size() >= times; });
  }
  // Until a look has passed that saw all that happened before.
  void Settle() {
    bool passed = false;
    Timer timer(loop_);
    timer.Start(kLinkRest + 2 * kLinkSettle, [&] { passed = true; });
    ASSERT_TRUE(support::RunUntil(loop_, [&] { return passed; }));
  }

  EventLoop loop_;
  std::unique_ptr<LinkMonitor> monitor_;
  std::vector<bool> told_;
};

TEST_F(LinkMonitorTest, LoopbackAloneIsNoNetwork) {
  EXPECT_FALSE(monitor_->up());
  ASSERT_TRUE(Ip("link set lo up"));
  Settle();
  EXPECT_FALSE(monitor_->up());
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(LinkMonitorTest, SaysWhenALinkComesAndGoes) {
  Up();
  ASSERT_TRUE(Told(1));
  EXPECT_TRUE(monitor_->up());
  ASSERT_TRUE(Ip("link set out down"));
  ASSERT_TRUE(Told(2));
  EXPECT_FALSE(monitor_->up());
  EXPECT_THAT(told_, ElementsAre(true, false));
}

TEST_F(LinkMonitorTest, ALostCarrierIsALostNetwork) {
  Up();
  ASSERT_TRUE(Told(1));
  ASSERT_TRUE(Ip("link set far down"));
  ASSERT_TRUE(Told(2));
  EXPECT_THAT(told_, ElementsAre(true, false));
}

TEST_F(LinkMonitorTest, SaysWhenTheNetworkIsAnother) {
  Up();
  ASSERT_TRUE(Told(1));
  ASSERT_TRUE(Ip("route add default via 10.9.0.2"));
  ASSERT_TRUE(Told(2));
  EXPECT_THAT(told_, ElementsAre(true, true));
}

TEST_F(LinkMonitorTest, AFloodOfNoticesIsOneLook) {
  // Thousands of notices in one batch overrun the socket, which nobody reads meanwhile.
  std::string batch = "link set out up\n";
  for (int i = 0; i < 3000; ++i) {
    batch += "addr add 10.9." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1) +
             "/16 dev out\n";
  }
  const support::Finished done =
      support::RunProcess({.words = {"ip", "-force", "-batch", "-"}, .input = batch});
  ASSERT_EQ(done.exit, support::Exit{.code = 0}) << done.err.substr(0, 500);
  ASSERT_TRUE(Told(1));
  Settle();
  EXPECT_TRUE(monitor_->up());
  EXPECT_THAT(told_, ElementsAre(true));
}

}  // namespace
}  // namespace tideover::loop
