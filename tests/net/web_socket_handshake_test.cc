// The upgrade as text, without a connection.
#include "net/web_socket_handshake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideover::net {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Gives one number, whose bytes spell the key of RFC 6455's example: "the sample nonce".
class ExampleRandom final : public base::Random {
 public:
  uint64_t Next64() override {
    const char* bytes = first_ ? "the samp" : "le nonce";
    first_ = false;
    uint64_t number = 0;
    memcpy(&number, bytes, sizeof number);
    return number;
  }

 private:
  bool first_ = true;
};

class WebSocketHandshakeTest : public testing::Test {
 protected:
  using Outcome = WebSocketHandshake::Outcome;

  static WebSocketHandshake Make(size_t header_bytes_max = 10'000) {
    ExampleRandom random;
    CheckedUrl url{.authority = "server.example.com", .target = "/chat"};
    auto handshake = WebSocketHandshake::Create({}, url, header_bytes_max, random);
    EXPECT_TRUE(handshake.ok()) << handshake.status();
    return *std::move(handshake);
  }
  static bool IsPending(const Outcome& outcome) {
    return std::holds_alternative<WebSocketHandshake::Pending>(outcome);
  }
  static std::string RestOf(const Outcome& outcome) {
    auto* accepted = std::get_if<WebSocketHandshake::Accepted>(&outcome);
    return accepted != nullptr ? accepted->rest : "not accepted";
  }
  static WebSocketEnded EndOf(const Outcome& outcome) {
    auto* ended = std::get_if<WebSocketEnded>(&outcome);
    return ended != nullptr ? *ended : WebSocketEnded{.message = "not ended"};
  }

  const std::string accepting_ =
      "HTTP/1.1 101 Switching Protocols\r\n"
      "upgrade: WebSocket\r\n"
      "Connection:keep-alive , UPGRADE\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
      "\r\n";
  // 2026-11-22T10:38:42Z.
  const base::WallTime now_{1795343922000};
};

TEST_F(WebSocketHandshakeTest, TheExampleOfTheStandardIsSpokenAsItStands) {
  WebSocketHandshake handshake = Make();
  std::string request = handshake.TakeRequest();
  EXPECT_THAT(request, StartsWith("GET /chat HTTP/1.1\r\nHost: server.example.com\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
  EXPECT_EQ(RestOf(handshake.Take(accepting_, now_)), "");
}

TEST_F(WebSocketHandshakeTest, AnAnswerInPiecesIsPendingUntilItsEnd) {
  for (size_t cut = 0; cut < accepting_.size(); ++cut) {
    WebSocketHandshake handshake = Make();
    EXPECT_TRUE(IsPending(handshake.Take(accepting_.substr(0, cut), now_))) << cut;
    EXPECT_EQ(RestOf(handshake.Take(accepting_.substr(cut) + "rest", now_)), "rest") << cut;
  }
  WebSocketHandshake handshake = Make();
  for (char c : accepting_.substr(0, accepting_.size() - 1)) {
    EXPECT_TRUE(IsPending(handshake.Take({&c, 1}, now_)));
  }
  EXPECT_EQ(RestOf(handshake.Take("\n", now_)), "");
}

TEST_F(WebSocketHandshakeTest, WhatComesBeforeTheLastWordIsPassedOver) {
  std::string hints = "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n";
  EXPECT_EQ(RestOf(Make().Take(hints + hints + accepting_ + "rest", now_)), "rest");
  EXPECT_EQ(EndOf(Make().Take(hints + "HTTP/1.0 403 No\r\n\r\n", now_)).http_status, 403);
}

TEST_F(WebSocketHandshakeTest, HeadersAreCountedAndFramesAreNot) {
  WebSocketHandshake exact = Make(accepting_.size());
  std::string frames(100'000, 'f');
  EXPECT_EQ(RestOf(exact.Take(accepting_ + frames, now_)), frames);
  WebSocketHandshake tight = Make(accepting_.size() - 1);
  EXPECT_THAT(EndOf(tight.Take(accepting_, now_)).message, HasSubstr("exceed"));
  // Heads before the last one count too.
  WebSocketHandshake both = Make(accepting_.size() + 10);
  EXPECT_THAT(EndOf(both.Take("HTTP/1.1 103 \r\n\r\n" + accepting_, now_)).message,
              HasSubstr("exceed"));
}

TEST_F(WebSocketHandshakeTest, ADateToComeBackIsRelativeToNow) {
  std::string refusal = "HTTP/1.1 503 Later\r\nretry-after: Sun, 22 Nov 2026 10:39:42 GMT\r\n\r\n";
  EXPECT_EQ(EndOf(Make().Take(refusal, now_)).retry_after, std::chrono::seconds(60));
}

TEST_F(WebSocketHandshakeTest, HeadersThatStandTwiceAreTakenTogether) {
  std::string twice = accepting_;
  twice.insert(twice.size() - 2, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
  EXPECT_THAT(EndOf(Make().Take(twice, now_)).message, HasSubstr("prove"));
}

}  // namespace
}  // namespace tideover::net
