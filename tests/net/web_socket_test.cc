// Messages over a WebSocket that is open, both ways.
#include <openssl/ssl.h>

#include <future>
#include <thread>

#include "net/web_socket_fixture.h"
#include "support/test_certificate.h"

namespace tideover::net {
namespace {

using support::EncodeFrame;
using support::TestCertificate;
using testing::ElementsAre;

TEST_F(WebSocketTest, TextsGoBothWays) {
  WebSocketServer server(Echo);
  WebSocket& socket = Open(server.Url("/realtime"));
  socket.Send("first");
  socket.Send("zweite \xc3\xa4");
  socket.Send("");
  EXPECT_TRUE(RunUntilMessages(3));
  EXPECT_THAT(messages(), ElementsAre("first", "zweite \xc3\xa4", ""));
}

TEST_F(WebSocketTest, TextsGoBothWaysOverTls) {
  TestCertificate certificate;
  WebSocketServer server(Echo, &certificate);
  options_.ca_file = certificate.cert_file();
  Open(server.Url("/realtime")).Send("over TLS");
  EXPECT_TRUE(RunUntilMessages(1));
  EXPECT_THAT(messages(), ElementsAre("over TLS"));
}

// Every length that the frame writes in another way, and some that no buffer holds.
TEST_F(WebSocketTest, LargeMessagesGoBothWays) {
  WebSocketServer server(Echo);
  WebSocket& socket = Open(server.Url("/"));
  for (size_t size : {125, 126, 65'535, 65'536, 200'000, 1 << 20}) {
    events_.clear();
    std::string text;
    while (text.size() < size) text += std::to_string(text.size()) + ",";
    text.resize(size);
    socket.Send(text);
    ASSERT_TRUE(RunUntilMessages(1)) << size << " bytes: " << ended().message;
    EXPECT_TRUE(messages()[0] == text) << size;
  }
}

TEST_F(WebSocketTest, LargeMessagesGoBothWaysOverTls) {
  TestCertificate certificate;
  WebSocketServer server(Echo, &certificate);
  options_.ca_file = certificate.cert_file();
  std::string text(200'000, 'l');
  Open(server.Url("/")).Send(text);
  ASSERT_TRUE(RunUntilMessages(1)) << ended().message;
  EXPECT_TRUE(messages()[0] == text);
}

// The second lot is as much as may wait, and more than the system takes beside the first.
TEST_F(WebSocketTest, WhatAServerDoesNotReadYetWaits) {
  constexpr int kFirst = 15;
  constexpr int kCount = kFirst + 40;
  constexpr size_t kBytes = 100'000;
  TestCertificate certificate;
  std::promise<void> may_read;
  std::shared_future<void> begin = may_read.get_future().share();
  WebSocketServer server(
      [begin](Peer& peer) {
        peer.stream().TakeLittleAhead();
        peer.SendText("ready");
        begin.wait();
        int whole = 0;
        for (int i = 0; i < kCount; ++i) {
          auto frame = peer.Receive();
          whole += frame.has_value() && frame->payload == std::string(kBytes, 'w') ? 1 : 0;
        }
        auto last = peer.Receive();
        if (last.has_value()) peer.SendText(last->payload);
        peer.SendText(std::to_string(whole));
        Listen(peer);
      },
      &certificate);
  options_.ca_file = certificate.cert_file();
  WebSocket& socket = Open(server.Url("/"));
  ASSERT_TRUE(RunUntilMessages(1));
  for (int i = 0; i < kCount; ++i) {
    socket.Send(std::string(kBytes, 'w'));
    if (i == kFirst) support::RunPending(loop_);
  }
  // It is written until TLS waits for room, and the next one comes in while it does.
  support::RunPending(loop_);
  socket.Send("the last");
  may_read.set_value();
  ASSERT_TRUE(RunUntilMessages(3)) << ended().message;
  EXPECT_THAT(messages(), ElementsAre("ready", "the last", std::to_string(kCount)));
}

TEST_F(WebSocketTest, ManyMessagesInOnePacketComeOneByOne) {
  constexpr int kCount = 10'000;
  WebSocketServer server([](Peer& peer) {
    std::string frames;
    for (int i = 0; i < kCount; ++i) frames += EncodeFrame({.payload = std::to_string(i)});
    peer.stream().Write(frames);
    Listen(peer);
  });
  Open(server.Url("/"));
  ASSERT_TRUE(RunUntil([this] { return events_.size() == kCount + 1; }));
  EXPECT_EQ(messages().back(), std::to_string(kCount - 1));
}

TEST_F(WebSocketTest, FramesInOnePieceWithTheUpgradeAreMessages) {
  WebSocketServer server(HttpServer::Handler([](const HttpServer::Request& request) {
    std::string first = EncodeFrame({.payload = "one"}) + EncodeFrame({.payload = "two"});
    return WebSocketServer::Upgrade(WebSocketServer::AcceptingHeaders(request), Listen, first);
  }));
  Open(server.Url("/"));
  EXPECT_TRUE(RunUntilMessages(2));
  EXPECT_THAT(messages(), ElementsAre("one", "two"));
}

TEST_F(WebSocketTest, FragmentsAreOneMessageWithAPingBetween) {
  WebSocketServer server([](Peer& peer) {
    // The cut goes through a character.
    peer.Send({.opcode = Opcode::kText, .payload = "\xc3", .fin = false});
    peer.Send({.opcode = Opcode::kPing, .payload = "between"});
    peer.Send({.opcode = Opcode::kContinuation, .payload = "", .fin = false});
    peer.Send({.opcode = Opcode::kContinuation, .payload = "\xa4!"});
    auto pong = peer.Receive();
    peer.SendText(pong.has_value() && pong->opcode == Opcode::kPong ? pong->payload : "no pong");
    Listen(peer);
  });
  Open(server.Url("/"));
  EXPECT_TRUE(RunUntilMessages(2));
  EXPECT_THAT(messages(), ElementsAre("\xc3\xa4!", "between"));
}

TEST_F(WebSocketTest, FramesOfTheClientAreMaskedEachInItsOwnWay) {
  WebSocketServer server([](Peer& peer) {
    bool masked = true;
    std::string raw;
    for (int i = 0; i < 2; ++i) {
      // Two bytes of head, four of mask, four of payload.
      while (raw.size() < 10) {
        if (!peer.stream().ReadSome(&raw)) return;
      }
      masked = masked && (raw[1] & 0x80) != 0;
      peer.SendText(raw.substr(2, 4) == raw.substr(6, 4) ? "plain" : "masked");
      raw.erase(0, 10);
    }
    peer.SendText(masked ? "both" : "not both");
    Listen(peer);
  });
  WebSocket& socket = Open(server.Url("/"));
  socket.Send("same");
  socket.Send("same");
  EXPECT_TRUE(RunUntilMessages(3));
  EXPECT_THAT(messages(), ElementsAre("masked", "masked", "both"));
}

TEST_F(WebSocketTest, PongsThatNobodyAskedForAreNoMessages) {
  WebSocketServer server([](Peer& peer) {
    peer.Send({.opcode = Opcode::kPong, .payload = "unasked"});
    peer.SendText("after");
    Listen(peer);
  });
  Open(server.Url("/"));
  EXPECT_TRUE(RunUntilMessages(1));
  EXPECT_THAT(messages(), ElementsAre("after"));
}

TEST_F(WebSocketTest, MessagesMaySendMessages) {
  WebSocketServer server(Echo);
  int left = 100;
  WebSocket socket(loop_, options_, {.url = server.Url("/")}, [&](WebSocketEvent event) {
    if (std::holds_alternative<WebSocketEnded>(event)) return;
    if (left > 0) socket.Send(std::to_string(left--));
  });
  EXPECT_TRUE(RunUntil([&left] { return left == 0; }));
}

TEST_F(WebSocketTest, ItGoesThroughAProxyThatTunnels) {
  TestCertificate certificate;
  support::ServerTls tls(certificate);
  HttpServer proxy([&tls](const HttpServer::Request& request) {
    EXPECT_EQ(request.method, "CONNECT");
    EXPECT_EQ(request.target, "localhost:443");
    EXPECT_EQ(request.Header("sec-websocket-key"), "");
    HttpServer::Reply reply{.raw = "HTTP/1.1 200 OK\r\n\r\n"};
    // The server behind it, in its place.
    reply.upgraded = [&tls](support::SocketStream& stream, std::string buffered) {
      if (!stream.StartTls(tls)) return;
      auto upgrade = HttpServer::ReadRequest(stream, &buffered);
      if (!upgrade.has_value()) return;
      auto headers = WebSocketServer::AcceptingHeaders(*upgrade);
      stream.Write(WebSocketServer::Upgrade(headers, Listen).raw);
      Peer peer(stream, std::move(buffered));
      Echo(peer);
    };
    return reply;
  });
  options_.ca_file = certificate.cert_file();
  options_.proxy = proxy.Url("");
  Open("wss://localhost/realtime").Send("through the tunnel");
  EXPECT_TRUE(RunUntilMessages(1));
  EXPECT_THAT(messages(), ElementsAre("through the tunnel"));
}

// Takes what the client offers by ALPN, and HTTP/2 wherever it can.
int TakeOffer(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
              unsigned in_size, void* offer) {
  static_cast<std::string*>(offer)->assign(reinterpret_cast<const char*>(in), in_size);
  *out = in + 1;
  *out_size = in[0];
  return SSL_TLSEXT_ERR_OK;
}

TEST_F(WebSocketTest, Http2IsNotOffered) {
  TestCertificate certificate;
  support::ServerTls tls(certificate);
  std::string offer;
  SSL_CTX_set_alpn_select_cb(tls.context(), TakeOffer, &offer);
  support::Listener listener;
  std::thread server([&] {
    auto stream = listener.Accept();
    if (stream != nullptr) stream->StartTls(tls);
  });
  options_.ca_file = certificate.cert_file();
  EndOf("wss://127.0.0.1:" + std::to_string(listener.port()) + "/");
  server.join();
  EXPECT_EQ(offer, "\x08http/1.1");
}

TEST_F(WebSocketTest, TwoAtOnceDoNotMeet) {
  WebSocketServer server(Echo);
  std::string other_text;
  WebSocket other(loop_, options_, {.url = server.Url("/other")}, [&](WebSocketEvent event) {
    if (std::holds_alternative<WebSocketOpened>(event)) other.Send("other");
    if (auto* message = std::get_if<WebSocketMessage>(&event)) other_text = message->text;
  });
  Open(server.Url("/this")).Send("this");
  EXPECT_TRUE(RunUntilMessages(1));
  EXPECT_TRUE(RunUntil([&other_text] { return !other_text.empty(); }));
  EXPECT_THAT(messages(), ElementsAre("this"));
  EXPECT_EQ(other_text, "other");
  EXPECT_EQ(server.http().connections(), 2);
}

}  // namespace
}  // namespace tideover::net
