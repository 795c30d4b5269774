// What the pusher sends as one write and in one request, and how each mutation settles by itself.
#include <gtest/gtest.h>

#include "sync/sync_fixture.h"

namespace tideover::sync {
namespace {

using base::Millis;
using log::SettledEntry;
using support::Create;
using support::Delete;
using support::Json;
using support::Update;
using Seqs = std::vector<uint64_t>;

class BundleTest : public SyncFixture {
 protected:
  void GoOffline() { engine_->SetNetwork(NetworkSetting::kOffline), Pump(); }
  void GoOnline() { engine_->SetNetwork(NetworkSetting::kAuto), Pump(); }
  uint64_t Ask(doors::OperationInput input) { return Write({std::move(input)}).operations[0].seq; }
  const PushRequest& Request(size_t i = 0) const { return upstream_->pushes.at(i).request; }
  SettledEntry::Outcome OutcomeOf(uint64_t seq) {
    const auto settled = Settled(seq);
    return settled.has_value() ? settled->outcome() : SettledEntry::OUTCOME_UNSPECIFIED;
  }
};

TEST_F(BundleTest, UnsentWritesOfADocumentLeaveAsOneAndSettleEachByItself) {
  Start();
  GoOffline();
  const auto made = Write({Create("todos", R"({"a":1})")}).operations[0];
  const uint64_t second = Ask(Update("todos", made.document_id, R"({"b":2})"));
  const uint64_t third = Ask(Update("todos", made.document_id, R"({"a":null})"));
  GoOnline();
  ASSERT_EQ(UnderWay(), Seqs{made.seq});
  EXPECT_EQ(Request().seqs, (Seqs{made.seq, second, third}));
  EXPECT_EQ(Request().mutation.kind(), log::Mutation::CREATE);
  EXPECT_EQ(json::Write(Request().change), R"({"b":2})");
  Answer(made.seq, Confirmed("s1"));
  for (const uint64_t seq : {made.seq, second, third}) {
    EXPECT_EQ(OutcomeOf(seq), SettledEntry::CONFIRMED);
  }
  EXPECT_EQ(Base("todos", "s1"), R"({"id":"s1","b":2})");
  EXPECT_EQ(View("todos", made.document_id), "-");
}

TEST_F(BundleTest, ADocumentThatNeverLeftIsCancelledByItsDelete) {
  Start();
  GoOffline();
  const auto made = Write({Create("todos", R"({"a":1})")}).operations[0];
  const uint64_t update = Ask(Update("todos", made.document_id, R"({"a":2})"));
  const uint64_t gone = Ask(Delete("todos", made.document_id));
  GoOnline();
  EXPECT_TRUE(UnderWay().empty());
  for (const uint64_t seq : {made.seq, update, gone}) {
    EXPECT_EQ(OutcomeOf(seq), SettledEntry::CANCELLED);
  }
  EXPECT_EQ(View("todos", made.document_id), "-");
}

TEST_F(BundleTest, WhatMayHaveArrivedIsRepeatedAsItWas) {
  Start();
  GoOffline();
  const uint64_t create = Ask(Create("notes", R"({"a":1})", "n"));
  const uint64_t update = Ask(Update("notes", "n", R"({"b":2})"));
  tuning_.collections["notes"].ambiguous = AmbiguousCreate::kResend;
  Restart();
  ASSERT_EQ(Request().seqs, (Seqs{create, update}));
  const uint64_t later = Ask(Update("notes", "n", R"({"c":3})"));
  Answer(create, Result(PushClass::kAmbiguous));
  Advance(tuning_.push.backoff_cap);
  ASSERT_EQ(UnderWay(), Seqs{create});
  EXPECT_EQ(Request().seqs, (Seqs{create, update}));
  // Also when nobody remembers but the log.
  Restart();
  Advance(tuning_.push.backoff_cap);
  ASSERT_EQ(UnderWay(), Seqs{create});
  EXPECT_EQ(Request().seqs, (Seqs{create, update}));
  Answer(create, Confirmed());
  ASSERT_EQ(UnderWay(), Seqs{later});
}

TEST_F(BundleTest, WhatCertainlyDidNotArriveIsPutTogetherAnew) {
  Start();
  GoOffline();
  const uint64_t create = Ask(Create("notes", R"({"a":1})", "n"));
  GoOnline();
  const uint64_t update = Ask(Update("notes", "n", R"({"b":2})"));
  Answer(create, Result(PushClass::kRetry, 503));
  Advance(tuning_.push.backoff_cap);
  ASSERT_EQ(UnderWay(), Seqs{create});
  EXPECT_EQ(Request().seqs, (Seqs{create, update}));
}

TEST_F(BundleTest, ARefusedBundleIsSplitAndOnlyTheCulpritIsADeadLetter) {
  Start();
  GoOffline();
  const uint64_t create = Ask(Create("notes", R"({"a":1})", "n"));
  const uint64_t poison = Ask(Update("notes", "n", R"({"b":2})"));
  const uint64_t last = Ask(Update("notes", "n", R"({"c":3})"));
  GoOnline();
  Answer(create, Result(PushClass::kRejected));
  Advance(tuning_.push.backoff_cap);
  ASSERT_EQ(Request().seqs, Seqs{create});
  Answer(create, Confirmed());
  ASSERT_EQ(Request().seqs, Seqs{poison});
  Answer(poison, Result(PushClass::kRejected));
  ASSERT_EQ(Request().seqs, Seqs{last});
  Answer(last, Confirmed());
  EXPECT_EQ(OutcomeOf(create), SettledEntry::CONFIRMED);
  EXPECT_EQ(OutcomeOf(poison), SettledEntry::REJECTED);
  EXPECT_EQ(OutcomeOf(last), SettledEntry::CONFIRMED);
  EXPECT_EQ(View("notes", "n"), R"({"id":"n","a":1,"c":3})");
}

TEST_F(BundleTest, TakesNoMoreThanItsBound) {
  tuning_.push.bundle_max = 2;
  Start();
  GoOffline();
  const uint64_t create = Ask(Create("notes", R"({"a":1})", "n"));
  const uint64_t second = Ask(Update("notes", "n", R"({"b":2})"));
  const uint64_t third = Ask(Update("notes", "n", R"({"c":3})"));
  GoOnline();
  ASSERT_EQ(Request().seqs, (Seqs{create, second}));
  Answer(create, Confirmed());
  EXPECT_EQ(Request().seqs, Seqs{third});
}

TEST_F(BundleTest, KeepsWithinTheSizeOfADocument) {
  Start();
  GoOffline();
  const std::string half(json::kDocumentBytesMax * 2 / 5, 'x');
  const uint64_t create = Ask(Create("notes", "{}", "n"));
  const uint64_t a = Ask(Update("notes", "n", R"({"a":")" + half + R"("})"));
  const uint64_t b = Ask(Update("notes", "n", R"({"b":")" + half + R"("})"));
  const uint64_t c = Ask(Update("notes", "n", R"({"b":"","c":")" + half + R"("})"));
  GoOnline();
  ASSERT_EQ(Request().seqs, (Seqs{create, a, b}));
  Answer(create, Confirmed());
  EXPECT_EQ(Request().seqs, Seqs{c});
}

TEST_F(BundleTest, AScopeKeepsItsOrderAcrossDocuments) {
  Start();
  GoOffline();
  auto first = Create("notes", R"({"a":1})", "n");
  auto between = Create("notes", R"({"a":1})", "m");
  auto last = Update("notes", "n", R"({"b":2})");
  first.scope = between.scope = last.scope = "s";
  const uint64_t one = Ask(first);
  const uint64_t two = Ask(between);
  Ask(last);
  GoOnline();
  ASSERT_EQ(UnderWay(), Seqs{one});
  EXPECT_EQ(Request().seqs, Seqs{one});
  Answer(one, Confirmed());
  EXPECT_EQ(UnderWay(), Seqs{two});
}

TEST_F(BundleTest, AMemberThatIsTakenOutWhileTheMarkIsWrittenIsNotSent) {
  Start();
  GoOffline();
  const uint64_t create = Ask(Create("notes", R"({"a":1})", "n"));
  const uint64_t update = Ask(Update("notes", "n", R"({"b":2})"));
  engine_->SetNetwork(NetworkSetting::kAuto);
  engine_->Turn();  // The mark is on its way to the disk.
  ASSERT_TRUE(Discard(update).ok());
  Pump();
  ASSERT_EQ(UnderWay(), Seqs{create});
  EXPECT_EQ(Request().seqs, Seqs{create});
  EXPECT_EQ(json::Write(Request().change), R"({"a":1})");
}

TEST_F(BundleTest, ManyLanesShareFewRequests) {
  tuning_.push.in_flight_max = 4;
  tuning_.push.batch_max = 3;
  Start();
  upstream_->fit_together = 100;
  GoOffline();
  Seqs seqs;
  for (int i = 0; i < 20; ++i) seqs.push_back(Ask(Create("notes", "{}", "n" + std::to_string(i))));
  GoOnline();
  EXPECT_EQ(UnderWay(), Seqs(seqs.begin(), seqs.begin() + 12));
  std::map<uint64_t, int> sizes;
  for (const auto& push : upstream_->pushes) ++sizes[push.shared];
  EXPECT_EQ(sizes.size(), 4u);
  for (const auto& [request, size] : sizes) EXPECT_EQ(size, 3);
}

TEST_F(BundleTest, FewLanesGetARequestEach) {
  Start();
  upstream_->fit_together = 100;
  GoOffline();
  Ask(Create("notes", "{}", "a"));
  Ask(Create("notes", "{}", "b"));
  GoOnline();
  ASSERT_EQ(upstream_->pushes.size(), 2u);
  EXPECT_NE(upstream_->pushes[0].shared, upstream_->pushes[1].shared);
}

TEST_F(BundleTest, EachMutationOfASharedRequestHasItsOwnOutcome) {
  tuning_.push.in_flight_max = 1;
  Start();
  upstream_->fit_together = 100;
  GoOffline();
  const uint64_t good = Ask(Create("notes", "{}", "a"));
  const uint64_t bad = Ask(Create("notes", "{}", "b"));
  const uint64_t busy = Ask(Create("notes", "{}", "c"));
  GoOnline();
  ASSERT_EQ(UnderWay(), (Seqs{good, bad, busy}));
  Answer(good, Confirmed());
  Answer(bad, Result(PushClass::kRejected));
  Answer(busy, Result(PushClass::kRetry, 429));
  EXPECT_EQ(OutcomeOf(good), SettledEntry::CONFIRMED);
  EXPECT_EQ(OutcomeOf(bad), SettledEntry::REJECTED);
  EXPECT_TRUE(Pending(busy).has_value());
  Advance(tuning_.push.backoff_cap);
  EXPECT_EQ(UnderWay(), Seqs{busy});
}

TEST_F(BundleTest, NobodyIsSentBeforeTheBackendWantsIt) {
  Start();
  const uint64_t told = Ask(Create("notes", "{}", "a"));
  PushResult busy = Result(PushClass::kRetry, 429);
  busy.throttled = true;
  busy.retry_after = Millis(10'000);
  Answer(told, busy);
  const uint64_t other = Ask(Create("notes", "{}", "b"));
  Advance(Millis(9'999));
  EXPECT_TRUE(UnderWay().empty());
  Advance(Millis(1));
  EXPECT_EQ(UnderWay(), (Seqs{told, other}));
}

TEST_F(BundleTest, WhatWasRefusedInCompanyIsSentAlone) {
  tuning_.push.in_flight_max = 1;
  Start();
  upstream_->fit_together = 100;
  GoOffline();
  const uint64_t a = Ask(Create("notes", "{}", "a"));
  const uint64_t b = Ask(Create("notes", "{}", "b"));
  GoOnline();
  ASSERT_EQ(UnderWay(), (Seqs{a, b}));
  PushResult refused = Result(PushClass::kRetry, 400);
  refused.alone = true;
  Answer(a, refused);
  Answer(b, refused);
  ASSERT_EQ(UnderWay(), Seqs{a});
  Answer(a, Result(PushClass::kRejected, 400));
  EXPECT_EQ(OutcomeOf(a), SettledEntry::REJECTED);
  EXPECT_EQ(UnderWay(), Seqs{b});
}

}  // namespace
}  // namespace tideover::sync
