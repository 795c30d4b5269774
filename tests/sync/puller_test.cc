// When the puller asks for lists, and what it does with them.
#include "sync/puller.h"

#include <gtest/gtest.h>

#include "sync/sync_fixture.h"

namespace tideover::sync {
namespace {

using base::Millis;
using support::Create;
using support::Json;

class PullerTest : public SyncFixture {
 protected:
  PullerTest() { tuning_.collections.erase("notes"); }
  size_t Lists() const { return upstream_->lists.size(); }
  // A sync that was asked for; "-" while it is not answered.
  std::shared_ptr<std::string> AskForSync(const std::string& collection = "todos") {
    auto said = std::make_shared<std::string>("-");
    engine_->SyncNow(collection, [said](const absl::Status& status) {
      EXPECT_EQ(*said, "-");
      *said = absl::StatusCodeToString(status.code());
    });
    Pump();
    return said;
  }
};

TEST_F(PullerTest, ListsEveryCollectionAtStart) {
  Start(false);
  ASSERT_EQ(Lists(), 1u);
  AnswerList({Json(R"({"id":"s1","v":1})")});
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1","v":1})");
  EXPECT_EQ(Lists(), 0u);
}

TEST_F(PullerTest, PollsAtItsInterval) {
  tuning_.collections["todos"].poll_interval = Millis(30'000);
  Start();
  Advance(Millis(29'999));
  EXPECT_EQ(Lists(), 0u);
  Advance(Millis(3001));
  EXPECT_EQ(Lists(), 1u);
}

TEST_F(PullerTest, ListsAgainWhenMutationsHaveSettled) {
  Start();
  const auto made = Write({Create("todos", "{}")}).operations[0];
  EXPECT_EQ(Lists(), 0u);
  Answer(made.seq, Confirmed("s1"));
  EXPECT_EQ(Lists(), 1u);
}

// Otherwise a long outbox would do nothing but read what it has just written.
TEST_F(PullerTest, AListThatTakesLongIsReadTheLessOftenWhileMutationsSettle) {
  Start(false);
  Advance(Millis(5'000));
  AnswerLists();
  const auto first = Write({Create("todos", "{}")}).operations[0];
  Write({Create("todos", "{}")});  // Stays under way: the collection is never quiet.
  Answer(first.seq, Confirmed("s1"));
  Advance(Millis(94'000));
  EXPECT_EQ(Lists(), 0u);
  Advance(Millis(1'000));
  EXPECT_EQ(Lists(), 1u);
}

TEST_F(PullerTest, DoesNotWhenToldNotTo) {
  tuning_.collections["todos"].refetch_on_settle = false;
  Start();
  const auto made = Write({Create("todos", "{}")}).operations[0];
  Answer(made.seq, Confirmed("s1"));
  Advance(Millis(600'000));
  EXPECT_EQ(Lists(), 0u);
}

// Otherwise nobody would learn that another deleted it, where nothing polls.
TEST_F(PullerTest, WhatAListLeftOutBelowAPendingWriteIsListedOnceThatHasSettled) {
  tuning_.collections["todos"].refetch_on_settle = false;
  Start(false);
  AnswerList({Json(R"({"id":"s1","v":1})")});
  const auto made = Write({support::Update("todos", "s1", R"({"v":2})")}).operations[0];
  const auto asked = AskForSync();
  AnswerLists();
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1","v":2})");
  Advance(Millis(600'000));
  EXPECT_EQ(Lists(), 0u) << "nothing is known better while it is pending";
  Answer(made.seq, Confirmed());
  Advance(Millis(1000));
  ASSERT_EQ(Lists(), 1u);
  AnswerLists();
  EXPECT_EQ(View("todos", "s1"), "-");
  Advance(Millis(600'000));
  EXPECT_EQ(Lists(), 0u);
}

TEST_F(PullerTest, ACreateThatNoListShowsYetIsNoReasonToList) {
  tuning_.collections["todos"].refetch_on_settle = false;
  Start(false);
  const auto made = Write({Create("todos", "{}")}).operations[0];
  AnswerLists();
  Advance(Millis(600'000));
  Answer(made.seq, Confirmed("s1"));
  Advance(Millis(600'000));
  EXPECT_EQ(Lists(), 0u);
}

// An answer to a repetition may be about what has long been changed by others.
TEST_F(PullerTest, WhatIsConfirmedWithoutAVersionIsListed) {
  rules_["todos"].version_field = "_version";
  Reopen();
  tuning_.collections["todos"].refetch_on_settle = false;
  Start(false);
  AnswerList({Json(R"({"id":"s1","v":1,"_version":1})")});
  const auto first = Write({support::Update("todos", "s1", R"({"v":2})")}).operations[0];
  PushResult proven = Confirmed();
  proven.document = Json(R"({"id":"s1","v":2,"_version":2})");
  Answer(first.seq, proven);
  Advance(Millis(600'000));
  EXPECT_EQ(Lists(), 0u);
  const auto second = Write({support::Update("todos", "s1", R"({"v":3})")}).operations[0];
  Answer(second.seq, Confirmed());
  EXPECT_EQ(Lists(), 1u);
}

TEST_F(PullerTest, AListOlderThanOurOwnWriteKeepsItAndIsReadAgain) {
  tuning_.collections["todos"].refetch_on_settle = false;
  Start();
  const auto sync = AskForSync();
  const auto made = Write({Create("todos", R"({"v":1})")}).operations[0];
  Answer(made.seq, Confirmed("s1"));
  AnswerList(std::vector<json::Value>());  // Read before the create.
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1","v":1})");
  Advance(Millis(500));
  ASSERT_EQ(Lists(), 1u);
  AnswerList(std::vector<json::Value>());  // Somebody deleted it since.
  EXPECT_EQ(View("todos", "s1"), "-");
}

// Nothing else would: no polls, and a list at once may be older than what it leaves behind.
TEST_F(PullerTest, WhatWasRefusedAfterAnUnansweredAttemptIsLookedAtWhenItCanNoLongerArrive) {
  Start(false);
  AnswerList({Json(R"({"id":"s1","v":1})")});
  const auto change = Write({support::Update("todos", "s1", R"({"v":2})")}).operations[0];
  Answer(change.seq, Result(PushClass::kAmbiguous, 0));
  Advance(Millis(1000));
  Answer(change.seq, Result(PushClass::kRejected, 403));
  AnswerList({Json(R"({"id":"s1","v":1})")});
  Advance(Millis(28'000));
  EXPECT_EQ(Lists(), 0u);
  Advance(Millis(2000));
  ASSERT_EQ(Lists(), 1u);
  AnswerList({Json(R"({"id":"s1","v":2})")});
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1","v":2})");
  Advance(Millis(600'000));
  EXPECT_EQ(Lists(), 0u) << "one look is enough";
}

TEST_F(PullerTest, WhatAPersonMustDecideIsLookedAtWhenItCanNoLongerArrive) {
  tuning_.collections["todos"].ambiguous = AmbiguousCreate::kHold;
  Start();
  const auto made = Write({Create("todos", R"({"v":1})")}).operations[0];
  Answer(made.seq, Result(PushClass::kAmbiguous, 0));
  Advance(Millis(29'000));
  EXPECT_EQ(Lists(), 0u);
  Advance(Millis(1000));
  ASSERT_EQ(Lists(), 1u);
  AnswerList({Json(R"({"id":"s1","v":1})")});
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1","v":1})");
}

TEST_F(PullerTest, AFailedListChangesNothingAndIsTriedAgain) {
  Start(false);
  AnswerList({Json(R"({"id":"s1"})")});
  for (const PushClass failure : {PushClass::kRetry, PushClass::kRejected}) {
    AskForSync();
    ASSERT_EQ(Lists(), 1u);
    AnswerList(ListFailure(failure, 500));
    EXPECT_EQ(View("todos", "s1"), R"({"id":"s1"})");
    Advance(Millis(60'000));
    ASSERT_EQ(Lists(), 1u);
    AnswerList({Json(R"({"id":"s1"})")});
  }
}

TEST_F(PullerTest, SaysHowASyncEnded) {
  Start();
  const auto good = AskForSync();
  EXPECT_EQ(*good, "-");
  AnswerLists();
  EXPECT_EQ(*good, "OK");
  const auto bad = AskForSync();
  AnswerList(ListFailure(PushClass::kRetry, 503));
  EXPECT_EQ(*bad, "UNAVAILABLE");
  EXPECT_EQ(*AskForSync("nothing"), "NOT_FOUND");
}

TEST_F(PullerTest, RefusesASyncWhileOffline) {
  Start();
  engine_->SetNetwork(NetworkSetting::kOffline);
  EXPECT_EQ(*AskForSync(), "UNAVAILABLE");
}

TEST_F(PullerTest, ASyncThatWaitsForAListUnderWayIsAnsweredAlsoWhenTheOperatorGoesOffline) {
  Start(false);
  const auto sync = AskForSync();
  engine_->SetNetwork(NetworkSetting::kOffline);
  AnswerList(ListFailure(PushClass::kRetry, 0));
  Pump();
  EXPECT_EQ(*sync, "UNAVAILABLE");
}

TEST_F(PullerTest, ASyncAskedForWhileListingIsServedByTheNextList) {
  Start(false);
  const auto sync = AskForSync();
  ASSERT_EQ(Lists(), 1u);
  AnswerList(std::vector<json::Value>());
  EXPECT_EQ(*sync, "-");
  ASSERT_EQ(Lists(), 1u);
  AnswerLists();
  EXPECT_EQ(*sync, "OK");
}

TEST_F(PullerTest, AReaderOfAStaleCollectionMakesItListAgain) {
  Start();
  engine_->Touch("todos");
  Pump();
  EXPECT_EQ(Lists(), 0u);
  clock_.Advance(Millis(10'000));
  engine_->Touch("todos");
  Pump();
  EXPECT_EQ(Lists(), 1u);
}

TEST_F(PullerTest, AReaderOfAnInvalidatedCollectionMakesItListAgain) {
  Start();
  engine_->Invalidate("todos");
  Pump();
  EXPECT_EQ(Lists(), 0u);
  EXPECT_TRUE(board_.Get().collections["todos"].invalidated);
  engine_->Touch("todos");
  Pump();
  ASSERT_EQ(Lists(), 1u);
  AnswerLists();
  EXPECT_FALSE(board_.Get().collections["todos"].invalidated);
  engine_->Touch("todos");
  Pump();
  EXPECT_EQ(Lists(), 0u);
}

TEST_F(PullerTest, CountsWhatAListBrought) {
  Start();
  const ListCounts before = board_.Get().collections["todos"].counts;
  AskForSync();
  AnswerList({Json(R"({"id":"s1","v":1})"), Json(R"({"id":"s2","v":1})")});
  AskForSync();
  AnswerList({Json(R"({"id":"s1","v":2})")});
  const ListCounts after = board_.Get().collections["todos"].counts;
  EXPECT_EQ(after.begun - before.begun, 2u);
  EXPECT_EQ(after.applied - before.applied, 2u);
  EXPECT_EQ(after.added - before.added, 2u);
  EXPECT_EQ(after.updated - before.updated, 1u);
  EXPECT_EQ(after.removed - before.removed, 1u);
}

TEST_F(PullerTest, ListsAgainWhenTheNetworkIsBack) {
  Start();
  engine_->OnLinkChange(false);
  Pump();
  engine_->OnLinkChange(true);
  Pump();
  EXPECT_EQ(Lists(), 1u);
}

TEST_F(PullerTest, ANewListWaitsWhereTheOldOneMustBeReadAgainLongerEachTime) {
  tuning_.collections["todos"].ambiguous = AmbiguousCreate::kVerify;
  Start();
  // A create that stays in flight, and lists that show what may be it.
  Write({Create("todos", R"({"v":1})")});
  AskForSync();
  int lists = 0;
  for (int i = 0; i < 60'000 / 100; ++i) {
    if (Lists() > 0) {
      ++lists;
      AnswerList({Json(R"({"id":"s1","v":1})")});
    }
    Advance(Millis(100));
  }
  EXPECT_GT(lists, 5);
  EXPECT_LT(lists, 40);
}

}  // namespace
}  // namespace tideover::sync
