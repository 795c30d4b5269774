// How a WebSocket ends: by the server, by its owner, or by being destroyed.
#include <thread>

#include "net/web_socket_fixture.h"
#include "support/test_certificate.h"

namespace tideover::net {
namespace {

using support::EncodeFrame;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class WebSocketEndTest : public WebSocketTest {
 protected:
  // The first event of that kind destroys the WebSocket, and so nothing comes after it.
  template <typename Event>
  void DestroyInside() {
    support::TestCertificate certificate;
    WebSocketServer server(
        [](Peer& peer) {
          // All that may come in one turn.
          Frame close{.opcode = Opcode::kClose, .payload = support::ClosePayload(1001)};
          peer.stream().Write(EncodeFrame({.payload = "one"}) + EncodeFrame({.payload = "two"}) +
                              EncodeFrame(close));
          Listen(peer);
        },
        &certificate);
    options_.ca_file = certificate.cert_file();
    bool destroyed = false;
    int later = 0;
    // Goes with what the WebSocket calls.
    auto captured = std::make_shared<int>(0);
    socket_ = std::make_unique<WebSocket>(
        loop_, options_, WebSocketRequest{.url = server.Url("/")},
        [this, &destroyed, &later, captured](const WebSocketEvent& event) {
          if (destroyed) ++later;
          if (!std::holds_alternative<Event>(event)) return;
          socket_.reset();
          destroyed = true;
          ++*captured;
        });
    EXPECT_TRUE(RunUntil([&destroyed] { return destroyed; }));
    support::RunPending(loop_);
    EXPECT_EQ(later, 0);
    EXPECT_EQ(*captured, 1);
    EXPECT_EQ(captured.use_count(), 1);
  }
};

TEST_F(WebSocketEndTest, TheServersCodeIsTold) {
  std::atomic<int> answer = 0;
  WebSocketServer server([&answer](Peer& peer) {
    peer.SendText("last words");
    peer.Send({.opcode = Opcode::kClose, .payload = support::ClosePayload(4401, "secret")});
    auto frame = peer.Receive();
    answer = frame.has_value() ? frame->CloseCode() : -1;
  });
  WebSocketEnded ended = EndOf(server.Url("/"));
  EXPECT_EQ(ended.close_code, 4401);
  EXPECT_EQ(ended.http_status, 0);
  EXPECT_THAT(ended.message, HasSubstr("4401"));
  EXPECT_THAT(ended.message, Not(HasSubstr("secret")));
  EXPECT_THAT(messages(), ElementsAre("last words"));
  EXPECT_TRUE(RunUntil([&answer] { return answer == 4401; })) << answer;
}

TEST_F(WebSocketEndTest, AServerMayCloseWithoutACode) {
  WebSocketServer server([](Peer& peer) {
    peer.Send({.opcode = Opcode::kClose});
    Listen(peer);
  });
  WebSocketEnded ended = EndOf(server.Url("/"));
  EXPECT_TRUE(opened());
  EXPECT_EQ(ended.close_code, 0);
  EXPECT_THAT(ended.message, HasSubstr("closed"));
}

TEST_F(WebSocketEndTest, AConnectionThatIsCutEnds) {
  WebSocketServer server([](Peer& peer) { peer.SendText("last words"); });
  WebSocketEnded ended = EndOf(server.Url("/"));
  EXPECT_TRUE(opened());
  EXPECT_EQ(ended.close_code, 0);
  EXPECT_THAT(ended.message, HasSubstr("cut"));
  EXPECT_THAT(messages(), ElementsAre("last words"));
}

TEST_F(WebSocketEndTest, AConnectionThatIsResetEnds) {
  for (bool tls : {false, true}) {
    support::TestCertificate certificate;
    WebSocketServer server(
        [](Peer& peer) {
          peer.Receive();
          peer.stream().CloseWithReset();
        },
        tls ? &certificate : nullptr);
    options_.ca_file = certificate.cert_file();
    Open(server.Url("/")).Send("reset yourself");
    EXPECT_THAT(RunToEnd().message, Not(IsEmpty()));
  }
}

TEST_F(WebSocketEndTest, AGoodbyeComesAfterWhatWaitsAndIsAnswered) {
  std::atomic<int> code = 0;
  WebSocketServer server([&code](Peer& peer) {
    size_t texts = 0;
    while (auto frame = peer.Receive()) {
      if (frame->opcode == Opcode::kText) ++texts;
      if (frame->opcode != Opcode::kClose) continue;
      code = frame->CloseCode();
      peer.SendText(std::to_string(texts));
      peer.Send(*frame);
      return;
    }
  });
  WebSocket& socket = Open(server.Url("/"));
  for (int i = 0; i < 30; ++i) socket.Send(std::string(100'000, 'w'));
  socket.Close();
  socket.Send("too late");
  socket.Close();
  EXPECT_FALSE(has_ended()) << "an event inside Close";
  WebSocketEnded ended = RunToEnd();
  EXPECT_EQ(ended.close_code, 1000);
  EXPECT_EQ(code, 1000);
  EXPECT_THAT(messages(), ElementsAre("30"));
}

TEST_F(WebSocketEndTest, AGoodbyeBeforeItHasOpenedEndsIt) {
  WebSocketServer server(Listen);
  Start(server.Url("/")).Close();
  EXPECT_TRUE(events_.empty()) << "an event inside Close";
  EXPECT_THAT(RunToEnd().message, HasSubstr("before it has opened"));
  EXPECT_FALSE(opened());
}

TEST_F(WebSocketEndTest, AfterTheEndNothingIsSentOrClosed) {
  WebSocketServer server([](Peer&) {});
  EndOf(server.Url("/"));
  socket_->Send("too late");
  socket_->Close();
  support::RunPending(loop_);
  EXPECT_EQ(events_.size(), 2u);
}

TEST_F(WebSocketEndTest, ItMayBeDestroyedWhenItOpens) { DestroyInside<WebSocketOpened>(); }

TEST_F(WebSocketEndTest, ItMayBeDestroyedByAMessage) { DestroyInside<WebSocketMessage>(); }

TEST_F(WebSocketEndTest, ItMayBeDestroyedWhenItEnds) { DestroyInside<WebSocketEnded>(); }

TEST_F(WebSocketEndTest, DestroyingItAtOnceLeavesNothing) {
  WebSocketServer server(Listen);
  Start(server.Url("/"));
  socket_.reset();
  Start("wss://nowhere.invalid/");
  socket_.reset();
  Start("no URL at all");
  socket_.reset();
  support::RunPending(loop_);
  EXPECT_TRUE(events_.empty());
}

TEST_F(WebSocketEndTest, DestroyingItBeforeTheAnswerDropsTheConnection) {
  std::atomic<bool> gone = false;
  WebSocketServer server(HttpServer::Handler([&gone](const HttpServer::Request&) {
    HttpServer::Reply reply{.raw = "HTTP/1.1 101 Switching"};
    reply.upgraded = [&gone](support::SocketStream& stream, const std::string&) {
      stream.WaitForEnd();
      gone = true;
    };
    return reply;
  }));
  Start(server.Url("/"));
  EXPECT_TRUE(RunUntil([&server] { return server.http().requests().size() == 1; }));
  socket_.reset();
  EXPECT_TRUE(RunUntil([&gone] { return gone.load(); }));
  EXPECT_TRUE(events_.empty());
}

TEST_F(WebSocketEndTest, DestroyingItDuringTheTlsHandshakeDropsTheConnection) {
  support::Listener listener;
  Start("wss://127.0.0.1:" + std::to_string(listener.port()) + "/");
  std::atomic<int> bytes = -1;
  std::thread server([&] {
    auto stream = listener.Accept();
    std::string hello;
    if (stream != nullptr) stream->ReadSome(&hello);
    bytes = static_cast<int>(hello.size());
    if (stream != nullptr) stream->WaitForEnd();
  });
  EXPECT_TRUE(RunUntil([&bytes] { return bytes > 0; }));
  socket_.reset();
  server.join();
  EXPECT_TRUE(events_.empty());
}

TEST_F(WebSocketEndTest, DestroyingItWhileItIsOpenDropsTheConnection) {
  std::atomic<bool> gone = false;
  WebSocketServer server([&gone](Peer& peer) {
    Listen(peer);
    gone = true;
  });
  Open(server.Url("/")).Send("on its way");
  socket_.reset();
  EXPECT_TRUE(RunUntil([&gone] { return gone.load(); }));
  EXPECT_EQ(events_.size(), 1u);
}

}  // namespace
}  // namespace tideover::net
