// A store that is opened elsewhere than where it was written.
#include "doors/copied_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "log/former_devices.h"
#include "log/mutation_log.h"
#include "support/store_fixture.h"

namespace tideover::doors {
namespace {

using support::Create;
using support::Json;
using support::Named;
using support::Update;

constexpr char kMachine[] = "00000000000000aa";
constexpr char kOtherMachine[] = "00000000000000bb";

class CopiedStateTest : public support::DoorsFixture {
 protected:
  void SetUp() override { OpenAt({kMachine, 10, 100}); }
  void OpenAt(store::Place place) {
    place_ = std::move(place);
    Reopen();
  }
  uint64_t Ask1(const OperationInput& input) { return MustCommit({input}).operations[0].seq; }
  std::string IdOfSeq(uint64_t seq) { return Pending(seq)->mutation().mutation_id(); }
  std::optional<uint64_t> SeqOf(const std::string& mutation_id) {
    const auto txn = env_->BeginRead();
    return *log::SeqOf(txn->reader(), mutation_id);
  }
  bool IsCopy(const store::Place& from, const store::Place& to) {
    OpenAt(from);
    OpenAt(to);
    return doors_->copied().has_value();
  }
};

TEST_F(CopiedStateTest, TheSamePlaceIsNoCopy) {
  const std::string device = doors_->device_id();
  Reopen();
  EXPECT_FALSE(doors_->copied().has_value());
  EXPECT_EQ(doors_->device_id(), device);
}

TEST_F(CopiedStateTest, TellsAnotherMachineFileOrBirth) {
  const store::Place here{kMachine, 10, 100};
  EXPECT_TRUE(IsCopy(here, {kOtherMachine, 10, 100})) << "a cloned machine, or one set up anew";
  EXPECT_TRUE(IsCopy(here, {kMachine, 11, 100})) << "a copied directory";
  EXPECT_TRUE(IsCopy(here, {kMachine, 10, 101})) << "a copy that got a number used before";
  EXPECT_FALSE(IsCopy(here, here));
}

TEST_F(CopiedStateTest, WhatIsNotKnownIsNotCompared) {
  const store::Place here{kMachine, 10, 100};
  EXPECT_FALSE(IsCopy(here, {"", 10, 100}));
  EXPECT_FALSE(IsCopy({"", 10, 100}, here));
  EXPECT_FALSE(IsCopy(here, {kMachine, 10, 0}));
  EXPECT_FALSE(IsCopy(here, {}));
  EXPECT_TRUE(IsCopy(here, {"", 11, 0}));
}

TEST_F(CopiedStateTest, ASilentOpeningDoesNotForgetThePlace) {
  OpenAt({});
  OpenAt({kMachine, 11, 100});
  EXPECT_TRUE(doors_->copied().has_value());
}

TEST_F(CopiedStateTest, ACopyIsTakenForOneOnce) {
  OpenAt({kOtherMachine, 10, 100});
  ASSERT_TRUE(doors_->copied().has_value());
  const std::string device = doors_->device_id();
  Reopen();
  EXPECT_FALSE(doors_->copied().has_value());
  EXPECT_EQ(doors_->device_id(), device);
}

TEST_F(CopiedStateTest, WhatWasNeverSentGetsAnIdOfTheNewDevice) {
  const std::string before = doors_->device_id();
  const uint64_t seq = Ask1(Create("todos", R"({"title":"milk"})", "local-a"));
  OpenAt({kMachine, 11, 100});
  const std::string after = doors_->device_id();
  EXPECT_NE(after, before);
  EXPECT_EQ(doors_->copied()->former_device, before);
  EXPECT_EQ(doors_->copied()->rekeyed, 1u);
  EXPECT_EQ(IdOfSeq(seq), log::MadeMutationId(after, seq));
  EXPECT_EQ(View("todos", "local-a"), R"({"id":"local-a","title":"milk"})");
}

TEST_F(CopiedStateTest, WhatMayHaveBeenSentAndWhatAppsNamedKeepTheirs) {
  const uint64_t open = Ask1(Create("todos", R"({"v":1})", "local-a"));
  const uint64_t unanswered = Ask1(Create("notes", R"({"v":2})"));
  const uint64_t named = Ask1(Named("mine", Create("notes", R"({"v":3})")));
  Merge(Sent{open});
  Merge(Sent{unanswered});
  Merge(Deferred{unanswered, {}, true, log::PushState::NONE, false});
  const std::string open_id = IdOfSeq(open);
  const std::string unanswered_id = IdOfSeq(unanswered);
  OpenAt({kOtherMachine, 10, 100});
  EXPECT_EQ(doors_->copied()->rekeyed, 0u);
  EXPECT_EQ(doors_->copied()->kept, 3u);
  EXPECT_EQ(IdOfSeq(open), open_id);
  EXPECT_EQ(IdOfSeq(unanswered), unanswered_id);
  EXPECT_EQ(IdOfSeq(named), "mine");
  EXPECT_EQ(SeqOf("mine"), named);
}

TEST_F(CopiedStateTest, IdsThatAppsWereToldAreUnderstoodForEver) {
  const uint64_t pending = Ask1(Create("todos", R"({"v":1})", "local-a"));
  const uint64_t settled = Ask1(Create("notes", R"({"v":2})", "n1"));
  const std::string pending_id = IdOfSeq(pending);
  const std::string settled_id = IdOfSeq(settled);
  const std::string never = log::MadeMutationId(doors_->device_id(), settled + 1);
  Merge(Sent{settled});
  Merge(Confirmed{settled, Json(R"({"id":"n1","v":2})"), "n1"});
  OpenAt({kMachine, 11, 100});
  OpenAt({kMachine, 12, 100});
  EXPECT_EQ(SeqOf(pending_id), pending);
  EXPECT_EQ(SeqOf(IdOfSeq(pending)), pending);
  EXPECT_EQ(SeqOf(settled_id), settled);
  // The original gave this id later; here the number went to another mutation.
  ASSERT_EQ(Ask1(Create("notes", R"({"v":3})")), settled + 1);
  EXPECT_EQ(SeqOf(never), std::nullopt);
}

TEST_F(CopiedStateTest, TwoCopiesNeverGiveTheSameId) {
  Ask1(Create("notes", R"({"v":1})", "n1"));
  const std::string original = dir_.path() + "/original";
  const std::string path = env_options_.path;
  doors_.reset();
  env_.reset();
  std::filesystem::copy(path, original, std::filesystem::copy_options::recursive);
  std::set<std::string> ids;
  for (const std::string& each : {original, path}) {
    env_options_.path = each;
    place_ = {kMachine, each == path ? uint64_t{10} : uint64_t{11}, 100};
    Open();
    const uint64_t seq = Ask1(Update("notes", "n1", R"({"v":2})"));
    EXPECT_TRUE(ids.insert(IdOfSeq(seq)).second);
    EXPECT_TRUE(ids.insert(IdOfSeq(seq - 1)).second);
    doors_.reset();
    env_.reset();
  }
  EXPECT_EQ(ids.size(), 4u);
  Open();
}

TEST_F(CopiedStateTest, ManyMutationsAreRekeyedInSlices) {
  constexpr uint64_t kMany = 2500;
  for (uint64_t i = 0; i < kMany; i += 100) {
    CommitRequest request = Ask(std::vector<OperationInput>(100, Create("notes", R"({"v":1})")));
    RunTurn({std::move(request)});
  }
  OpenAt({kMachine, 11, 100});
  EXPECT_EQ(doors_->copied()->rekeyed, kMany);
  EXPECT_EQ(IdOfSeq(kMany), log::MadeMutationId(doors_->device_id(), kMany));
}

TEST_F(CopiedStateTest, RemembersABoundedNumberOfFormerDevices) {
  for (uint64_t i = 0; i < log::kFormerDevicesMax + 5; ++i) OpenAt({kMachine, 20 + i, 100});
  const auto txn = env_->BeginRead();
  EXPECT_EQ(log::ReadFormerDevices(txn->reader())->devices_size(), log::kFormerDevicesMax);
}

// What the facts of real files say.
TEST_F(CopiedStateTest, AFileThatWasCopiedIsElsewhereAndOneThatWasMovedIsNot) {
  const std::string moved = dir_.path() + "/moved";
  const std::string copied = dir_.path() + "/copied";
  const std::string path = env_options_.path;
  const store::Place place = *store::PlaceOf(*env_, "machine");
  EXPECT_NE(place.file, 0u);
  EXPECT_NE(place.machine, "");
  EXPECT_NE(place.machine, store::PlaceOf(*env_, "other")->machine);
  EXPECT_EQ(store::PlaceOf(*env_, "")->machine, "");
  doors_.reset();
  env_.reset();
  std::filesystem::copy(path, copied, std::filesystem::copy_options::recursive);
  std::filesystem::rename(path, moved);
  const auto place_at = [&](const std::string& at) {
    env_options_.path = at;
    env_ = *store::Env::Open(env_options_);
    const store::Place found = *store::PlaceOf(*env_, "machine");
    env_.reset();
    return found;
  };
  EXPECT_EQ(place_at(moved), place);
  EXPECT_FALSE(store::MayBeTheSame(place_at(copied), place));
  env_options_.path = moved;
  Open();
}

}  // namespace
}  // namespace tideover::doors
