#include "sync/connectivity.h"

#include <gtest/gtest.h>

namespace tideover::sync {
namespace {

constexpr auto kOnline = NetworkMode::kOnline;

class ConnectivityTest : public testing::Test {
 protected:
  void Unreachable() { connectivity_.Answered(PushClass::kRetry, PushError(), now_); }
  void Refused() {
    PushError error;
    error.http_status = 401;
    connectivity_.Answered(PushClass::kUnauthorized, error, now_);
  }
  void Succeeded() { connectivity_.Answered(PushClass::kConfirmed, PushError(), now_); }
  bool Admit(NetworkMode mode = kOnline) { return connectivity_.Admit(mode, now_); }

  PushTuning tuning_;
  base::SeededRandom random_{3};
  Connectivity connectivity_{tuning_, random_};
  base::MonoTime now_{1000};
};

TEST_F(ConnectivityTest, AdmitsEverythingWhileAllIsWell) {
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(Admit());
  EXPECT_EQ(connectivity_.Paused(kOnline), PauseReason::kNone);
}

TEST_F(ConnectivityTest, OneLostRequestDoesNotOpenTheBreaker) {
  Unreachable();
  EXPECT_EQ(connectivity_.Paused(kOnline), PauseReason::kNone);
  EXPECT_TRUE(Admit());
}

TEST_F(ConnectivityTest, LetsOneProbeAtATimeThroughWhenUnreachable) {
  Unreachable();
  Unreachable();
  EXPECT_EQ(connectivity_.Paused(kOnline), PauseReason::kUnreachable);
  ASSERT_TRUE(connectivity_.NextProbe().has_value());
  EXPECT_LE(*connectivity_.NextProbe(), now_ + tuning_.probe_cap);
  now_ = *connectivity_.NextProbe();
  EXPECT_TRUE(Admit());
  EXPECT_FALSE(Admit());
  EXPECT_FALSE(connectivity_.NextProbe().has_value());
}

TEST_F(ConnectivityTest, AnyAnswerClosesTheBreaker) {
  Unreachable();
  Unreachable();
  PushError refusal;
  refusal.http_status = 200;
  connectivity_.Answered(PushClass::kRejected, refusal, now_);
  EXPECT_EQ(connectivity_.Paused(kOnline), PauseReason::kNone);
}

TEST_F(ConnectivityTest, AProbeThatWasNotMadeMakesRoomForAnother) {
  Unreachable();
  Unreachable();
  now_ = *connectivity_.NextProbe();
  EXPECT_TRUE(Admit());
  connectivity_.Abandoned();
  EXPECT_TRUE(Admit());
}

TEST_F(ConnectivityTest, ProbesGrowRarerButNeverRarerThanTheCap) {
  for (int i = 0; i < 40; ++i) {
    Unreachable();
    if (const auto probe = connectivity_.NextProbe()) {
      EXPECT_LE(*probe, now_ + tuning_.probe_cap);
      now_ = *probe;
    }
  }
}

TEST_F(ConnectivityTest, TryNowProbesAtOnce) {
  for (int i = 0; i < 10; ++i) Unreachable();
  connectivity_.TryNow();
  EXPECT_TRUE(Admit());
}

TEST_F(ConnectivityTest, OfflineByTheOperatorAdmitsNothingAndProbesNothing) {
  connectivity_.SetSetting(NetworkSetting::kOffline);
  EXPECT_FALSE(Admit());
  EXPECT_FALSE(Admit(NetworkMode::kAlways));
  EXPECT_EQ(connectivity_.Paused(kOnline), PauseReason::kForced);
  EXPECT_FALSE(connectivity_.NextProbe().has_value());
  connectivity_.SetSetting(NetworkSetting::kAuto);
  EXPECT_TRUE(Admit());
}

TEST_F(ConnectivityTest, HeedsTheLinkUnlessToldNotTo) {
  connectivity_.SetLink(false);
  EXPECT_FALSE(Admit());
  EXPECT_EQ(connectivity_.Paused(kOnline), PauseReason::kNoNetwork);
  EXPECT_TRUE(Admit(NetworkMode::kAlways));
  connectivity_.SetSetting(NetworkSetting::kOnline);
  EXPECT_TRUE(Admit());
}

// TanStack: offlineFirst runs the first attempt whatever the network is said to be, and pauses what
// follows.
TEST_F(ConnectivityTest, OfflineFirstTriesOnceWithoutALink) {
  connectivity_.SetLink(false);
  EXPECT_TRUE(connectivity_.Admit(NetworkMode::kOfflineFirst, now_, /*first_try=*/true));
  EXPECT_FALSE(connectivity_.Admit(NetworkMode::kOfflineFirst, now_, /*first_try=*/false));
  EXPECT_FALSE(connectivity_.Admit(kOnline, now_, /*first_try=*/true));
  EXPECT_EQ(connectivity_.Paused(NetworkMode::kOfflineFirst), PauseReason::kNoNetwork);
  connectivity_.SetSetting(NetworkSetting::kOffline);
  EXPECT_FALSE(connectivity_.Admit(NetworkMode::kOfflineFirst, now_, /*first_try=*/true));
}

TEST_F(ConnectivityTest, ALinkThatComesBackIsTriedAtOnce) {
  for (int i = 0; i < 10; ++i) Unreachable();
  connectivity_.SetLink(false);
  EXPECT_FALSE(Admit());
  connectivity_.SetLink(true);
  EXPECT_TRUE(Admit());
}

TEST_F(ConnectivityTest, RefusedCredentialsPauseAllButAProbe) {
  Refused();
  EXPECT_EQ(connectivity_.Paused(kOnline), PauseReason::kAuth);
  ASSERT_TRUE(connectivity_.NextProbe().has_value());
  now_ = *connectivity_.NextProbe();
  EXPECT_TRUE(Admit());
  EXPECT_FALSE(Admit());
  Succeeded();
  EXPECT_EQ(connectivity_.Paused(kOnline), PauseReason::kNone);
}

TEST_F(ConnectivityTest, SigningInEndsThePause) {
  Refused();
  connectivity_.SetAuthorized(true);
  EXPECT_TRUE(Admit());
}

}  // namespace
}  // namespace tideover::sync
