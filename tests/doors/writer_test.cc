#include "doors/writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "log/mutation_log.h"
#include "store/keys.h"
#include "support/store_fixture.h"

namespace tideover::doors {
namespace {

using absl::StatusCode;
using support::Create;
using support::Update;

// What the writer's thread reported, in order; Wait blocks until there are `n` lines.
class Report {
 public:
  void Add(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    changed_.notify_all();
  }
  std::vector<std::string> Wait(size_t n) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return lines_.size() >= n; });
    return lines_;
  }
  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

// Holds the writer's thread inside a `done` until it is opened.
class Gate {
 public:
  void Pass() {
    std::unique_lock lock(mutex_);
    reached_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
  }
  void AwaitReached() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return reached_; });
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool reached_ = false;
  bool open_ = false;
};

class WriterTest : public support::DoorsFixture {
 protected:
  std::unique_ptr<Writer> Start() {
    WriterSinks sinks;
    sinks.on_commit = [this](const auto& shared) {
      const view::CommitNotice& notice = *shared;
      report_.Add("commit of " + std::to_string(notice.enqueued.size()));
    };
    if (tell_) sinks.on_answered = [this](const auto&) { report_.Add("told"); };
    sinks.on_fatal = [this](const absl::Status& status) {
      report_.Add("fatal " + std::string(absl::StatusCodeToString(status.code())));
    };
    return std::make_unique<Writer>(doors_.get(), env_.get(), std::move(sinks));
  }
  absl::AnyInvocable<void(Answer)> Line(std::string name) {
    return [this, name = std::move(name)](const Answer& answer) {
      report_.Add(name + " " + std::string(absl::StatusCodeToString(answer.status.code())));
    };
  }
  // Occupies the writer until the gate opens, so that what is submitted meanwhile waits together.
  void Occupy(Writer* writer) {
    writer->Submit(OutboxRequest{}, [this](const Answer&) { gate_.Pass(); });
    gate_.AwaitReached();
  }
  bool IsDurable(uint64_t seq) { return Pending(seq).has_value(); }

  bool tell_ = false;  // Of on_answered too.
  Report report_;
  Gate gate_;
};

TEST_F(WriterTest, WhatWaitsIsOneCommitAndIsAnsweredAfterIt) {
  const auto writer = Start();
  Occupy(writer.get());
  writer->Submit(Ask({Create("notes", "{}", "a")}), Line("a"));
  writer->Submit(Ask({Update("notes", "none", "{}")}), Line("bad"));
  writer->Submit(Ask({Create("notes", "{}", "b")}), Line("b"));
  gate_.Open();
  EXPECT_THAT(report_.Wait(4),
              testing::ElementsAre("commit of 2", "a OK", "bad NOT_FOUND", "b OK"));
}

TEST_F(WriterTest, AnswersWhatIsDurableAlready) {
  const auto writer = Start();
  bool durable = false;
  writer->Submit(Ask({Create("notes", "{}", "a")}), [&](const Answer& answer) {
    durable = IsDurable(answer.commit.operations[0].seq);
    report_.Add("done");
  });
  report_.Wait(2);
  EXPECT_TRUE(durable);
}

// Apps first: the engine may take its time, but hears of the commit before its own outcomes.
TEST_F(WriterTest, TellsTheEngineBetweenAppsAndOutcomes) {
  tell_ = true;
  const auto writer = Start();
  Occupy(writer.get());
  writer->Submit(MergeRequest{{Sent{1}}}, Line("merge"));
  writer->Submit(Ask({Create("notes", "{}", "a")}), Line("app"));
  gate_.Open();
  EXPECT_THAT(report_.Wait(4), testing::ElementsAre("commit of 1", "app OK", "told", "merge OK"));
}

TEST_F(WriterTest, ATurnThatWroteNothingIsNoCommit) {
  const auto writer = Start();
  writer->Submit(Ask({Update("notes", "none", "{}")}), Line("bad"));
  EXPECT_THAT(report_.Wait(1), testing::ElementsAre("bad NOT_FOUND"));
}

TEST_F(WriterTest, StoppingAnswersWhatStillWaitsAndAppliesNoneOfIt) {
  auto writer = Start();
  Occupy(writer.get());
  for (int i = 0; i < 3; ++i) writer->Submit(Ask({Create("notes", "{}")}), Line("w"));
  std::thread stop([&] { writer->Stop(); });
  // From the moment at which the stop has begun, Submit itself refuses.
  const std::thread::id here = std::this_thread::get_id();
  bool refused_here = false;
  while (!refused_here) {
    writer->Submit(MergeRequest{}, [&](const Answer& answer) {
      EXPECT_EQ(answer.status.code(), StatusCode::kUnavailable);
      if (std::this_thread::get_id() == here) refused_here = true;
    });
    std::this_thread::yield();
  }
  gate_.Open();
  stop.join();
  EXPECT_THAT(report_.lines(),
              testing::ElementsAre("w UNAVAILABLE", "w UNAVAILABLE", "w UNAVAILABLE"));
  EXPECT_EQ(Counters().last_seq(), 0u);
}

TEST_F(WriterTest, AFailingStoreIsReportedOnceAndNothingIsAnswered) {
  const uint64_t seq = MustCommit({Create("notes", "{}", "a")}).operations[0].seq;
  support::WriteTo(env_.get(), [&](store::WriteTxn* txn) {
    // A log entry that nothing can read: the store is damaged.
    ASSERT_TRUE(txn->Put(store::Table::kLog, store::SeqKey(seq), "\xff\xff\xff").ok());
  });
  auto writer = Start();
  writer->Submit(OutboxRequest{OutboxRequest::Verb::kRetry, seq}, Line("never"));
  EXPECT_THAT(report_.Wait(1), testing::ElementsAre("fatal DATA_LOSS"));
  writer->Submit(Ask({Create("notes", "{}", "b")}), Line("never"));
  writer.reset();
  EXPECT_THAT(report_.lines(), testing::Not(testing::Contains("never OK")));
  EXPECT_EQ(View("notes", "b"), "-");
}

TEST_F(WriterTest, AboveTheQuotaOnlyNewWritesAreRefused) {
  const uint64_t seq = MustCommit({Create("notes", R"({"v":1})", "a")}).operations[0].seq;
  doors_.reset();
  env_.reset();
  env_options_.quota_bytes = 4096;
  Open();
  const auto writer = Start();
  Occupy(writer.get());
  writer->Submit(Ask({Create("notes", "{}", "b")}), Line("create"));
  writer->Submit(MergeRequest{{Sent{seq}, Confirmed{seq, {}, {}}}}, Line("settle"));
  gate_.Open();
  EXPECT_THAT(report_.Wait(3),
              testing::ElementsAre("create RESOURCE_EXHAUSTED", "commit of 0", "settle OK"));
}

TEST_F(WriterTest, ALongQueueIsWrittenInTurnsOfBoundedSize) {
  const auto writer = Start();
  Occupy(writer.get());
  for (size_t i = 0; i < kTurnMax + 10; ++i) {
    writer->Submit(Ask({Create("notes", "{}")}), [](const Answer&) {});
  }
  gate_.Open();
  EXPECT_THAT(report_.Wait(2), testing::ElementsAre("commit of 256", "commit of 10"));
}

TEST_F(WriterTest, TooManyWaitingWritesAreRefusedAndMergesAreNot) {
  const auto writer = Start();
  Occupy(writer.get());
  const CommitRequest request = Ask({Update("notes", "none", "{}")});
  int refused_early = 0;
  for (size_t i = 0; i < kQueueMax; ++i) writer->Submit(request, [](const Answer&) {});
  for (int i = 0; i < 3; ++i) {
    writer->Submit(request, [&](const Answer& answer) {
      refused_early += answer.status.code() == StatusCode::kResourceExhausted ? 1 : 0;
    });
  }
  writer->Submit(MergeRequest{}, Line("merge"));
  EXPECT_EQ(refused_early, 0) << "never before Submit has returned";
  gate_.Open();
  EXPECT_THAT(report_.Wait(2), testing::Contains("merge OK"));
  EXPECT_EQ(refused_early, 3);
}

}  // namespace
}  // namespace tideover::doors
