// Listening through the whole upstream, over real sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "appsync/appsync_fixture.h"
#include "appsync/appsync_upstream.h"
#include "appsync/counted_auth.h"
#include "appsync/schemas.h"
#include "support/web_socket_server.h"

namespace tideover::appsync {
namespace {

using support::WebSocketPeer;
using support::WebSocketServer;
using ::testing::SizeIs;

class LiveUpstreamTest : public AppsyncTest {
 protected:
  void Start(WebSocketServer& server) {
    const Endpoint endpoint{server.http().Url("/graphql"), std::chrono::seconds(10), options_};
    const std::map<std::string, uint32_t, std::less<>> numbers = {{"Project", 1}, {"todos", 2}};
    upstream_ = std::make_unique<AppSyncUpstream>(
        loop_, *http_, auth_, endpoint, Bindings{{ProjectBinding(), TodoBinding()}, {}}, numbers);
    upstream_->Listen("Project",
                      [this](sync::LiveEvent event) { events_.push_back(std::move(event)); });
  }
  bool RunUntilEvents(size_t count) {
    return support::RunUntil(loop_, [&] { return events_.size() >= count; });
  }
  const sync::LiveEnded& ended() { return std::get<sync::LiveEnded>(events_.back()); }

  // Speaks as AppSync does, and tells of one deletion when all are started.
  static void Serve(WebSocketPeer& peer) {
    size_t started = 0;
    while (const auto received = peer.Receive()) {
      if (received->opcode != support::Opcode::kText) return;
      const json::Value frame = ParsedJson(received->payload);
      const std::string& type = frame.Find("type")->text();
      if (type == "connection_init") {
        peer.SendText(R"({"type":"connection_ack","payload":{"connectionTimeoutMs":300000}})");
        peer.SendText(R"({"type":"ka"})");
      } else if (type == "start") {
        const std::string id = frame.Find("id")->text();
        peer.SendText(R"({"type":"start_ack","id":")" + id + "\"}");
        if (++started < 3) continue;
        peer.SendText(R"({"type":"data","id":")" + id +
                      R"(","payload":{"data":{"onDeleteProject":{"id":"p1"}}}})");
      }
    }
  }

  CountedAuth auth_{loop_};
  std::vector<sync::LiveEvent> events_;
  std::unique_ptr<AppSyncUpstream> upstream_;
};

TEST_F(LiveUpstreamTest, ChangesAreToldUntilNobodyListens) {
  std::atomic<bool> gone = false;
  WebSocketServer server([&gone](WebSocketPeer& peer) {
    Serve(peer);
    gone = true;
  });
  Start(server);
  ASSERT_TRUE(RunUntilEvents(2));
  EXPECT_TRUE(std::holds_alternative<sync::LiveBegun>(events_[0]));
  EXPECT_EQ(json::Write(*std::get<sync::LiveChange>(events_[1]).document),
            R"({"id":"p1","_deleted":true})");
  upstream_->StopListening("Project");
  EXPECT_TRUE(support::RunUntil(loop_, [&gone] { return gone.load(); }));
  EXPECT_THAT(events_, SizeIs(2));
  ASSERT_THAT(server.http().requests(), SizeIs(1));
  EXPECT_EQ(server.http().requests()[0].target, "/graphql/realtime");
}

TEST_F(LiveUpstreamTest, CredentialsThatAnUpgradeRefusesAreRenewed) {
  std::atomic<int> upgrades = 0;
  WebSocketServer server(
      support::HttpServer::Handler([&upgrades](const support::HttpServer::Request& request) {
        if (++upgrades == 1) return support::HttpServer::Reply{.status = 401};
        return WebSocketServer::Upgrade(WebSocketServer::AcceptingHeaders(request), Serve);
      }));
  Start(server);
  ASSERT_TRUE(RunUntilEvents(1));
  EXPECT_TRUE(std::holds_alternative<sync::LiveBegun>(events_[0]));
  EXPECT_EQ(auth_.renewals, 1);
}

TEST_F(LiveUpstreamTest, AServerThatEndsItIsToldFromOneThatIsGone) {
  WebSocketServer server([](WebSocketPeer& peer) {
    peer.Receive();
    peer.Send({.opcode = support::Opcode::kClose, .payload = support::ClosePayload(1001)});
    peer.Receive();
  });
  Start(server);
  ASSERT_TRUE(RunUntilEvents(1));
  EXPECT_EQ(ended().outcome, sync::PushClass::kRetry);
  EXPECT_FALSE(sync::IsUnreachable(ended().error));
  events_.clear();
  {
    WebSocketServer gone([](WebSocketPeer&) {});
    Start(gone);
  }
  ASSERT_TRUE(RunUntilEvents(1));
  EXPECT_EQ(ended().outcome, sync::PushClass::kRetry);
  EXPECT_TRUE(sync::IsUnreachable(ended().error));
}

TEST_F(LiveUpstreamTest, ResetDropsTheSocket) {
  WebSocketServer server(Serve);
  Start(server);
  ASSERT_TRUE(RunUntilEvents(2));
  upstream_->Reset();
  EXPECT_THAT(events_, SizeIs(2));
  ASSERT_TRUE(RunUntilEvents(3));
  EXPECT_EQ(ended().outcome, sync::PushClass::kRetry);
}

TEST_F(LiveUpstreamTest, OnlyCollectionsWithSubscriptionsTell) {
  WebSocketServer server(Serve);
  Start(server);
  EXPECT_TRUE(upstream_->Tells("Project"));
  EXPECT_FALSE(upstream_->Tells("todos"));
  EXPECT_FALSE(upstream_->Tells("nowhere"));
  upstream_->StopListening("nowhere");
}

}  // namespace
}  // namespace tideover::appsync
