#include "appsync/realtime_frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "appsync/schemas.h"

namespace tideover::appsync {
namespace {

using ::testing::SizeIs;

RealtimeAuth Auth() { return {"localhost:20002", {"x-api-key", Secret("da2-fake?>"), 1}}; }

TEST(RealtimeFrames, AppSyncsOwnDomainHasAHostForIt) {
  EXPECT_EQ(RealtimeUrl("https://abc.appsync-api.eu-west-1.amazonaws.com/graphql"),
            "wss://abc.appsync-realtime-api.eu-west-1.amazonaws.com/graphql");
  EXPECT_EQ(RealtimeUrl("https://abc.appsync-api.cn-north-1.amazonaws.com.cn/graphql"),
            "wss://abc.appsync-realtime-api.cn-north-1.amazonaws.com.cn/graphql");
}

TEST(RealtimeFrames, AnyOtherDomainHasAPathForIt) {
  EXPECT_EQ(RealtimeUrl("https://api.example.com/graphql"),
            "wss://api.example.com/graphql/realtime");
  EXPECT_EQ(RealtimeUrl("http://127.0.0.1:20002/graphql"), "ws://127.0.0.1:20002/graphql/realtime");
  EXPECT_EQ(RealtimeUrl("HTTP://LocalHost:1/graphql/?a=b"),
            "ws://localhost:1/graphql/realtime?a=b");
  EXPECT_EQ(RealtimeUrl("https://abc.appsync-api.example.com/graphql"),
            "wss://abc.appsync-api.example.com/graphql/realtime");
  EXPECT_EQ(RealtimeUrl("https://[::1]:8443"), "wss://[::1]:8443/realtime");
}

TEST(RealtimeFrames, TheHostIsThatOfTheGraphqlEndpoint) {
  EXPECT_EQ(HostOf("http://localhost:20002/graphql"), "localhost:20002");
  EXPECT_EQ(HostOf("https://Api.example.com"), "api.example.com");
}

TEST(RealtimeFrames, TheSubprotocolsCarryTheAuthorization) {
  // {"host":"localhost:20002","x-api-key":"da2-fake?>"}, RFC 4648, section 5, without padding.
  EXPECT_EQ(WriteSubprotocols(Auth()),
            "graphql-ws, header-eyJob3N0IjoibG9jYWxob3N0OjIwMDAyIiwieC1hcGkta2V5IjoiZGEyLWZha2U_"
            "PiJ9");
}

TEST(RealtimeFrames, AStartHoldsTheQueryAsText) {
  const CollectionBinding project = ProjectBinding();
  EXPECT_EQ(WriteConnectionInit(), R"({"type":"connection_init"})");
  EXPECT_EQ(WriteStop("s1"), R"({"type":"stop","id":"s1"})");
  const json::Value start = ParsedJson(WriteStart("s1", project.subscriptions[2], Auth()));
  EXPECT_EQ(start.Find("type")->text(), "start");
  EXPECT_EQ(start.Find("id")->text(), "s1");
  const json::Value data = ParsedJson(json::Resolve(start, "/payload/data")->text());
  EXPECT_EQ(data.Find("query")->text(),
            "subscription onDeleteProject { onDeleteProject { id name tags meta where { lat lon } "
            "createdAt } }");
  EXPECT_EQ(json::Write(*data.Find("variables")), "{}");
  EXPECT_EQ(json::Write(*json::Resolve(start, "/payload/extensions/authorization")),
            R"({"host":"localhost:20002","x-api-key":"da2-fake?>"})");
}

TEST(RealtimeFrames, ReadsWhatAppSyncAndItsStandInsSend) {
  const auto ack = ParseFrame(R"({"type":"connection_ack","payload":{"connectionTimeoutMs":7}})");
  ASSERT_TRUE(ack.has_value());
  EXPECT_EQ(ack->type, FrameType::kConnectionAck);
  EXPECT_EQ(ack->silence_max, base::Millis(7));
  EXPECT_EQ(
      ParseFrame(R"({"type":"connection_ack","payload":{"connectionTimeout":8}})")->silence_max,
      base::Millis(8));
  EXPECT_EQ(ParseFrame(R"({"type":"connection_ack"})")->silence_max, std::nullopt);
  EXPECT_EQ(ParseFrame(R"({"type":"ka"})")->type, FrameType::kKeepAlive);
  EXPECT_EQ(ParseFrame(R"({"type":"start_ack","id":"a"})")->id, "a");
  EXPECT_EQ(ParseFrame(R"({"type":"start_ack","id":5})")->id, "5");
  EXPECT_EQ(ParseFrame(R"({"type":"complete","id":"a","payload":{}})")->type, FrameType::kComplete);
  EXPECT_EQ(json::Write(ParseFrame(R"({"type":"data","id":"a","payload":{"data":{}}})")->payload),
            R"({"data":{}})");
}

TEST(RealtimeFrames, ErrorsAreFoundWhereverTheyStand) {
  for (const char* frame :
       {R"({"type":"error","payload":{"errors":[{"errorType":"X","message":"m"}]}})",
        R"({"type":"error","payload":{"errors":{"errorType":"X","message":"m"}}})",
        R"({"type":"error","payload":{"errorType":"X","message":"m"}})",
        R"({"type":"connection_error","errors":[{"errorType":"X","message":"m"}]})"}) {
    const auto read = ParseFrame(frame);
    ASSERT_TRUE(read.has_value()) << frame;
    ASSERT_THAT(read->errors, SizeIs(1)) << frame;
    EXPECT_EQ(read->errors[0].type, "X") << frame;
    EXPECT_EQ(read->errors[0].message, "m") << frame;
  }
  for (const char* frame : {R"({"type":"error"})", R"({"type":"error","payload":"x"})",
                            R"({"type":"error","payload":{"errors":[]}})"}) {
    EXPECT_THAT(ParseFrame(frame)->errors, SizeIs(1)) << frame;
  }
}

TEST(RealtimeFrames, WhatIsNoFrameIsNothing) {
  for (const char* text : {"", "x", "7", "[]", "{}", R"({"type":1})", R"({"type":"pong"})"}) {
    EXPECT_EQ(ParseFrame(text), std::nullopt) << text;
  }
  const std::string deep =
      R"({"type":"data","payload":)" + std::string(100, '[') + std::string(100, ']') + "}";
  EXPECT_EQ(ParseFrame(deep), std::nullopt);
}

}  // namespace
}  // namespace tideover::appsync
