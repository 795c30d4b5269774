#include "doors/outbox_edit.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/mutation_log.h"
#include "support/store_fixture.h"

namespace tideover::doors {
namespace {

using absl::StatusCode;
using log::PushState;
using support::Create;
using support::Delete;
using support::Increment;
using support::Json;
using support::Named;
using support::Update;
using Verb = OutboxRequest::Verb;

class OutboxEdit : public support::DoorsFixture {
 protected:
  uint64_t Ask1(const OperationInput& input) { return MustCommit({input}).operations[0].seq; }
  void Have(const std::string& id) {
    Merge(Confirmed{Ask1(Create("notes", R"({"v":0})", id)), {}, {}});
  }
  absl::Status Do(Verb verb, uint64_t seq, const std::string& json = "") {
    return RunTurn({OutboxRequest{verb, seq, json}}).front().status;
  }
  absl::Status Edit(uint64_t seq, const std::string& json) { return Do(Verb::kEdit, seq, json); }
  PushState::Hold HoldOf(uint64_t seq) { return Pending(seq)->push().hold(); }
  std::optional<uint64_t> SeqOf(const std::string& mutation_id) {
    const auto txn = env_->BeginRead();
    return log::SeqOf(txn->reader(), mutation_id).value_or(std::nullopt);
  }
};

TEST_F(OutboxEdit, OfWhatWasNeverSentKeepsItsId) {
  Have("x");
  const uint64_t seq = Ask1(Named("m", Update("notes", "x", R"({"v":1})")));
  EXPECT_TRUE(Edit(seq, R"({"id":"x","w":2})").ok());
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","v":0,"w":2})");
  EXPECT_EQ(Pending(seq)->mutation().mutation_id(), "m");
  EXPECT_EQ(Pending(seq)->mutation().json(), R"({"w":2})");
  EXPECT_EQ(Pending(seq)->original().json(), R"({"v":1})");
  EXPECT_EQ(notice().changes.size(), 1u);
  EXPECT_EQ(notice().holds.size(), 1u);
  EXPECT_TRUE(Edit(seq, R"({"w":3})").ok());
  EXPECT_EQ(Pending(seq)->original().json(), R"({"v":1})") << "the app's words, not the last ones";
  // The same again changes nothing.
  EXPECT_TRUE(Edit(seq, R"({"w":3})").ok());
  EXPECT_TRUE(notice().changes.empty() && notice().holds.empty());
  // The app that repeats its call finds it.
  EXPECT_TRUE(MustCommit({Named("m", Update("notes", "x", R"({"v":1})"))}).operations[0].repeated);
}

TEST_F(OutboxEdit, OfWhatWasSentGetsAnotherIdForTheServer) {
  Have("x");
  const uint64_t seq = Ask1(Named("m", Update("notes", "x", R"({"v":1})")));
  const std::string made = log::MadeMutationId(doors_->device_id(), seq);
  Merge(Sent{seq});
  EXPECT_EQ(Edit(seq, R"({"v":2})").code(), StatusCode::kFailedPrecondition) << "in flight";
  Merge(Deferred{seq, {}, true, PushState::NONE});
  EXPECT_TRUE(Edit(seq, R"({"v":2})").ok());
  EXPECT_EQ(Pending(seq)->mutation().mutation_id(), made + ".1");
  EXPECT_FALSE(Pending(seq)->push().unanswered()) << "this content certainly never arrived";
  EXPECT_TRUE(Edit(seq, R"({"v":3})").ok());
  EXPECT_EQ(Pending(seq)->mutation().mutation_id(), made + ".2");
  EXPECT_EQ(Pending(seq)->original().mutation_id(), "m");
  Reopen();
  EXPECT_EQ(SeqOf("m"), seq);
  EXPECT_EQ(SeqOf(made + ".2"), seq);
  EXPECT_TRUE(MustCommit({Named("m", Update("notes", "x", R"({"v":1})"))}).operations[0].repeated);
  EXPECT_EQ(StatusOf(Named(made + ".9", Update("notes", "x", "{}"))).code(),
            StatusCode::kFailedPrecondition)
      << "ids of that form are ours";
  Merge(Rejected{seq, {}, {}});
  EXPECT_EQ(SeqOf("m"), seq);
  EXPECT_TRUE(Retry(seq).ok());
  EXPECT_EQ(Pending(seq)->original().mutation_id(), "m");
}

TEST_F(OutboxEdit, OfADeadLetterIsThereWhenItIsRetried) {
  Have("x");
  const uint64_t seq = Ask1(Named("m", Update("notes", "x", R"({"v":1})")));
  Merge(Sent{seq});
  Merge(Rejected{seq, {}, {}});
  EXPECT_TRUE(Edit(seq, R"({"v":2})").ok());
  EXPECT_EQ(Counters().dead_letters(), 1u);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","v":0})");
  EXPECT_EQ(Settled(seq)->original().json(), R"({"v":1})");
  EXPECT_TRUE(Retry(seq).ok());
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","v":2})");
  EXPECT_EQ(Pending(seq)->original().json(), R"({"v":1})");
}

TEST_F(OutboxEdit, IsRefusedLikeANewWriteAndChangesNothing) {
  rules_["notes"].update_fields = {"v", "n"};
  Reopen();
  Have("x");
  const uint64_t seq = Ask1(Update("notes", "x", R"({"v":1})"));
  const uint64_t erase = Ask1(Delete("notes", "x"));
  for (const std::string& json :
       {std::string("{"), std::string("[]"), std::string(R"({"w":1})"),
        std::string(R"({"id":"y"})"),
        R"({"v":")" + std::string(json::kDocumentBytesMax, 'x') + "\"}"}) {
    EXPECT_EQ(Edit(seq, json).code(), StatusCode::kInvalidArgument) << json.substr(0, 20);
  }
  EXPECT_EQ(Edit(erase, "{}").code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(Edit(erase + 1, "{}").code(), StatusCode::kNotFound);
  EXPECT_EQ(Pending(seq)->mutation().json(), R"({"v":1})");
  EXPECT_FALSE(Pending(seq)->has_original());
  EXPECT_TRUE(Discard(seq).ok());
  EXPECT_EQ(Edit(seq, R"({"v":3})").code(), StatusCode::kFailedPrecondition);
}

TEST_F(OutboxEdit, WaitsForTheListThatTellsWhetherACreateArrived) {
  const uint64_t seq = Ask1(Create("todos", R"({"v":1})", "local-a"));
  Merge(Sent{seq});
  Merge(Deferred{seq, {}, true, PushState::VERIFY});
  EXPECT_EQ(Edit(seq, R"({"v":2})").code(), StatusCode::kFailedPrecondition);
  EXPECT_TRUE(Retry(seq).ok());
  EXPECT_TRUE(Edit(seq, R"({"v":2})").ok());
}

TEST_F(OutboxEdit, OfABundleLeavesTheOthersAsTheyLeft) {
  Have("x");
  const uint64_t first = Ask1(Update("notes", "x", R"({"a":1})"));
  const uint64_t second = Ask1(Update("notes", "x", R"({"b":1})"));
  Merge(Sent{first, second});
  Merge(Deferred{first, {}, true, PushState::NONE});
  EXPECT_TRUE(Edit(second, R"({"b":2})").ok());
  EXPECT_TRUE(Pending(first)->push().unanswered());
  EXPECT_EQ(Pending(second)->push().bundle_last(), 0u);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","v":0,"a":1,"b":2})");
}

TEST_F(OutboxEdit, AnOperatorsHoldLastsUntilItIsReleased) {
  Have("x");
  const uint64_t seq = Ask1(Update("notes", "x", R"({"v":1})"));
  EXPECT_TRUE(Do(Verb::kHold, seq).ok());
  EXPECT_EQ(HoldOf(seq), PushState::OPERATOR);
  ASSERT_EQ(notice().holds.size(), 1u);
  EXPECT_TRUE(Do(Verb::kHold, seq).ok());
  EXPECT_TRUE(notice().holds.empty());
  Merge(Sent{seq});
  EXPECT_EQ(Pending(seq)->push().attempts(), 0u) << "what is held does not leave";
  EXPECT_TRUE(Do(Verb::kRelease, seq).ok());
  EXPECT_EQ(HoldOf(seq), PushState::NONE);
  EXPECT_TRUE(Do(Verb::kRelease, seq).ok());
}

TEST_F(OutboxEdit, WhatIsInFlightIsHeldWhenItComesBackUnsettled) {
  Have("x");
  const uint64_t back = Ask1(Update("notes", "x", R"({"v":1})"));
  Merge(Sent{back});
  EXPECT_TRUE(Do(Verb::kHold, back).ok());
  Merge(Deferred{back, {}, false, PushState::NONE});
  EXPECT_EQ(HoldOf(back), PushState::OPERATOR);
  EXPECT_TRUE(Do(Verb::kRelease, back).ok());
  Merge(Sent{back});
  EXPECT_TRUE(Do(Verb::kHold, back).ok());
  Merge(Confirmed{back, {}, {}});
  EXPECT_FALSE(Pending(back).has_value());
}

TEST_F(OutboxEdit, AnOperatorsHoldStaysBeneathAnother) {
  const uint64_t seq = Ask1(Create("todos", R"({"v":1})", "local-a"));
  Merge(Sent{seq});
  EXPECT_TRUE(Do(Verb::kHold, seq).ok());
  Merge(Deferred{seq, {}, true, PushState::VERIFY});
  EXPECT_EQ(HoldOf(seq), PushState::VERIFY);
  EXPECT_TRUE(Pending(seq)->push().operator_hold());
  // A list that was asked for late enough does not have it.
  Merge(List{IdOf("todos"), Counters().last_commit(), clock_.Wall(), {}, {seq}, {true}});
  EXPECT_EQ(HoldOf(seq), PushState::OPERATOR);
  EXPECT_FALSE(Pending(seq)->push().operator_hold());
  EXPECT_TRUE(Do(Verb::kRelease, seq).ok());
  EXPECT_EQ(HoldOf(seq), PushState::NONE);
}

TEST_F(OutboxEdit, ReleaseIsForWhatAnOperatorHolds) {
  const uint64_t create = Ask1(Create("todos", "{}", "local-a"));
  const uint64_t update = Ask1(Update("todos", "local-a", R"({"v":1})"));
  EXPECT_TRUE(Do(Verb::kHold, update).ok());
  Merge(Rejected{create, {}, {}});
  EXPECT_EQ(HoldOf(update), PushState::DEPENDENCY);
  EXPECT_TRUE(Do(Verb::kRelease, update).ok());
  EXPECT_EQ(HoldOf(update), PushState::DEPENDENCY) << "but it still lacks its document";
  EXPECT_EQ(Do(Verb::kRelease, update).code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(Do(Verb::kRelease, create).code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(Do(Verb::kHold, create).code(), StatusCode::kFailedPrecondition);
}

TEST_F(OutboxEdit, WhatMayHaveArrivedTogetherIsHeldTogether) {
  Have("x");
  const uint64_t first = Ask1(Update("notes", "x", R"({"a":1})"));
  const uint64_t second = Ask1(Update("notes", "x", R"({"b":1})"));
  Merge(Sent{first, second});
  Merge(Deferred{first, {}, true, PushState::NONE});
  EXPECT_TRUE(Do(Verb::kHold, second).ok());
  EXPECT_EQ(HoldOf(first), PushState::OPERATOR);
  EXPECT_TRUE(Do(Verb::kRelease, second).ok());
  EXPECT_EQ(HoldOf(first), PushState::NONE);
  EXPECT_EQ(HoldOf(second), PushState::NONE);
}

TEST_F(OutboxEdit, WhatWasHeldSinceItWasPutTogetherDoesNotLeave) {
  Have("x");
  const uint64_t first = Ask1(Update("notes", "x", R"({"a":1})"));
  const uint64_t second = Ask1(Update("notes", "x", R"({"b":1})"));
  EXPECT_TRUE(Do(Verb::kHold, second).ok());
  Merge(Sent{first, second});
  EXPECT_EQ(Pending(first)->push().bundle_last(), 0u);
  EXPECT_EQ(Pending(second)->push().attempts(), 0u);
  const uint64_t create = Ask1(Create("notes", "{}", "y"));
  const uint64_t erase = Ask1(Delete("notes", "y"));
  EXPECT_TRUE(Discard(erase).ok());
  Merge(Cancelled{create, erase});
  EXPECT_TRUE(Pending(create).has_value()) << "its delete was taken out meanwhile";
}

// Sums that left as one write, of which nobody knows whether it arrived: the head's hold is for
// all.
class AmbiguousSums : public OutboxEdit {
 protected:
  AmbiguousSums() {
    rules_["notes"].sent_as_such = {{log::Mutation::INCREMENT, {{"n"}, {}}}};
    Reopen();
    Merge(List{IdOf("notes"), 0, clock_.Wall(), {Json(R"({"id":"x","n":1})")}, {}, {}});
    head_ = Add(4);
    next_ = Add(9);
    Merge(Sent{head_, next_});
    Merge(Deferred{head_, {}, /*unanswered=*/true, PushState::AMBIGUOUS});
  }
  uint64_t Add(int n) {
    OperationInput input = Increment("notes", "x", fmt::format(R"({{"n":{}}})", n));
    return MustCommit({input}).operations[0].seq;
  }
  uint64_t head_ = 0;
  uint64_t next_ = 0;
};

TEST_F(AmbiguousSums, TheRestIsHeldWhenTheHeadIsDiscarded) {
  EXPECT_TRUE(Discard(head_).ok());
  EXPECT_EQ(HoldOf(next_), PushState::AMBIGUOUS);
}

TEST_F(AmbiguousSums, TheRestIsHeldWhenTheHeadIsEdited) {
  EXPECT_TRUE(Edit(head_, R"({"n":5})").ok());
  EXPECT_EQ(HoldOf(next_), PushState::AMBIGUOUS);
}

TEST_F(AmbiguousSums, NothingElseIsHeldWhenAnotherIsDiscarded) {
  EXPECT_TRUE(Discard(next_).ok());
  EXPECT_EQ(HoldOf(head_), PushState::AMBIGUOUS);
}

}  // namespace
}  // namespace tideover::doors
