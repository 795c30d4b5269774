#include "appsync/realtime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "appsync/realtime_fixture.h"

namespace tideover::appsync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kExpired[] =
    R"({"errors":[{"errorType":"UnauthorizedException","errorCode":401,"message":"expired"}]})";

TEST_F(RealtimeTest, AllWhoListenShareOneConnection) {
  Listen(todos_);
  Listen(projects_);
  ASSERT_THAT(sockets_, SizeIs(1));
  EXPECT_EQ(server().request.url, "ws://localhost:20002/graphql/realtime");
  EXPECT_EQ(server().request.subprotocol, "graphql-ws");
  EXPECT_EQ(server().request.message_bytes_max, kRealtimeMessageBytesMax);
  Welcome();
  EXPECT_THAT(Sent("connection_init"), SizeIs(1));
  EXPECT_THAT(Sent("start"), SizeIs(5));
  Acknowledge(projects_);
  Acknowledge(todos_);
  EXPECT_THAT(told_["todos"], ElementsAre("begun"));
  EXPECT_THAT(told_["Project"], ElementsAre("begun"));
}

TEST_F(RealtimeTest, NothingIsStartedBeforeTheConnectionIsAcknowledged) {
  Listen(todos_);
  Say(net::WebSocketOpened{});
  EXPECT_THAT(Sent("start"), IsEmpty());
  Say(R"({"type":"ka"})");
  EXPECT_THAT(Sent("start"), IsEmpty());
  Say(R"({"type":"connection_ack","payload":{"connectionTimeout":300000}})");
  EXPECT_THAT(Sent("start"), SizeIs(2));
}

TEST_F(RealtimeTest, ACollectionBeginsWithTheLastAcknowledgement) {
  Listen(todos_);
  Welcome();
  SayOf("start_ack", IdOf("onUpdateTodo"));
  SayOf("start_ack", IdOf("onUpdateTodo"));
  EXPECT_THAT(told_["todos"], IsEmpty());
  SayOf("start_ack", IdOf("onAddTodo"));
  EXPECT_THAT(told_["todos"], ElementsAre("begun"));
}

TEST_F(RealtimeTest, ChangesAreToldOnceACollectionHasBegun) {
  Listen(todos_);
  Welcome();
  SayOf("start_ack", IdOf("onAddTodo"));
  SayTodo("t1", "too early");
  SayOf("start_ack", IdOf("onUpdateTodo"));
  SayTodo("t2", "milk");
  SayOf("data", IdOf("onAddTodo"), R"({"data":{"onAddTodo":null}})");
  EXPECT_THAT(told_["todos"],
              ElementsAre("begun", R"({"_id":"t2","content":"milk"})", "something"));
}

TEST_F(RealtimeTest, ALateListenerJoinsWithTheNewestCredentials) {
  Begin(todos_);
  auth_.Refresh(1, [](const absl::StatusOr<AuthHeader>&) {});
  Begin(projects_);
  EXPECT_THAT(sockets_, SizeIs(1));
  EXPECT_EQ(json::Resolve(server().frames.back(), "/payload/extensions/authorization/Authorization")
                ->text(),
            "token-2");
}

TEST_F(RealtimeTest, ARefusedSubscriptionEndsItsCollectionOnly) {
  Begin(projects_);
  Listen(todos_);
  const std::string other = IdOf("onUpdateTodo");
  SayOf("start_ack", other);
  SayOf("error", IdOf("onAddTodo"),
        R"({"errors":[{"errorType":"Unauthorized","message":"Not Authorized to access it"}]})");
  EXPECT_THAT(told_["todos"], ElementsAre("rejected: Not Authorized to access it"));
  EXPECT_THAT(Sent("stop"), ElementsAre(other));
  SayOf("data", IdOf("onUpdateProject"), R"({"data":null})");
  EXPECT_THAT(told_["Project"], ElementsAre("begun", "something"));
}

TEST_F(RealtimeTest, WhatTheServerCompletesMayBeTriedAgain) {
  Begin(projects_);
  Begin(todos_);
  SayOf("complete", IdOf("onAddTodo"));
  EXPECT_THAT(told_["todos"], ElementsAre("begun", "retry: the backend ended onAddTodo"));
  EXPECT_THAT(told_["Project"], ElementsAre("begun"));
}

TEST_F(RealtimeTest, AnErrorWithoutAnIdIsOfWhoeverWaits) {
  Begin(projects_);
  Listen(todos_);
  Say(R"({"type":"error","payload":{"errors":{"errorType":"ValidationError","message":"bad"}}})");
  EXPECT_THAT(told_["todos"], ElementsAre("rejected: bad"));
  EXPECT_THAT(told_["Project"], ElementsAre("begun"));
}

TEST_F(RealtimeTest, OfSeveralThatWaitNoneIsRefusedForAnother) {
  Listen(todos_);
  Listen(projects_);
  Welcome();
  Say(R"({"type":"error","payload":{"errors":[{"errorType":"ValidationError","message":"bad"}]}})");
  EXPECT_THAT(told_["todos"], ElementsAre("retry: bad"));
  EXPECT_THAT(told_["Project"], ElementsAre("retry: bad"));
}

TEST_F(RealtimeTest, AnUpgradeWithoutTheRightCredentialsIsTriedOnceMore) {
  Listen(todos_);
  SayEnded(401, 0, "HTTP 401");
  ASSERT_THAT(sockets_, SizeIs(2));
  EXPECT_TRUE(sockets_[0]->dropped);
  EXPECT_NE(sockets_[0]->request.subprotocols, sockets_[1]->request.subprotocols);
  EXPECT_THAT(told_["todos"], IsEmpty());
  Welcome();
  Acknowledge(todos_);
  EXPECT_THAT(told_["todos"], ElementsAre("begun"));
}

TEST_F(RealtimeTest, AllAreUnauthorizedWhenNewCredentialsAreRefusedToo) {
  Listen(todos_);
  Listen(projects_);
  for (int i = 0; i < 2; ++i) {
    Say(net::WebSocketOpened{});
    Say(R"({"type":"connection_error","payload":)" + std::string(kExpired) + "}");
  }
  EXPECT_EQ(auth_.renewals, 1);
  EXPECT_THAT(told_["todos"], ElementsAre("unauthorized: expired"));
  EXPECT_THAT(told_["Project"], ElementsAre("unauthorized: expired"));
}

TEST_F(RealtimeTest, RefusedStartsAreRenewedOnceForAll) {
  Listen(todos_);
  Listen(projects_);
  Welcome();
  const std::string first = IdOf("onAddTodo");
  SayOf("start_ack", IdOf("onUpdateTodo"));
  server().on_event(net::WebSocketMessage{R"({"type":"error","id":")" + IdOf("onCreateProject") +
                                          R"(","payload":)" + kExpired + "}"});
  SayOf("error", first, kExpired);
  EXPECT_EQ(auth_.renewals, 1);
  EXPECT_THAT(sockets_, SizeIs(1));
  EXPECT_NE(IdOf("onAddTodo"), first) << "an id is never used twice";
  Acknowledge(todos_);
  Acknowledge(projects_);
  EXPECT_THAT(told_["todos"], ElementsAre("begun"));
  EXPECT_THAT(told_["Project"], ElementsAre("begun"));
}

TEST_F(RealtimeTest, AStartThatIsRefusedTwiceIsUnauthorized) {
  Begin(projects_);
  Listen(todos_);
  SayOf("error", IdOf("onAddTodo"), kExpired);
  SayOf("error", IdOf("onAddTodo"), kExpired);
  EXPECT_THAT(told_["todos"], ElementsAre("unauthorized: expired"));
  EXPECT_EQ(auth_.renewals, 1);
  EXPECT_THAT(told_["Project"], ElementsAre("begun"));
}

TEST_F(RealtimeTest, ASecondWelcomeStartsNothing) {
  Listen(todos_);
  Welcome();
  server().on_event(net::WebSocketMessage{R"({"type":"error","id":")" + IdOf("onAddTodo") +
                                          R"(","payload":)" + kExpired + "}"});
  Say(R"({"type":"connection_ack"})");
  EXPECT_THAT(Sent("start"), SizeIs(4));
  EXPECT_EQ(json::Resolve(server().frames.back(), "/payload/extensions/authorization/Authorization")
                ->text(),
            "token-2");
}

TEST_F(RealtimeTest, CredentialsThatEndMeanwhileAreAMatterOfTheNextAttempt) {
  Begin(todos_);
  SayOf("error", IdOf("onAddTodo"), kExpired);
  EXPECT_THAT(told_["todos"], ElementsAre("begun", "retry: expired"));
  EXPECT_EQ(auth_.renewals, 0);
}

TEST_F(RealtimeTest, SoIsAnErrorOfOneThatHasBegun) {
  Begin(todos_);
  SayOf("error", IdOf("onAddTodo"), R"({"errors":[{"message":"the payload is too large"}]})");
  EXPECT_THAT(told_["todos"], ElementsAre("begun", "retry: the payload is too large"));
}

TEST_F(RealtimeTest, WithoutCredentialsThereIsNoConnection) {
  auth_.token = absl::UnauthenticatedError("sign in again");
  Listen(todos_);
  EXPECT_THAT(told_["todos"], ElementsAre(HasSubstr("unauthorized: sign in again")));
  auth_.token = absl::UnavailableError("the user pool is away");
  Listen(todos_);
  EXPECT_THAT(told_["todos"], ElementsAre(HasSubstr("retry: the user pool is away")));
  EXPECT_THAT(sockets_, IsEmpty());
}

TEST_F(RealtimeTest, ALateListenerWithoutCredentialsEndsAlone) {
  Begin(todos_);
  auth_.token = absl::UnauthenticatedError("sign in again");
  Listen(projects_);
  EXPECT_THAT(told_["Project"], ElementsAre(HasSubstr("unauthorized: sign in again")));
  EXPECT_THAT(told_["todos"], ElementsAre("begun"));
}

TEST_F(RealtimeTest, AClosedConnectionEndsAll) {
  Begin(todos_);
  Begin(projects_);
  SayEnded(101, 1000);
  EXPECT_THAT(told_["todos"],
              ElementsAre("begun", "retry: the backend closed the connection (1000)"));
  EXPECT_THAT(told_["Project"],
              ElementsAre("begun", "retry: the backend closed the connection (1000)"));
}

TEST_F(RealtimeTest, ALostConnectionIsASignThatTheNetworkIsDown) {
  Begin(todos_);
  SayEnded(0, 0, "connection reset");
  EXPECT_THAT(told_["todos"], ElementsAre("begun", "unreachable, retry: connection reset"));
}

TEST_F(RealtimeTest, WhoEndedMayListenAgain) {
  Begin(todos_);
  const std::string first = IdOf("onAddTodo");
  SayEnded();
  Listen(todos_);
  ASSERT_THAT(sockets_, SizeIs(2));
  Welcome();
  EXPECT_NE(IdOf("onAddTodo"), first);
  Acknowledge(todos_);
  EXPECT_THAT(told_["todos"], ElementsAre("begun"));
}

TEST_F(RealtimeTest, NobodyIsToldAfterStopListening) {
  Begin(todos_);
  Begin(projects_);
  const std::vector<std::string> stopped = {IdOf("onAddTodo"), IdOf("onUpdateTodo")};
  // What was told and not yet delivered, and what comes after.
  server().on_event(net::WebSocketMessage{R"({"type":"complete","id":")" + stopped[0] + "\"}"});
  realtime_->StopListening("todos");
  realtime_->StopListening("todos");
  SayOf("data", stopped[1], R"({"data":null})");
  EXPECT_THAT(told_["todos"], ElementsAre("begun"));
  EXPECT_THAT(Sent("stop"), ElementsAre(stopped[1]));
  EXPECT_FALSE(server().dropped) << "others still listen";
}

TEST_F(RealtimeTest, WhoListensAnewIsNotToldOfWhatWasBefore) {
  Begin(todos_);
  server().on_event(
      net::WebSocketMessage{R"({"type":"complete","id":")" + IdOf("onAddTodo") + "\"}"});
  realtime_->StopListening("todos");
  Listen(todos_);
  EXPECT_THAT(told_["todos"], IsEmpty());
}

TEST_F(RealtimeTest, TheConnectionIsDroppedWhenNobodyListens) {
  Begin(todos_);
  Listen(projects_);
  realtime_->StopListening("Project");
  EXPECT_FALSE(server().dropped);
  realtime_->StopListening("todos");
  EXPECT_TRUE(server().dropped);
  EXPECT_THAT(told_["todos"], ElementsAre("begun"));
}

TEST_F(RealtimeTest, WhoStopsBeforeThereIsAConnectionGetsNone) {
  realtime_->Listen(todos_, [](const sync::LiveEvent&) { FAIL(); });
  realtime_->StopListening("todos");
  Settle();
  EXPECT_THAT(sockets_, IsEmpty());
}

TEST_F(RealtimeTest, ResetEndsAllInALaterTurn) {
  Begin(todos_);
  realtime_->Reset();
  EXPECT_TRUE(server().dropped);
  EXPECT_THAT(told_["todos"], ElementsAre("begun"));
  Settle();
  EXPECT_THAT(told_["todos"], ElementsAre("begun", StartsWith("retry: ")));
  realtime_->Reset();
}

TEST_F(RealtimeTest, WhoIsToldMayStopListenAgainAndDestroy) {
  int ended = 0;
  realtime_->Listen(todos_, [this, &ended](const sync::LiveEvent&) {
    ++ended;
    realtime_->StopListening("todos");
    realtime_->Listen(todos_, [this, &ended](const sync::LiveEvent&) {
      ++ended;
      realtime_.reset();
    });
  });
  Settle();
  SayEnded();
  ASSERT_THAT(sockets_, SizeIs(2));
  SayEnded();
  EXPECT_EQ(ended, 2);
  EXPECT_EQ(realtime_, nullptr);
}

TEST_F(RealtimeTest, OddFramesDoNoHarm) {
  Begin(todos_);
  const std::string id = IdOf("onAddTodo");
  for (const std::string& frame :
       {std::string(""), std::string("no JSON"), std::string("[]"), std::string("{}"),
        std::string(R"({"type":7})"), std::string(R"({"type":"unheard","id":")" + id + "\"}"),
        std::string(R"({"type":"data"})"), std::string(R"({"type":"start_ack"})"),
        std::string(R"({"type":"complete","id":"nobody"})"),
        std::string(R"({"type":"error","id":"nobody"})"), std::string(R"({"type":"error"})"),
        std::string(R"({"type":"connection_ack"})"), std::string(200, '['),
        std::string(R"({"type":"data","id":")" + id + R"(","id":"twice"})")}) {
    Say(frame);
  }
  EXPECT_THAT(told_["todos"], ElementsAre("begun"));
  for (const char* payload : {"null", "7", "[]", "{}", R"({"data":7})", R"({"errors":7})"}) {
    SayOf("data", id, payload);
    EXPECT_EQ(told_["todos"].back(), "something") << payload;
  }
  Say(R"({"type":"data","id":")" + id + "\"}");
  EXPECT_THAT(told_["todos"], SizeIs(8));
}

TEST_F(RealtimeTest, AnErrorWithoutAWordIsTriedAgain) {
  Listen(todos_);
  Welcome();
  Say(R"({"type":"error","id":")" + IdOf("onAddTodo") + "\"}");
  EXPECT_THAT(told_["todos"], ElementsAre("retry: an error without a word"));
}

// ---- Deadlines ----

// Each is short where it is reached, and long enough that nothing else reaches it.
constexpr base::Millis kShort{150};

class RealtimeDeadlineTest : public RealtimeTest {
 protected:
  void MakeShortOfSilence() {
    options_.silence_default = options_.silence_min = options_.silence_max = kShort;
    Make();
  }
};

TEST_F(RealtimeDeadlineTest, OpeningHasItsOwn) {
  options_.open_timeout = base::Millis(1234);
  Make();
  Listen(todos_);
  EXPECT_EQ(server().request.open_timeout, base::Millis(1234));
}

TEST_F(RealtimeDeadlineTest, AConnectionThatIsNotAcknowledgedEndsAll) {
  options_.ack_timeout = kShort;
  Make();
  Listen(todos_);
  Listen(projects_);
  Say(net::WebSocketOpened{});
  WaitFor(todos_, 1);
  WaitFor(projects_, 1);
  EXPECT_THAT(told_["todos"], ElementsAre("retry: the backend did not answer connection_init"));
  EXPECT_TRUE(server().dropped);
}

TEST_F(RealtimeDeadlineTest, AStartThatIsNotAcknowledgedEndsItsCollection) {
  options_.start_timeout = kShort;
  Make();
  Begin(projects_);
  Listen(todos_);
  SayOf("start_ack", IdOf("onAddTodo"));
  WaitFor(todos_, 1);
  EXPECT_THAT(told_["todos"], ElementsAre("retry: the backend did not acknowledge a subscription"));
  EXPECT_THAT(Sent("stop"), SizeIs(2));
  EXPECT_THAT(told_["Project"], ElementsAre("begun"));
}

TEST_F(RealtimeDeadlineTest, ASilentConnectionCountsAsLost) {
  MakeShortOfSilence();
  Begin(todos_);
  WaitFor(todos_, 2);
  EXPECT_THAT(told_["todos"].back(), StartsWith("unreachable, retry: nothing was heard"));
  EXPECT_TRUE(server().dropped);
}

TEST_F(RealtimeDeadlineTest, WhatTheServerSaysOfItsSilenceHasBounds) {
  for (const char* payload :
       {R"({"connectionTimeoutMs":1})", R"({"connectionTimeoutMs":-5})",
        R"({"connectionTimeoutMs":9000000000})", R"({"connectionTimeout":"x"})", "null"}) {
    MakeShortOfSilence();
    sockets_.clear();
    Listen(todos_);
    const base::Millis before = loop_.Now();
    Welcome(payload);
    Acknowledge(todos_);
    ASSERT_THAT(told_["todos"], ElementsAre("begun")) << payload;
    WaitFor(todos_, 2);
    EXPECT_GE(loop_.Now() - before, kShort) << payload;
  }
}

TEST_F(RealtimeDeadlineTest, AnythingIsASignOfLife) {
  MakeShortOfSilence();
  Begin(todos_);
  const base::Millis end = loop_.Now() + 2 * kShort;
  loop::Timer tick(loop_);
  std::function<void()> say = [&] {
    if (server().dropped) return;
    server().on_event(net::WebSocketMessage{"no JSON"});
    tick.Start(base::Millis(5), say);
  };
  say();
  EXPECT_TRUE(support::RunUntil(loop_, [&] { return loop_.Now() > end; }));
  EXPECT_THAT(told_["todos"], ElementsAre("begun"));
}

}  // namespace
}  // namespace tideover::appsync
