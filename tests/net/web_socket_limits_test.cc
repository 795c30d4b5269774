// Each limit of a WebSocket, reached, and what the server must not send.
#include <optional>

#include "net/web_socket_fixture.h"

namespace tideover::net {
namespace {

using support::EncodeFrame;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;

class WebSocketLimitsTest : public WebSocketTest {
 protected:
  // How it ends with a server that sends these bytes, of which the goodbye's code is kept.
  WebSocketEnded EndOfBytes(std::string bytes, size_t message_bytes_max = 1000) {
    goodbye_ = 0;
    server_.emplace([this, bytes](Peer& peer) {
      peer.stream().Write(bytes);
      while (auto frame = peer.Receive()) {
        if (frame->opcode == Opcode::kClose) goodbye_ = frame->CloseCode();
      }
    });
    return EndOf({.url = server_->Url("/"), .message_bytes_max = message_bytes_max});
  }
  bool GoodbyeIs(int code) {
    return RunUntil([this, code] { return goodbye_ == code; });
  }

  std::atomic<int> goodbye_ = 0;
  std::optional<WebSocketServer> server_;
};

TEST_F(WebSocketLimitsTest, AMessageAtTheLimitPassesAndOneByteMoreDoesNot) {
  std::string at_limit = EncodeFrame({.payload = std::string(1000, 'm')});
  WebSocketEnded ended = EndOfBytes(at_limit + EncodeFrame({.payload = std::string(1001, 'm')}));
  EXPECT_THAT(messages(), ElementsAre(std::string(1000, 'm')));
  EXPECT_THAT(ended.message, HasSubstr("1000 bytes"));
  EXPECT_EQ(ended.close_code, 0);
  EXPECT_TRUE(GoodbyeIs(1009));
}

TEST_F(WebSocketLimitsTest, FragmentsCountTogether) {
  WebSocketEnded ended =
      EndOfBytes(EncodeFrame({.payload = std::string(600, 'm'), .fin = false}) +
                 EncodeFrame({.opcode = Opcode::kContinuation, .payload = std::string(600, 'm')}));
  EXPECT_THAT(messages(), ElementsAre());
  EXPECT_THAT(ended.message, HasSubstr("1000 bytes"));
  EXPECT_TRUE(GoodbyeIs(1009));
}

TEST_F(WebSocketLimitsTest, ALengthThatNothingFollowsIsEnoughToRefuse) {
  // 2^62 bytes, of which one comes.
  EXPECT_THAT(EndOfBytes(std::string("\x81\x7f\x40\0\0\0\0\0\0\0m", 11)).message,
              HasSubstr("1000 bytes"));
  EXPECT_TRUE(GoodbyeIs(1009));
}

TEST_F(WebSocketLimitsTest, ABinaryMessageIsRefused) {
  WebSocketEnded ended = EndOfBytes(EncodeFrame({.opcode = Opcode::kBinary, .payload = "b"}));
  EXPECT_THAT(messages(), ElementsAre());
  EXPECT_THAT(ended.message, HasSubstr("binary"));
  EXPECT_TRUE(GoodbyeIs(1003));
}

TEST_F(WebSocketLimitsTest, TextThatIsNotUtf8IsRefused) {
  // Overlong, a surrogate, and a character that is cut.
  for (const char* text : {"\xc0\xaf", "\xed\xa0\x80", "cut \xc3"}) {
    WebSocketEnded ended = EndOfBytes(EncodeFrame({.payload = text}));
    EXPECT_THAT(messages(), ElementsAre());
    EXPECT_THAT(ended.message, HasSubstr("UTF-8"));
    EXPECT_TRUE(GoodbyeIs(1007));
  }
}

TEST_F(WebSocketLimitsTest, BrokenFramesAreRefused) {
  // A reserved bit, a masked frame, a continuation of nothing, a message within another, and a ping
  // in fragments.
  const std::string broken[] = {"\xc1\x01x", "\x81\x81mask\x01",
                                EncodeFrame({.opcode = Opcode::kContinuation}),
                                EncodeFrame({.fin = false}) + EncodeFrame({.payload = "x"}),
                                EncodeFrame({.opcode = Opcode::kPing, .fin = false})};
  for (const std::string& bytes : broken) {
    EXPECT_THAT(EndOfBytes(bytes).message, HasSubstr("protocol"));
    EXPECT_THAT(messages(), ElementsAre());
  }
}

TEST_F(WebSocketLimitsTest, WhatCameBeforeTheFaultIsDelivered) {
  EndOfBytes(EncodeFrame({.payload = "sound"}) +
             EncodeFrame({.opcode = Opcode::kBinary, .payload = "b"}) +
             EncodeFrame({.payload = "after"}));
  EXPECT_THAT(messages(), ElementsAre("sound"));
}

TEST_F(WebSocketLimitsTest, TooMuchThatWaitsToBeSentEndsIt) {
  WebSocketServer server(Listen);
  WebSocket& socket = Open(server.Url("/"));
  for (int i = 0; i < 5; ++i) {
    socket.Send(std::string(1 << 20, 's'));
    EXPECT_FALSE(has_ended()) << "an event inside Send";
  }
  EXPECT_THAT(RunToEnd().message, HasSubstr("4194304 bytes"));
}

TEST_F(WebSocketLimitsTest, ManyEmptyMessagesThatWaitEndItToo) {
  WebSocketServer server(Listen);
  WebSocket& socket = Open(server.Url("/"));
  for (int i = 0; i < 100'000; ++i) socket.Send("");
  EXPECT_THAT(RunToEnd().message, HasSubstr("4194304 bytes"));
}

TEST_F(WebSocketLimitsTest, PingsWhoseAnswersAreNotReadEndIt) {
  WebSocketServer server([](Peer& peer) {
    std::string pings;
    for (int i = 0; i < 1000; ++i) {
      pings += EncodeFrame({.opcode = Opcode::kPing, .payload = std::string(125, 'p')});
    }
    while (peer.stream().Write(pings)) {
    }
  });
  EXPECT_THAT(EndOf(server.Url("/")).message, HasSubstr("pings"));
}

TEST_F(WebSocketLimitsTest, AFloodOfHeadersIsCut) {
  WebSocketServer server(HttpServer::Handler([](const HttpServer::Request& request) {
    auto headers = WebSocketServer::AcceptingHeaders(request);
    for (int i = 0; i < 10'000; ++i) headers.emplace_back("x-" + std::to_string(i), "v");
    return WebSocketServer::Upgrade(headers, Listen);
  }));
  EXPECT_THAT(EndOf(server.Url("/")).message, HasSubstr("exceed 65536 bytes"));
  EXPECT_FALSE(opened());
}

TEST_F(WebSocketLimitsTest, HeadersWithoutAnEndAreCut) {
  options_.header_bytes_max = 10'000;
  WebSocketServer server(HttpServer::Handler([](const HttpServer::Request&) {
    return HttpServer::Reply{.raw = "HTTP/1.1 101 \r\nx: ", .endless = std::string(4096, 'h')};
  }));
  EXPECT_THAT(EndOf(server.Url("/")).message, HasSubstr("exceed 10000 bytes"));
}

TEST_F(WebSocketLimitsTest, AnUpgradeThatIsNeverAnsweredIsGivenUp) {
  WebSocketServer server(HttpServer::Handler([](const HttpServer::Request&) {
    return HttpServer::Reply{.bytes_max = 0, .then = HttpServer::Then::kHold};
  }));
  WebSocketEnded ended =
      EndOf({.url = server.Url("/"), .open_timeout = std::chrono::milliseconds(100)});
  EXPECT_THAT(ended.message, HasSubstr("100 ms"));
  EXPECT_FALSE(opened());
}

TEST_F(WebSocketLimitsTest, AServerThatSaysNothingInTlsIsGivenUp) {
  support::Listener silent;
  std::string url = "wss://127.0.0.1:" + std::to_string(silent.port()) + "/";
  WebSocketEnded ended = EndOf({.url = url, .open_timeout = std::chrono::milliseconds(50)});
  EXPECT_THAT(ended.message, HasSubstr("50 ms"));
  // The time for connecting is the same as for HTTP.
  options_.connect_timeout = std::chrono::milliseconds(50);
  EXPECT_THAT(EndOf(url).message, AnyOf(HasSubstr("timeout"), HasSubstr("timed out")));
}

TEST_F(WebSocketLimitsTest, AServerThatNeverSaysGoodbyeIsGivenUp) {
  WebSocketServer server(Listen);
  Open(server.Url("/")).Close();
  EXPECT_THAT(RunToEnd().message, HasSubstr("did not answer the goodbye"));
}

}  // namespace
}  // namespace tideover::net
