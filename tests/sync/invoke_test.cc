// The engine and what waits for others: custom operations, and mutations that name documents which
// the server does not know yet.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/sync_fixture.h"

namespace tideover::sync {
namespace {

using log::PushState;
using support::Create;
using support::Invoke;
using support::Json;
using support::Update;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class WaitsForOthers : public SyncFixture {
 protected:
  uint64_t Write1(const doors::OperationInput& input) { return Write({input}).operations[0].seq; }
  // A note that the server has.
  void Known(const std::string& id) {
    Answer(Write1(Create("notes", R"({"v":0})", id)), Confirmed());
    known_.push_back(Json(R"({"id":")" + id + R"(","v":0})"));
    while (!upstream_->lists.empty()) AnswerList(known_);
  }

 private:
  std::vector<json::Value> known_;
};

TEST_F(WaitsForOthers, AnInvokeIsSentAsItIsAndItsAnswerIsKept) {
  Start();
  const uint64_t seq = Write1(Invoke("finish", R"({"n":1})"));
  ASSERT_THAT(UnderWay(), ElementsAre(seq));
  const PushRequest& request = upstream_->pushes[0].request;
  EXPECT_EQ(request.mutation.operation(), "finish");
  EXPECT_EQ(json::Write(request.change), R"({"n":1})");
  EXPECT_FALSE(request.document.has_value());
  PushResult result = Confirmed();
  result.result_json = R"({"ok":true})";
  Answer(seq, std::move(result));
  EXPECT_EQ(Settled(seq)->result_json(), R"({"ok":true})");
}

TEST_F(WaitsForOthers, AnInvokeKeepsTheOrderOfItsDocumentsInBothDirections) {
  Start();
  const uint64_t a = Write1(Create("notes", "{}", "a"));
  const uint64_t b = Write1(Create("notes", "{}", "b"));
  const uint64_t invoke = Write1(Invoke(
      "finish", "{}", {Update("notes", "a", R"({"v":1})"), Update("notes", "b", R"({"v":1})")}));
  const uint64_t after = Write1(Update("notes", "a", R"({"v":2})"));
  EXPECT_THAT(UnderWay(), UnorderedElementsAre(a, b));
  Answer(a, Confirmed());
  EXPECT_THAT(UnderWay(), ElementsAre(b));
  Answer(b, Confirmed());
  EXPECT_THAT(UnderWay(), ElementsAre(invoke));
  Answer(invoke, Confirmed());
  EXPECT_THAT(UnderWay(), ElementsAre(after));
}

TEST_F(WaitsForOthers, AfterAnInvokeTheCollectionsOfItsEffectsAreListed) {
  Start();
  Known("a");
  const uint64_t seq = Write1(Invoke("finish", "{}", {Update("notes", "a", R"({"v":1})")}));
  EXPECT_TRUE(upstream_->lists.empty());
  Answer(seq, Confirmed());
  ASSERT_EQ(upstream_->lists.size(), 1u);
  EXPECT_EQ(upstream_->lists[0].collection, "notes");
  AnswerList({Json(R"({"id":"a","v":7})")});
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","v":7})");
}

TEST_F(WaitsForOthers, AnAmbiguousInvokeIsHeldAndSentAgainOnlyByHand) {
  Start();
  const uint64_t seq = Write1(Invoke("finish", "{}"));
  Answer(seq, Result(PushClass::kAmbiguous, 500));
  EXPECT_EQ(HoldOf(seq), PushState::AMBIGUOUS);
  Advance(base::Millis(600'000));
  EXPECT_THAT(UnderWay(), IsEmpty());
  RetryByHand(seq);
  EXPECT_THAT(UnderWay(), ElementsAre(seq));
}

TEST_F(WaitsForOthers, AnAmbiguousInvokeIsSentAgainWhereTheConfigurationSaysSo) {
  tuning_.operations["finish"].ambiguous = AmbiguousInvoke::kResend;
  Start();
  const uint64_t seq = Write1(Invoke("finish", "{}"));
  Answer(seq, Result(PushClass::kAmbiguous, 500));
  EXPECT_EQ(HoldOf(seq), PushState::NONE);
  Advance(base::Millis(60'000));
  EXPECT_THAT(UnderWay(), ElementsAre(seq));
}

TEST_F(WaitsForOthers, AnInterruptedInvokeIsHeldAfterARestart) {
  Start();
  const uint64_t seq = Write1(Invoke("finish", "{}"));
  ASSERT_THAT(UnderWay(), ElementsAre(seq));
  Restart();
  EXPECT_EQ(HoldOf(seq), PushState::AMBIGUOUS);
  EXPECT_THAT(UnderWay(), IsEmpty());
}

TEST_F(WaitsForOthers, WhileAnInvokeMayStillArriveItsDocumentsWait) {
  Start();
  Known("a");
  Known("b");
  const uint64_t invoke = Write1(Invoke(
      "finish", "{}", {Update("notes", "a", R"({"v":1})"), Update("notes", "b", R"({"v":1})")}));
  Answer(invoke, Result(PushClass::kAmbiguous, 500));
  const uint64_t after = Write1(Update("notes", "b", R"({"v":2})"));
  DiscardByHand(invoke);
  EXPECT_THAT(UnderWay(), IsEmpty());
  Advance(base::Millis(31'000));
  EXPECT_THAT(UnderWay(), ElementsAre(after));
}

TEST_F(WaitsForOthers, AReferenceIsSentWithTheServersIdAndNeverBefore) {
  tuning_.push.window_max = 1;
  Start();
  const uint64_t child_of_none = Write1(Create("notes", R"({"todo":"local-no"})", "x"));
  const uint64_t parent = Write1(Create("todos", "{}", "local-p"));
  const uint64_t child = Write1(Create("notes", R"({"todo":"local-p"})", "n"));
  const uint64_t other = Write1(Create("notes", "{}", "z"));
  EXPECT_THAT(UnderWay(), ElementsAre(parent));
  Answer(parent, Confirmed("s1"));
  Answer(UnderWay().at(0), Confirmed());
  AnswerLists();
  ASSERT_EQ(upstream_->pushes.size(), 1u);
  for (const auto& push : upstream_->pushes) {
    if (push.request.seq == child) {
      EXPECT_EQ(push.request.mutation.json(), R"({"todo":"s1"})");
    }
  }
  Answer(UnderWay().at(0), Confirmed());
  EXPECT_TRUE(Settled(child).has_value());
  EXPECT_TRUE(Settled(other).has_value());
  EXPECT_EQ(HoldOf(child_of_none), PushState::DEPENDENCY);
}

TEST_F(WaitsForOthers, AReferenceThatWaitsDoesNotDelayWhatStandsBesideIt) {
  Start();
  const uint64_t parent = Write1(Create("todos", "{}", "local-p"));
  Answer(parent, Result(PushClass::kRejected));
  const uint64_t child = Write1(Create("notes", R"({"todo":"local-p"})", "n"));
  const uint64_t other = Write1(Create("notes", "{}", "m"));
  EXPECT_THAT(UnderWay(), ElementsAre(other));
  RetryByHand(parent);
  Answer(parent, Confirmed("s1"));
  EXPECT_THAT(UnderWay(), UnorderedElementsAre(other, child));
}

}  // namespace
}  // namespace tideover::sync
