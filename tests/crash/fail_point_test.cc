// The n-th storage call fails, for every n and every kind of call: with EIO nothing is answered any
// more and the child stops; with ENOSPC every caller is told, nothing was written, and it goes on
// when there is room again. After a restart everything that was answered is there.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <map>

#include "crash/child.h"
#include "crash/child_run.h"
#include "crash/reference.h"
#include "crash/scale.h"
#include "crash/scenario.h"
#include "crash/trace_file.h"
#include "support/temp_dir.h"

namespace tideover::crash {
namespace {

constexpr int kShortWrite = 0;  // Instead of an errno: half of the bytes are written.

struct Fault {
  int error = EIO;
  bool for_ever = false;
  // Every call of the opening and of the first turns, then each stride-th.
  int stride = 1;
};

class FailPoint : public testing::Test {
 protected:
  FailPoint() {
    for (const TraceEvent& event : RecordRun({.directory = directory_}, base_.path() + "/trace")) {
      calls_.push_back(event.header);
    }
  }

  static std::vector<std::pair<std::string, std::string>> Shim(int n, const Fault& fault) {
    return {{"FAIL", std::to_string(n)},
            {"ERROR", std::to_string(fault.error)},
            {"FOR_EVER", fault.for_ever ? "1" : "0"}};
  }

  // Whether the n-th call can fail in that way.
  bool Applies(size_t call, const Fault& fault) const {
    if (fault.error == kShortWrite) return calls_[call].kind == TraceKind::kWrite;
    return calls_[call].kind != TraceKind::kAnswer;
  }

  // One run with the fault at each n; `judge` says what else must hold.
  void Sweep(const Fault& fault, void (*judge)(int code, const Answers& answers, int turn)) {
    constexpr size_t kAll = 100;
    const auto stride = static_cast<size_t>(std::max(1, fault.stride / Scaled(1)));
    std::map<std::string, int> kinds;
    int runs = 0;
    for (size_t call = 0; call < calls_.size(); call += call < kAll ? 1 : stride) {
      if (!Applies(call, fault)) continue;
      const int n = static_cast<int>(call) + 1;
      const char* kind = kTraceKindNames[static_cast<int>(calls_[call].kind)];
      SCOPED_TRACE(fmt::format("call {} ({})", n, kind));
      std::filesystem::remove_all(directory_);
      Child child({.directory = directory_, .shim = Shim(n, fault)});
      const std::optional<int> code = child.Wait();
      ASSERT_TRUE(code.has_value());
      const Answers answers = child.answers();
      ASSERT_TRUE(answers.in_order) << child.said();
      const auto turn = reference_.Verify(directory_, answers);
      ASSERT_TRUE(turn.ok()) << turn.status() << "\n" << child.said();
      judge(*code, answers, *turn);
      if (HasFatalFailure()) FAIL() << child.said();
      ++kinds[kind];
      ++runs;
    }
    std::string by_kind;
    for (const auto& [kind, count] : kinds) by_kind += fmt::format(", {} {}", count, kind);
    const std::string what = fault.error == kShortWrite ? "half a write"
                             : fault.error == EIO       ? "EIO"
                                                        : "ENOSPC";
    fmt::print("crash: {} fail points, {} {}{}\n", runs, what, fault.for_ever ? "for ever" : "once",
               by_kind);
  }

  const support::TempDir base_;
  const std::string directory_ = std::filesystem::canonical(base_.path()).string() + "/env";
  const Reference reference_{1};
  std::vector<TraceHeader> calls_;  // Of an undisturbed run.
};

// The store failed: said so, stopped, and answered nothing after it.
void ExpectStopped(int code, const Answers& answers, int /*turn*/) {
  ASSERT_TRUE(answers.stopped);
  ASSERT_TRUE(code == kExitStopped || code == kExitNotOpened) << code;
  ASSERT_LT(answers.turn, kTurns);
}

TEST_F(FailPoint, AnErrorOfTheDiskStopsEverything) { Sweep({EIO, false, 1}, ExpectStopped); }

TEST_F(FailPoint, ADeadDiskStopsEverything) { Sweep({EIO, true, 7}, ExpectStopped); }

TEST_F(FailPoint, HalfAWriteStopsEverything) { Sweep({kShortWrite, false, 5}, ExpectStopped); }

TEST_F(FailPoint, AFullDiskIsToldAndGoesOnWhenThereIsRoom) {
  Sweep({ENOSPC, false, 5}, [](int code, const Answers& answers, int turn) {
    if (code == kExitDone) {
      ASSERT_EQ(answers.turn, kTurns);
      ASSERT_EQ(answers.full, 1) << "the failed turn was told so";
    } else {
      ExpectStopped(code, answers, turn);
    }
  });
}

TEST_F(FailPoint, ADiskThatStaysFullLosesAndKeepsNothing) {
  Sweep({ENOSPC, true, 7}, [](int code, const Answers& answers, int turn) {
    if (code != kExitFull) return ExpectStopped(code, answers, turn);
    ASSERT_EQ(answers.full, kFullMax);
    ASSERT_EQ(turn, answers.turn) << "a turn that was refused is there";
  });
}

TEST_F(FailPoint, AnErrorWhileOpeningAfterACrashHarmsNothing) {
  const std::string crashed = base_.path() + "/crashed";
  std::filesystem::remove_all(directory_);
  Child killed({.directory = directory_, .shim = {{"DIE", "1000"}}});
  ASSERT_EQ(killed.Wait(), std::nullopt);
  std::filesystem::rename(directory_, crashed);
  int runs = 0;
  for (int n = 1;; ++n) {
    std::filesystem::remove_all(directory_);
    std::filesystem::copy(crashed, directory_);
    const int next = killed.answers().turn + 1;
    Child child({.directory = directory_, .first_turn = next, .shim = Shim(n, {EIO, true, 1})});
    ASSERT_NE(child.Wait(), kExitDone);
    const auto turn = reference_.Verify(directory_, child.answers());
    ASSERT_TRUE(turn.ok()) << "call " << n << ": " << turn.status();
    ++runs;
    if (child.answers().turn > next + 1) break;
  }
  fmt::print("crash: {} fail points after a crash\n", runs);
}

}  // namespace
}  // namespace tideover::crash
