#include "loop/fd_watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "support/loop_runner.h"

namespace tideover::loop {
namespace {

using support::RunPending;
using support::RunUntil;

class FdWatcherTest : public testing::Test {
 protected:
  FdWatcherTest() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair_), 0); }
  ~FdWatcherTest() override {
    watcher_.reset();
    for (int fd : pair_) {
      if (fd >= 0) close(fd);
    }
  }
  void Watch(FdEvents interest, FdWatcher::Callback callback) {
    auto watcher = FdWatcher::Create(loop_, pair_[0], interest, std::move(callback));
    ASSERT_TRUE(watcher.ok()) << watcher.status();
    watcher_ = *std::move(watcher);
  }
  std::string Drain() {
    char bytes[64];
    ssize_t n = read(pair_[0], bytes, sizeof bytes);
    return n > 0 ? std::string(bytes, n) : "";
  }

  EventLoop loop_;
  int pair_[2] = {-1, -1};
  std::unique_ptr<FdWatcher> watcher_;
};

TEST_F(FdWatcherTest, CallsAsLongAsThereIsSomethingToRead) {
  int calls = 0;
  Watch({.readable = true}, [&](FdEvents ready) {
    EXPECT_EQ(ready, (FdEvents{.readable = true, .writable = false}));
    if (++calls == 3) {
      EXPECT_EQ(Drain(), "abc");
    }
  });
  RunPending(loop_);
  EXPECT_EQ(calls, 0);
  ASSERT_EQ(write(pair_[1], "abc", 3), 3);
  ASSERT_TRUE(RunUntil(loop_, [&] { return calls == 3; }));
  RunPending(loop_);
  EXPECT_EQ(calls, 3);
}

TEST_F(FdWatcherTest, FollowsAChangedInterest) {
  int writable = 0;
  int readable = 0;
  Watch({}, [&](FdEvents ready) {
    writable += ready.writable;
    readable += ready.readable;
  });
  ASSERT_EQ(write(pair_[1], "x", 1), 1);
  RunPending(loop_);
  EXPECT_EQ(writable + readable, 0);
  ASSERT_TRUE(watcher_->SetInterest({.writable = true}).ok());
  ASSERT_TRUE(RunUntil(loop_, [&] { return writable > 0; }));
  EXPECT_EQ(readable, 0);
  ASSERT_TRUE(watcher_->SetInterest({.readable = true}).ok());
  ASSERT_TRUE(RunUntil(loop_, [&] { return readable > 0; }));
}

TEST_F(FdWatcherTest, ReportsAHangUpAsReadable) {
  bool readable = false;
  Watch({.readable = true}, [&](FdEvents ready) { readable = ready.readable; });
  close(pair_[1]);
  pair_[1] = -1;
  ASSERT_TRUE(RunUntil(loop_, [&] { return readable; }));
  EXPECT_EQ(Drain(), "");
}

TEST_F(FdWatcherTest, MayBeDestroyedInItsCallbackAndTheDescriptorWatchedAgain) {
  auto token = std::make_shared<int>(0);
  Watch({.writable = true}, [this, token](FdEvents) {
    watcher_.reset();
    ++*token;
    EXPECT_EQ(token.use_count(), 2);
  });
  ASSERT_TRUE(RunUntil(loop_, [&] { return *token == 1; }));
  EXPECT_EQ(token.use_count(), 1);
  bool again = false;
  Watch({.writable = true}, [&](FdEvents) { again = true; });
  EXPECT_TRUE(RunUntil(loop_, [&] { return again; }));
}

TEST_F(FdWatcherTest, RefusesWhatCannotBeWatched) {
  EXPECT_EQ(FdWatcher::Create(loop_, -1, {.readable = true}, [](FdEvents) {}).status().code(),
            absl::StatusCode::kInvalidArgument);
  FILE* file = tmpfile();
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(
      FdWatcher::Create(loop_, fileno(file), {.readable = true}, [](FdEvents) {}).status().code(),
      absl::StatusCode::kInvalidArgument);
  fclose(file);
  Watch({.readable = true}, [](FdEvents) {});
  EXPECT_EQ(FdWatcher::Create(loop_, pair_[0], {.readable = true}, [](FdEvents) {}).status().code(),
            absl::StatusCode::kAlreadyExists);
}

}  // namespace
}  // namespace tideover::loop
