// TanStack's network modes, and what changes of the network do: in the real engine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/sync_fixture.h"

namespace tideover::sync {
namespace {

using support::Create;
using testing::ElementsAre;
using testing::IsEmpty;

class NetworkModeTest : public SyncFixture {
 protected:
  void StartWith(NetworkMode mode) {
    tuning_.collections["notes"].network_mode = mode;
    Start();
  }
  void SetLink(bool up) {
    engine_->OnLinkChange(up);
    Pump();
  }
  uint64_t Ask(const std::string& id) {
    return Write({Create("notes", "{}", id)}).operations[0].seq;
  }
  MutationState StateOf(uint64_t seq) {
    const auto entry = Pending(seq);
    return board_.StateOf(seq, entry->mutation().collection(), entry->push()).state;
  }
  void NobodyAnswers(uint64_t seq) { Answer(seq, Result(PushClass::kRetry, 0)); }
  // Until the next probe is some time away.
  void LoseTheBackend(uint64_t seq) {
    for (int i = 0; i < 10 && !UnderWay().empty(); ++i) NobodyAnswers(seq);
    ASSERT_THAT(UnderWay(), IsEmpty());
  }
};

TEST_F(NetworkModeTest, OnlineWaitsForALinkAndShowsAsPaused) {
  StartWith(NetworkMode::kOnline);
  SetLink(false);
  const uint64_t seq = Ask("a");
  EXPECT_THAT(UnderWay(), IsEmpty());
  EXPECT_EQ(StateOf(seq), MutationState::kPaused);
  SetLink(true);
  EXPECT_THAT(UnderWay(), ElementsAre(seq));
  EXPECT_EQ(StateOf(seq), MutationState::kInFlight);
}

TEST_F(NetworkModeTest, WhatIsMarkedDoesNotLeaveOnceTheLinkIsGone) {
  tuning_.push.in_flight_max = 1;
  StartWith(NetworkMode::kOnline);
  SetLink(false);
  const uint64_t first = Ask("a");
  const uint64_t second = Ask("b");
  SetLink(true);
  ASSERT_THAT(UnderWay(), ElementsAre(first));
  ASSERT_TRUE(Pending(second)->push().open_attempt()) << "is to be next";
  SetLink(false);
  Answer(first, Result(PushClass::kRejected));
  EXPECT_THAT(UnderWay(), IsEmpty());
  EXPECT_FALSE(Pending(second)->push().open_attempt());
  SetLink(true);
  EXPECT_THAT(UnderWay(), ElementsAre(second));
}

TEST_F(NetworkModeTest, AlwaysIsSentWithoutALinkAndIsNeverPaused) {
  StartWith(NetworkMode::kAlways);
  SetLink(false);
  const uint64_t seq = Ask("a");
  EXPECT_THAT(UnderWay(), ElementsAre(seq));
  for (int i = 0; i < 5; ++i) {
    NobodyAnswers(seq);
    EXPECT_NE(StateOf(seq), MutationState::kPaused);
    while (UnderWay().empty()) Advance(base::Millis(1000));
  }
}

TEST_F(NetworkModeTest, OfflineFirstTriesOnceAndThenPauses) {
  StartWith(NetworkMode::kOfflineFirst);
  SetLink(false);
  const uint64_t seq = Ask("a");
  EXPECT_THAT(UnderWay(), ElementsAre(seq));
  NobodyAnswers(seq);
  EXPECT_EQ(StateOf(seq), MutationState::kPaused);
  for (int i = 0; i < 100; ++i) Advance(base::Millis(60'000));
  EXPECT_THAT(UnderWay(), IsEmpty());
  SetLink(true);
  EXPECT_THAT(UnderWay(), ElementsAre(seq));
}

TEST_F(NetworkModeTest, OfflineByTheOperatorPausesEveryMode) {
  StartWith(NetworkMode::kAlways);
  engine_->SetNetwork(NetworkSetting::kOffline);
  const uint64_t seq = Ask("a");
  EXPECT_THAT(UnderWay(), IsEmpty());
  EXPECT_EQ(StateOf(seq), MutationState::kPaused);
}

TEST_F(NetworkModeTest, AnotherNetworkIsTriedAtOnceOverNewConnections) {
  StartWith(NetworkMode::kOnline);
  const uint64_t seq = Ask("a");
  LoseTheBackend(seq);
  SetLink(true);
  EXPECT_EQ(upstream_->resets, 1);
  EXPECT_THAT(UnderWay(), ElementsAre(seq));
}

TEST_F(NetworkModeTest, AwakeAgainItConnectsAnewAndFetchesWhatWasMissed) {
  StartWith(NetworkMode::kOnline);
  ASSERT_TRUE(upstream_->lists.empty());
  engine_->OnAwake();
  Pump();
  EXPECT_EQ(upstream_->resets, 1);
  EXPECT_FALSE(upstream_->lists.empty());
}

TEST_F(NetworkModeTest, AwakeAgainItSendsAtOnce) {
  StartWith(NetworkMode::kOnline);
  const uint64_t seq = Ask("a");
  LoseTheBackend(seq);
  engine_->OnAwake();
  Pump();
  EXPECT_THAT(UnderWay(), ElementsAre(seq));
}

TEST_F(NetworkModeTest, WithoutALinkNothingIsDoneByItself) {
  StartWith(NetworkMode::kOnline);
  SetLink(false);
  Ask("a");
  EXPECT_FALSE(armed_.has_value()) << "the machine can sleep";
}

}  // namespace
}  // namespace tideover::sync
