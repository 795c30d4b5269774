// `kill -9` before the k-th storage call, for every k: whatever was answered is there, and what was
// not is there whole or not at all.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "crash/child.h"
#include "crash/child_run.h"
#include "crash/reference.h"
#include "crash/scenario.h"
#include "support/temp_dir.h"

namespace tideover::crash {
namespace {

TEST(KillPoint, EveryStorageCallOfTheScenario) {
  const support::TempDir base;
  const std::string directory = std::filesystem::canonical(base.path()).string() + "/env";
  const Reference reference(1);
  int killed = 0;
  int unanswered_but_there = 0;
  for (int k = 1;; ++k) {
    std::filesystem::remove_all(directory);
    Child child({.directory = directory, .shim = {{"DIE", std::to_string(k)}}});
    const std::optional<int> code = child.Wait();
    const Answers answers = child.answers();
    ASSERT_TRUE(answers.in_order) << child.said();
    if (code.has_value()) {
      ASSERT_EQ(*code, kExitDone) << child.said();
      ASSERT_EQ(answers.turn, kTurns);
    }
    const auto turn = reference.Verify(directory, answers);
    ASSERT_TRUE(turn.ok()) << "killed before call " << k << ": " << turn.status();
    unanswered_but_there += *turn > answers.turn ? 1 : 0;
    if (code.has_value()) break;
    ++killed;
  }
  EXPECT_GT(killed, 3 * kTurns) << "each turn makes several calls";
  EXPECT_GT(unanswered_but_there, 0) << "some kill falls between a commit and its answer";
  fmt::print("crash: {} kill points, {} of them between a commit and its answer\n", killed,
             unanswered_but_there);
}

}  // namespace
}  // namespace tideover::crash
