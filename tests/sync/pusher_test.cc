// What the pusher sends, when, and what becomes of the answers.
#include "sync/pusher.h"

#include <gtest/gtest.h>

#include "doors/writer.h"
#include "sync/sync_fixture.h"

namespace tideover::sync {
namespace {

using base::Millis;
using log::PushState;
using support::Create;
using support::Delete;
using support::Json;
using support::Update;

class PusherTest : public SyncFixture {
 protected:
  // A note that the server has.
  void HaveNote(const std::string& id) {
    const uint64_t seq = Write({Create("notes", R"({"v":0})", id)}).operations[0].seq;
    Answer(seq, Confirmed());
  }
  uint64_t Ask(doors::OperationInput input) { return Write({std::move(input)}).operations[0].seq; }
};

TEST_F(PusherTest, SendsADocumentsMutationsOneAfterTheOther) {
  Start();
  const uint64_t create = Ask(Create("notes", R"({"v":1})", "a"));
  const uint64_t update = Ask(Update("notes", "a", R"({"v":2})"));
  EXPECT_EQ(UnderWay(), std::vector<uint64_t>{create});
  Answer(create, Confirmed());
  EXPECT_EQ(UnderWay(), std::vector<uint64_t>{update});
}

TEST_F(PusherTest, SendsDocumentsBesideEachOtherUpToTheBound) {
  tuning_.push.in_flight_max = 2;
  Start();
  const uint64_t a = Ask(Create("notes", "{}", "a"));
  const uint64_t b = Ask(Create("notes", "{}", "b"));
  const uint64_t c = Ask(Create("notes", "{}", "c"));
  EXPECT_EQ(UnderWay(), (std::vector<uint64_t>{a, b}));
  Answer(b, Confirmed());
  EXPECT_EQ(UnderWay(), (std::vector<uint64_t>{a, c}));
}

TEST_F(PusherTest, NothingLeavesBeforeItsSentMarkIsDurable) {
  Start();
  const uint64_t seq = MustCommit({Create("notes", "{}", "a")}).operations[0].seq;
  engine_->OnCommitted(notice());
  engine_->Turn();
  EXPECT_TRUE(UnderWay().empty());
  EXPECT_FALSE(Pending(seq)->push().open_attempt());
  ASSERT_TRUE(RunOneMerge());
  EXPECT_EQ(UnderWay(), std::vector<uint64_t>{seq});
  EXPECT_TRUE(Pending(seq)->push().open_attempt());
}

TEST_F(PusherTest, WhenTheMarkFindsNoRoomItIsTriedAgain) {
  Start();
  disk_full_ = true;
  const uint64_t seq = Ask(Create("notes", "{}", "a"));
  EXPECT_TRUE(UnderWay().empty());
  disk_full_ = false;
  Advance(Millis(1000));
  EXPECT_EQ(UnderWay(), std::vector<uint64_t>{seq});
}

TEST_F(PusherTest, AnOutcomeThatFindsNoRoomIsKeptAndNotSentAgain) {
  Start();
  const uint64_t seq = Ask(Create("notes", "{}", "a"));
  disk_full_ = true;
  Answer(seq, Confirmed());
  EXPECT_TRUE(UnderWay().empty());
  disk_full_ = false;
  Advance(Millis(1000));
  EXPECT_FALSE(Pending(seq).has_value());
  EXPECT_EQ(Settled(seq)->outcome(), log::SettledEntry::CONFIRMED);
}

TEST_F(PusherTest, ALaterMutationGoesOutUnderTheServersId) {
  Start();
  const auto made = Write({Create("todos", R"({"v":1})")}).operations[0];
  const uint64_t update = Ask(Update("todos", made.document_id, R"({"v":2})"));
  Answer(made.seq, Confirmed("s1"));
  ASSERT_EQ(UnderWay(), std::vector<uint64_t>{update});
  EXPECT_EQ(upstream_->pushes[0].request.mutation.document_id(), "s1");
  EXPECT_EQ(json::Write(*upstream_->pushes[0].request.document), R"({"id":"s1","v":2})");
}

TEST_F(PusherTest, ARefusalIsADeadLetterAndHoldsOnlyWhatNeedsIt) {
  Start();
  const uint64_t create = Ask(Create("notes", "{}", "a"));
  const uint64_t update = Ask(Update("notes", "a", R"({"v":2})"));
  const uint64_t other = Ask(Create("notes", "{}", "b"));
  Answer(create, Result(PushClass::kRejected));
  EXPECT_EQ(Settled(create)->outcome(), log::SettledEntry::REJECTED);
  EXPECT_EQ(Settled(create)->push().last_error().message(), "the server's words");
  EXPECT_EQ(HoldOf(update), PushState::DEPENDENCY);
  EXPECT_EQ(View("notes", "a"), "-");
  EXPECT_EQ(UnderWay(), std::vector<uint64_t>{other});
}

TEST_F(PusherTest, ARetryOfADeadLetterIsSentAndLetsItsDependantsGo) {
  Start();
  const uint64_t create = Ask(Create("notes", "{}", "a"));
  const uint64_t update = Ask(Update("notes", "a", R"({"v":2})"));
  Answer(create, Result(PushClass::kRejected));
  RetryByHand(create);
  // The update was never sent: the two leave as one write.
  ASSERT_EQ(UnderWay(), std::vector<uint64_t>{create});
  EXPECT_EQ(upstream_->pushes.front().request.seqs, (std::vector<uint64_t>{create, update}));
  Answer(create, Confirmed());
  EXPECT_EQ(Settled(update)->outcome(), log::SettledEntry::CONFIRMED);
}

TEST_F(PusherTest, WaitsAsLongAsTheServerAsksBeforeItTriesAgain) {
  Start();
  const uint64_t seq = Ask(Create("notes", "{}", "a"));
  PushResult busy = Result(PushClass::kRetry, 429);
  busy.retry_after = Millis(20'000);
  Answer(seq, std::move(busy));
  Advance(Millis(19'999));
  EXPECT_TRUE(UnderWay().empty());
  Advance(Millis(1));
  EXPECT_EQ(UnderWay(), std::vector<uint64_t>{seq});
  EXPECT_EQ(upstream_->pushes[0].request.attempt, 2u);
}

TEST_F(PusherTest, AnUnansweredUpdateIsSentAgainAndTheNextWaitsForItsEcho) {
  tuning_.collections["notes"].refetch_on_settle = false;
  Start();
  HaveNote("a");
  const uint64_t first = Ask(Update("notes", "a", R"({"v":1})"));
  const uint64_t second = Ask(Update("notes", "a", R"({"v":2})"));
  Answer(first, Result(PushClass::kAmbiguous, 504));
  Advance(Millis(1000));
  ASSERT_EQ(UnderWay(), std::vector<uint64_t>{first});
  Answer(first, Confirmed());
  EXPECT_TRUE(UnderWay().empty());
  // Counted from the attempt that nobody answered.
  Advance(Millis(28'999));
  EXPECT_TRUE(UnderWay().empty());
  Advance(Millis(1));
  EXPECT_EQ(UnderWay(), std::vector<uint64_t>{second});
}

TEST_F(PusherTest, TheEchoIsHeardAcrossARestart) {
  tuning_.collections["notes"].refetch_on_settle = false;
  Start();
  HaveNote("a");
  const uint64_t first = Ask(Update("notes", "a", R"({"v":1})"));
  const uint64_t second = Ask(Update("notes", "a", R"({"v":2})"));
  Answer(first, Result(PushClass::kAmbiguous, 504));
  Advance(Millis(1000));
  Answer(first, Confirmed());
  Restart(/*answer_lists=*/false);
  EXPECT_TRUE(UnderWay().empty());
  Advance(Millis(30'000));
  EXPECT_EQ(UnderWay(), std::vector<uint64_t>{second});
}

TEST_F(PusherTest, AnUnansweredCreateIsConfirmedByTheListThatShowsIt) {
  Start();
  const auto made = Write({Create("todos", R"({"v":1})")}).operations[0];
  Answer(made.seq, Result(PushClass::kAmbiguous, 0));
  EXPECT_EQ(HoldOf(made.seq), PushState::VERIFY);
  ASSERT_FALSE(upstream_->lists.empty());
  AnswerList({Json(R"({"id":"s1","v":1})")});
  EXPECT_FALSE(Pending(made.seq).has_value());
  EXPECT_EQ(Resolved("todos", made.document_id), "s1");
  EXPECT_TRUE(UnderWay().empty());
}

TEST_F(PusherTest, AnUnansweredCreateIsSentAgainOnlyWhenItIsCertainlyNotThere) {
  Start();
  const auto made = Write({Create("todos", R"({"v":1})")}).operations[0];
  Answer(made.seq, Result(PushClass::kAmbiguous, 0));
  for (int second = 0; second < 29; ++second) {
    AnswerLists();
    ASSERT_TRUE(UnderWay().empty()) << second;
    Advance(Millis(1000));
  }
  AnswerLists();
  Advance(Millis(12'000));
  AnswerLists();
  EXPECT_EQ(UnderWay(), std::vector<uint64_t>{made.seq});
}

TEST_F(PusherTest, ACreateThatWasUnderWayWhenTheProcessDiedIsReadBackFirst) {
  Start();
  const auto made = Write({Create("todos", R"({"v":1})")}).operations[0];
  ASSERT_EQ(UnderWay(), std::vector<uint64_t>{made.seq});
  Restart(/*answer_lists=*/false);
  EXPECT_TRUE(UnderWay().empty());
  EXPECT_EQ(HoldOf(made.seq), PushState::VERIFY);
  while (!upstream_->lists.empty()) {
    const bool todos = upstream_->lists.front().collection == "todos";
    AnswerList(todos ? std::vector{Json(R"({"id":"s1","v":1})")} : std::vector<json::Value>());
  }
  EXPECT_EQ(Settled(made.seq)->outcome(), log::SettledEntry::CONFIRMED);
}

TEST_F(PusherTest, ThePoliciesOfAmbiguousCreatesAreObeyed) {
  tuning_.collections["todos"].ambiguous = AmbiguousCreate::kHold;
  tuning_.collections["notes"].ambiguous = AmbiguousCreate::kResend;
  Start();
  const uint64_t held = Ask(Create("todos", "{}"));
  const uint64_t resent = Ask(Create("notes", "{}", "a"));
  Answer(held, Result(PushClass::kAmbiguous, 504));
  Answer(resent, Result(PushClass::kAmbiguous, 504));
  Advance(Millis(60'000));
  EXPECT_EQ(HoldOf(held), PushState::AMBIGUOUS);
  EXPECT_EQ(UnderWay(), std::vector<uint64_t>{resent});
}

TEST_F(PusherTest, ARetryByHandOfACreateUnderWayDoesNotUnwatchIt) {
  Start();
  const auto made = Write({Create("todos", R"({"v":1})")}).operations[0];
  RetryByHand(made.seq);
  engine_->SyncNow("todos", [](const absl::Status&) {});
  Pump();
  // The list shows the document before the answer comes: it must not be taken for another's.
  AnswerList({Json(R"({"id":"s1","v":1})")});
  EXPECT_EQ(View("todos", "s1"), "-");
  Answer(made.seq, Confirmed("s1"));
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1","v":1})");
}

TEST_F(PusherTest, WhatIsDiscardedUnderWayIsNotSentAgain) {
  Start();
  const uint64_t seq = Ask(Create("notes", "{}", "a"));
  DiscardByHand(seq);
  Answer(seq, Result(PushClass::kAmbiguous, 504));
  Advance(Millis(120'000));
  EXPECT_TRUE(UnderWay().empty());
  EXPECT_EQ(Settled(seq)->outcome(), log::SettledEntry::DISCARDED);
}

TEST_F(PusherTest, WhatIsDiscardedBeforeItLeavesIsNotSent) {
  Start();
  const uint64_t seq = MustCommit({Create("notes", "{}", "a")}).operations[0].seq;
  engine_->OnCommitted(notice());
  engine_->Turn();  // The mark is asked for.
  ASSERT_TRUE(Discard(seq).ok());
  engine_->OnCommitted(notice());
  Pump();
  EXPECT_TRUE(UnderWay().empty());
}

TEST_F(PusherTest, RefusedCredentialsHoldEverythingUntilSomebodySignsIn) {
  Start();
  const uint64_t a = Ask(Create("notes", "{}", "a"));
  Answer(a, Result(PushClass::kUnauthorized, 401));
  EXPECT_EQ(board_.Get().paused, PauseReason::kAuth);
  EXPECT_TRUE(Pending(a).has_value());
  engine_->OnSignedIn();
  Pump();
  EXPECT_EQ(UnderWay(), std::vector<uint64_t>{a});
  EXPECT_EQ(upstream_->resets, 1);
}

TEST_F(PusherTest, SendsNothingWhileTheOperatorSaysOffline) {
  Start();
  engine_->SetNetwork(NetworkSetting::kOffline);
  const uint64_t seq = Ask(Create("notes", "{}", "a"));
  Advance(Millis(600'000));
  EXPECT_TRUE(UnderWay().empty());
  engine_->SetNetwork(NetworkSetting::kAuto);
  Pump();
  EXPECT_EQ(UnderWay(), std::vector<uint64_t>{seq});
}

TEST_F(PusherTest, ManyAreMarkedInSeveralCommitsAndThenShareTheRequests) {
  tuning_.push.batch_max = 100;
  Start();
  upstream_->fit_together = 100;
  engine_->SetNetwork(NetworkSetting::kOffline);
  const size_t many = doors::kTurnMax + 100;
  for (size_t i = 0; i < many; ++i) Ask(Create("notes", "{}", std::to_string(i)));
  engine_->SetNetwork(NetworkSetting::kAuto);
  engine_->Turn();
  std::vector<size_t> marked;
  for (const auto& [request, done] : queue_) marked.push_back(request.events.size());
  EXPECT_EQ(marked, (std::vector<size_t>{doors::kTurnMax, 100}));
  EXPECT_TRUE(RunOneMerge());
  EXPECT_TRUE(UnderWay().empty());
  Pump();
  EXPECT_EQ(UnderWay().size(), many);
}

TEST_F(PusherTest, OneProbeAtATimeFindsOutThatTheBackendIsBack) {
  Start();
  const uint64_t a = Ask(Create("notes", "{}", "a"));
  const uint64_t b = Ask(Create("notes", "{}", "b"));
  Answer(a, Result(PushClass::kRetry, 0));
  Answer(b, Result(PushClass::kRetry, 0));
  EXPECT_EQ(board_.Get().paused, PauseReason::kUnreachable);
  Answer(a, Result(PushClass::kRetry, 0));  // Sent again before the second failure was known.
  Advance(Millis(60'000));
  ASSERT_EQ(UnderWay().size() + upstream_->lists.size(), 1u);
  if (!UnderWay().empty()) {
    Answer(UnderWay()[0], Confirmed());
  } else {
    AnswerLists();
  }
  Advance(Millis(60'000));
  EXPECT_FALSE(UnderWay().empty());
  EXPECT_EQ(board_.Get().paused, PauseReason::kNone);
}

// The breaker is open and what is ready may not use the probe: the loop must rest.
TEST_F(PusherTest, RestsWhenNothingThatIsReadyMayBeSent) {
  Start();
  const uint64_t a = Ask(Create("notes", "{}", "a"));
  const uint64_t b = Ask(Create("notes", "{}", "b"));
  engine_->OnLinkChange(false);
  Answer(a, Result(PushClass::kRetry, 0));
  Answer(b, Result(PushClass::kRetry, 0));
  Advance(Millis(600'000));  // Pump fails the test when the engine is never at rest.
  EXPECT_TRUE(UnderWay().empty());
}

class PusherScopeTest : public PusherTest {
 protected:
  // Two mutations of one scope, of which the first is under way.
  void StartScope() {
    Start(false);
    AnswerList(std::vector<json::Value>());  // Of the notes.
    AnswerList({Json(R"({"id":"a"})"), Json(R"({"id":"b"})")});
    for (const char* id : {"a", "b"}) {
      doors::OperationInput update = Update("todos", id, R"({"v":1})");
      update.scope = "s";
      seqs_.push_back(Write({update}).operations[0].seq);
    }
    ASSERT_EQ(UnderWay(), std::vector<uint64_t>{seqs_[0]});
  }
  bool NextLeft() const {
    const std::vector<uint64_t> under_way = UnderWay();
    return std::find(under_way.begin(), under_way.end(), seqs_[1]) != under_way.end();
  }

  std::vector<uint64_t> seqs_;
};

TEST_F(PusherScopeTest, GoesOnWhenTheFirstIsRefused) {
  StartScope();
  Answer(seqs_[0], Result(PushClass::kRejected));
  EXPECT_TRUE(NextLeft());
}

// The attempt before may still be carried out, after the next one.
TEST_F(PusherScopeTest, WaitsForWhatWasRefusedAfterNobodyHadAnswered) {
  StartScope();
  Answer(seqs_[0], Result(PushClass::kAmbiguous, 0));
  Advance(Millis(1000));
  ASSERT_EQ(UnderWay(), std::vector<uint64_t>{seqs_[0]});
  Answer(seqs_[0], Result(PushClass::kRejected));
  Advance(Millis(28'999));
  EXPECT_FALSE(NextLeft());
  Advance(Millis(1));
  EXPECT_TRUE(NextLeft());
}

TEST_F(PusherScopeTest, DoesNotPassWhatIsTakenOutUnderWay) {
  StartScope();
  DiscardByHand(seqs_[0]);
  EXPECT_FALSE(NextLeft());
  Answer(seqs_[0], Confirmed());
  EXPECT_TRUE(NextLeft());
}

TEST_F(PusherScopeTest, WaitsForWhatWasTakenOutUnderWayAndNobodyAnswers) {
  StartScope();
  DiscardByHand(seqs_[0]);
  Answer(seqs_[0], Result(PushClass::kAmbiguous, 0));
  Advance(Millis(29'999));
  EXPECT_FALSE(NextLeft());
  Advance(Millis(1));
  EXPECT_TRUE(NextLeft());
}

TEST_F(PusherScopeTest, WaitsAlsoAfterARestart) {
  StartScope();
  DiscardByHand(seqs_[0]);
  Restart();
  EXPECT_FALSE(NextLeft());
  Advance(Millis(30'000));
  EXPECT_TRUE(NextLeft());
}

// The engine must not turn round and round until it hears of it.
TEST_F(PusherTest, RestsWhileTheNoticeOfWhatWasTakenOutIsOnItsWay) {
  Start();
  const uint64_t seq = Write({Create("todos", "{}")}).operations[0].seq;
  for (uint32_t i = 0; i < kFailuresToOpen; ++i) {
    Advance(Millis(60'000));
    Answer(seq, Result(PushClass::kRetry, 0));
  }
  ASSERT_EQ(board_.Get().paused, PauseReason::kUnreachable);
  ASSERT_TRUE(Discard(seq).ok());
  const view::CommitNotice late = notice();
  Advance(Millis(60'000));
  engine_->OnCommitted(late);
  Pump();
  const uint64_t next = Write({Create("todos", "{}")}).operations[0].seq;
  Advance(Millis(60'000));
  AnswerLists();  // One of them was the probe.
  EXPECT_EQ(UnderWay(), std::vector<uint64_t>{next});
}

}  // namespace
}  // namespace tideover::sync
