#include "doors/merge_door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/store_fixture.h"

namespace tideover::doors {
namespace {

using absl::StatusCode;
using log::PushState;
using log::SettledEntry;
using support::Create;
using support::Delete;
using support::Json;
using support::Replace;
using support::Update;

class MergeDoor : public support::DoorsFixture {
 protected:
  static log::PushError Error(const std::string& message) {
    log::PushError error;
    error.set_outcome("rejected");
    error.set_message(message);
    error.set_http_status(400);
    return error;
  }
  // A note that the server has, version `v`.
  void Have(const std::string& id, int v) {
    const auto answer = MustCommit({Create("notes", R"({"v":)" + std::to_string(v) + "}", id)});
    Merge(Confirmed{answer.operations[0].seq, {}, {}});
  }
  uint64_t Ask1(const OperationInput& input) { return MustCommit({input}).operations[0].seq; }
};

TEST_F(MergeDoor, SentMarksSurviveAndAnOpenOneMeansUnanswered) {
  const uint64_t seq = Ask1(Create("notes", "{}", "x"));
  const int64_t first = clock_.wall_ms;
  Merge(Sent{seq});
  PushState push = Pending(seq)->push();
  EXPECT_EQ(push.attempts(), 1u);
  EXPECT_EQ(push.first_sent_wall_ms(), first);
  EXPECT_TRUE(push.open_attempt());
  EXPECT_FALSE(push.unanswered());

  Reopen();
  EXPECT_TRUE(Pending(seq)->push().open_attempt());
  clock_.Advance(base::Millis(500));
  Merge(Sent{seq});
  push = Pending(seq)->push();
  EXPECT_EQ(push.attempts(), 2u);
  EXPECT_EQ(push.first_sent_wall_ms(), first);
  EXPECT_EQ(push.last_sent_wall_ms(), first + 500);
  EXPECT_TRUE(push.unanswered()) << "the outcome of the first attempt was swallowed by the crash";
}

TEST_F(MergeDoor, AnAnsweredAttemptIsNotUnanswered) {
  const uint64_t seq = Ask1(Create("notes", "{}", "x"));
  Merge(Sent{seq});
  Merge(Deferred{seq, Error("busy"), false, PushState::NONE});
  Merge(Sent{seq});
  EXPECT_FALSE(Pending(seq)->push().unanswered());
  Merge(Deferred{seq, Error("lost"), true, PushState::NONE});
  EXPECT_TRUE(Pending(seq)->push().unanswered());
  EXPECT_FALSE(Pending(seq)->push().open_attempt());
  // Once in doubt, always in doubt: a later refusal does not say what became of the earlier one.
  Merge(Sent{seq});
  Merge(Deferred{seq, Error("busy"), false, PushState::NONE});
  EXPECT_TRUE(Pending(seq)->push().unanswered());
}

TEST_F(MergeDoor, RemembersHowManyListsWereReadBeforeTheFirstAttempt) {
  const uint64_t early = Ask1(Create("notes", "{}", "x"));
  Merge(Sent{early});
  EXPECT_EQ(Pending(early)->push().first_sent_generation(), 0u);
  Merge(List{IdOf("notes"), Counters().last_commit(), {5}, {}, {}, {}});
  const uint64_t late = Ask1(Create("notes", "{}", "y"));
  Merge({Sent{late}, Sent{early}});
  EXPECT_EQ(Pending(late)->push().first_sent_generation(), 1u);
  EXPECT_EQ(Pending(early)->push().first_sent_generation(), 0u);
}

TEST_F(MergeDoor, ConfirmedWithADocumentTakesTheServersWord) {
  const uint64_t seq = Ask1(Create("notes", R"({"v":1})", "x"));
  clock_.Advance(base::Millis(70));
  Merge(Confirmed{seq, Json(R"({"v":1,"createdAt":"now","id":"x"})"), {}});
  EXPECT_EQ(View("notes", "x"), R"({"v":1,"createdAt":"now","id":"x"})");
  EXPECT_EQ(Base("notes", "x"), View("notes", "x"));
  const auto record = Record("notes", "x");
  EXPECT_EQ(record->header.fetched_wall_ms, clock_.wall_ms);
  EXPECT_EQ(record->header.settled_commit, Counters().last_commit());
  EXPECT_FALSE(Pending(seq).has_value());
  const auto settled = Settled(seq);
  EXPECT_EQ(settled->outcome(), SettledEntry::CONFIRMED);
  EXPECT_EQ(settled->settled_wall_ms(), clock_.wall_ms);
  EXPECT_FALSE(settled->push().open_attempt());
  ASSERT_EQ(notice().settled.size(), 1u);
  EXPECT_EQ(notice().settled[0].outcome, SettledEntry::CONFIRMED);
  EXPECT_EQ(notice().changes.size(), 1u);
}

TEST_F(MergeDoor, ConfirmedWithoutADocumentAppliesTheMutationToTheBase) {
  Have("x", 1);
  const uint64_t update = Ask1(Update("notes", "x", R"({"w":2})"));
  const uint64_t later = Ask1(Update("notes", "x", R"({"z":3})"));
  Merge(Confirmed{update, {}, {}});
  EXPECT_EQ(Base("notes", "x"), R"({"id":"x","v":1,"w":2})");
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","v":1,"w":2,"z":3})");
  EXPECT_TRUE(notice().changes.empty()) << "what apps see did not change";
  Merge(Confirmed{later, {}, {}});
  const uint64_t replace = Ask1(Replace("notes", "x", R"({"only":1})"));
  Merge(Confirmed{replace, {}, {}});
  EXPECT_EQ(Base("notes", "x"), R"({"id":"x","only":1})");
}

TEST_F(MergeDoor, ConfirmedBelowPendingOnesRebasesThem) {
  Have("x", 1);
  const uint64_t first = Ask1(Update("notes", "x", R"({"a":1})"));
  Ask1(Update("notes", "x", R"({"b":2})"));
  Merge(Confirmed{first, Json(R"({"id":"x","v":9,"a":1,"b":0})"), {}});
  EXPECT_EQ(Base("notes", "x"), R"({"id":"x","v":9,"a":1,"b":0})");
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","v":9,"a":1,"b":2})");
}

TEST_F(MergeDoor, ConfirmedDeleteLeavesATombstone) {
  Have("x", 1);
  const uint64_t seq = Ask1(Delete("notes", "x"));
  Merge(Confirmed{seq, Json(R"({"id":"x","v":1})"), {}});
  const auto record = Record("notes", "x");
  ASSERT_TRUE(record.has_value());
  EXPECT_TRUE(record->is_tombstone());
  EXPECT_EQ(record->header.settled_commit, Counters().last_commit());
}

TEST_F(MergeDoor, EventsAboutWhatIsGoneChangeNothing) {
  const uint64_t seq = Ask1(Create("notes", "{}", "x"));
  EXPECT_TRUE(Discard(seq).ok());
  const std::string settled = Settled(seq)->SerializeAsString();
  for (const MergeEvent& event : std::vector<MergeEvent>{
           Sent{seq}, Confirmed{seq, Json(R"({"id":"x"})"), {}}, Rejected{seq, Error("no"), {}},
           Deferred{seq, Error("later"), true, PushState::VERIFY}, Sent{4711}}) {
    Merge(event);
    EXPECT_TRUE(notice().empty());
  }
  EXPECT_EQ(Settled(seq)->SerializeAsString(), settled);
  EXPECT_EQ(View("notes", "x"), "-");
}

TEST_F(MergeDoor, TheSecondConfirmationOfOneMutationChangesNothing) {
  const uint64_t seq = Ask1(Create("todos", "{}"));
  Merge({Confirmed{seq, {}, "s1"}, Confirmed{seq, {}, "s2"}});
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1"})");
  EXPECT_EQ(View("todos", "s2"), "-");
}

TEST_F(MergeDoor, RejectedGoesToTheDeadLettersAndRollsTheViewBack) {
  Have("x", 1);
  const uint64_t bad = Ask1(Update("notes", "x", R"({"v":2,"bad":true})"));
  const uint64_t good = Ask1(Update("notes", "x", R"({"w":3})"));
  Merge(Sent{bad});
  Merge(Rejected{bad, Error("bad is bad"), {}});
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","v":1,"w":3})");
  EXPECT_EQ(Base("notes", "x"), R"({"id":"x","v":1})");
  const auto dead = Settled(bad);
  EXPECT_EQ(dead->outcome(), SettledEntry::REJECTED);
  EXPECT_EQ(dead->push().last_error().message(), "bad is bad");
  EXPECT_FALSE(dead->push().open_attempt());
  EXPECT_EQ(dead->base_json(), R"({"id":"x","v":1})");
  EXPECT_EQ(Counters().dead_letters(), 1u);
  // An update needs no earlier update.
  EXPECT_EQ(Pending(good)->push().hold(), PushState::NONE);
}

TEST_F(MergeDoor, RejectedWithTheServersDocumentTakesItAsTheBase) {
  Have("x", 1);
  const uint64_t seq = Ask1(Update("notes", "x", R"({"v":2})"));
  Merge(Rejected{seq, Error("conflict"), Json(R"({"v":7})")});
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","v":7})") << "every document carries its id";
  EXPECT_EQ(Settled(seq)->server_json(), R"({"v":7})");
}

TEST_F(MergeDoor, RejectedCreateHoldsWhatNeedsIt) {
  const auto answers = MustCommit({Create("todos", R"({"v":1})", "local-a")});
  const uint64_t create = answers.operations[0].seq;
  const uint64_t update = Ask1(Update("todos", "local-a", R"({"v":2})"));
  const uint64_t other = Ask1(Create("todos", "{}", "local-b"));
  Merge(Rejected{create, Error("no"), {}});
  EXPECT_EQ(View("todos", "local-a"), "-");
  EXPECT_EQ(Pending(update)->push().hold(), PushState::DEPENDENCY);
  EXPECT_EQ(Pending(other)->push().hold(), PushState::NONE);
  ASSERT_EQ(notice().holds.size(), 1u);
  EXPECT_EQ(notice().holds[0].seq, update);
  EXPECT_EQ(notice().holds[0].hold, PushState::DEPENDENCY);
  EXPECT_EQ(StatusOf(Update("todos", "local-a", "{}")).code(), StatusCode::kNotFound);
}

TEST_F(MergeDoor, ALaterCreateDoesNotNeedTheRefusedOne) {
  const uint64_t first = Ask1(Create("notes", R"({"v":1})", "x"));
  const uint64_t update = Ask1(Update("notes", "x", R"({"v":2})"));
  const uint64_t gone = Ask1(Delete("notes", "x"));
  const uint64_t again = Ask1(Create("notes", R"({"v":3})", "x"));
  const uint64_t last = Ask1(Update("notes", "x", R"({"v":4})"));
  Merge(Rejected{first, Error("no"), {}});
  EXPECT_EQ(Pending(update)->push().hold(), PushState::DEPENDENCY);
  EXPECT_EQ(Pending(gone)->push().hold(), PushState::DEPENDENCY);
  EXPECT_EQ(Pending(again)->push().hold(), PushState::NONE);
  EXPECT_EQ(Pending(last)->push().hold(), PushState::NONE);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","v":4})");
}

TEST_F(MergeDoor, RejectedCreateOfADocumentThatTheServerHasHoldsNothing) {
  Merge(List{IdOf("notes"), 1, {1}, {}, {}, {}});
  const uint64_t create = Ask1(Create("notes", R"({"v":1})", "x"));
  const uint64_t update = Ask1(Update("notes", "x", R"({"v":2})"));
  Merge(List{IdOf("notes"), Counters().last_commit(), {2}, {Json(R"({"id":"x","v":0})")}, {}, {}});
  Merge(Rejected{create, Error("exists"), {}});
  EXPECT_EQ(Pending(update)->push().hold(), PushState::NONE);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","v":2})");
}

TEST_F(MergeDoor, DeferredKeepsTheMutationAndSaysWhy) {
  const uint64_t seq = Ask1(Create("notes", "{}", "x"));
  Merge(Sent{seq});
  Merge(Deferred{seq, Error("lost"), true, PushState::VERIFY});
  EXPECT_EQ(Pending(seq)->push().hold(), PushState::VERIFY);
  EXPECT_EQ(Pending(seq)->push().last_error().message(), "lost");
  EXPECT_FALSE(Pending(seq)->push().open_attempt());
  ASSERT_EQ(notice().holds.size(), 1u);
  EXPECT_EQ(notice().holds[0].hold, PushState::VERIFY);
  Merge(Deferred{seq, Error("lost again"), false, PushState::VERIFY});
  EXPECT_TRUE(notice().holds.empty()) << "held already";
  EXPECT_EQ(Pending(seq)->push().last_error().message(), "lost again");
  Merge(Deferred{seq, Error("try"), false, PushState::NONE});
  ASSERT_EQ(notice().holds.size(), 1u);
  EXPECT_EQ(notice().holds[0].hold, PushState::NONE);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x"})");
}

TEST_F(MergeDoor, EventsOfOneRequestAreAppliedInOrder) {
  const uint64_t create = Ask1(Create("todos", R"({"v":1})", "local-a"));
  const uint64_t update = Ask1(Update("todos", "local-a", R"({"v":2})"));
  Merge({Sent{create}, Confirmed{create, {}, "s1"}, Sent{update}, Confirmed{update, {}, {}}});
  EXPECT_EQ(Base("todos", "s1"), R"({"id":"s1","v":2})");
  EXPECT_EQ(Settled(update)->push().attempts(), 1u);
}

// What the server sends may be larger than what apps may write.
TEST_F(MergeDoor, ADocumentOfTheServerMayBeLargerThanOurOwn) {
  const uint64_t seq = Ask1(Create("notes", "{}", "x"));
  json::Value huge = json::Value::Object();
  huge.Set("b", json::Value::String(std::string(3 << 20, 'x')));
  Merge(Confirmed{seq, huge, {}});
  const uint64_t update = Ask1(Create("notes", "{}", "y"));
  json::Value listed = huge;
  listed.Set("id", json::Value::String("x"));
  listed.Set("n", json::Value::Int(2));
  Merge(List{IdOf("notes"), Counters().last_commit(), {2}, {listed}, {}, {}});
  EXPECT_EQ(Base("notes", "x"), json::Write(listed));
  EXPECT_EQ(StatusOf(Update("notes", "x", R"({"n":3})")).code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(StatusOf(Delete("notes", "x")).ok());
  EXPECT_TRUE(Discard(update).ok());
}

}  // namespace
}  // namespace tideover::doors
