// Counting what only a scan can tell, without anybody waiting for it.
#include "api/census.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>

#include "support/eventually.h"
#include "support/store_fixture.h"

namespace tideover::api {
namespace {

using support::Create;
using support::Eventually;

// Each look at it takes a while.
class SlowClock final : public base::Clock {
 public:
  explicit SlowClock(base::Millis look) : look_(look) {}
  base::MonoTime Mono() const override { return {ms_ += look_.count()}; }
  base::WallTime Wall() const override { return {1'700'000'000'000 + ms_}; }

 private:
  const base::Millis look_;
  mutable std::atomic<int64_t> ms_ = 0;
};

class CensusTest : public support::DoorsFixture {
 protected:
  void SetUp() override {
    Reopen();
    for (int i = 0; i < 30; ++i) {
      RunTurn({Ask(std::vector<doors::OperationInput>(100, Create("notes", "{}")))});
    }
    feed_ = std::make_unique<view::ChangeFeed>(Counters().last_commit());
    Session session;
    session.env = env_.get();
    session.doors = doors_.get();
    session.feed = feed_.get();
    session_ = std::make_shared<const Session>(std::move(session));
  }
  // A task that is still under way would be the last to let the pool go, on the pool's own thread.
  void TearDown() override { pool_->Stop(); }
  CensusCount Take(Census* census) {
    const auto count = census->Take();
    EXPECT_TRUE(count.ok()) << count.status();
    return *count;
  }
  uint64_t Notes(const CensusCount& count) { return count.collections.at(IdOf("notes")).documents; }

  std::unique_ptr<view::ChangeFeed> feed_;
  std::shared_ptr<const Session> session_;
  base::SystemClock system_clock_;
  const std::shared_ptr<WorkerPool> pool_ = std::make_shared<WorkerPool>(1, &system_clock_);
};

TEST_F(CensusTest, ASmallStoreIsCountedAtOnce) {
  const SlowClock clock(base::Millis(1));
  const auto census = std::make_shared<Census>(session_, pool_, &clock);
  const CensusCount count = Take(census.get());
  EXPECT_EQ(Notes(count), 3000u);
  EXPECT_NE(count.counted_wall_ms, 0);
}

TEST_F(CensusTest, WhatTakesLongIsCountedByTheWorkers) {
  const SlowClock clock(kCensusPatience / 2);
  const auto census = std::make_shared<Census>(session_, pool_, &clock);
  std::promise<void> looked;
  pool_->Post([waits = looked.get_future().share()] { waits.wait(); });
  EXPECT_EQ(Take(census.get()).counted_wall_ms, 0) << "nothing is known yet";
  looked.set_value();
  ASSERT_TRUE(Eventually([&] { return Take(census.get()).counted_wall_ms != 0; }));
  EXPECT_EQ(Notes(Take(census.get())), 3000u);
}

TEST_F(CensusTest, EndsWithItsSession) {
  const SlowClock clock(base::Millis(1));
  const auto census = std::make_shared<Census>(session_, pool_, &clock);
  session_.reset();
  EXPECT_TRUE(absl::IsUnavailable(census->Take().status()));
}

}  // namespace
}  // namespace tideover::api
