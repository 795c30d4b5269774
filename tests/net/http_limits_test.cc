// Each limit of HttpOptions, reached.
#include <sys/resource.h>
#include <zlib.h>

#include "base/check.h"
#include "net/net_fixture.h"

namespace tideover::net {
namespace {

using testing::HasSubstr;

std::string Gzip(const std::string& plain) {
  z_stream stream{};
  // 15 bits of window; 16 asks for the gzip wrapper.
  TIDEOVER_CHECK(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) == Z_OK,
                 "zlib");
  std::string packed(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  TIDEOVER_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib");
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

long PeakKilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

class HttpLimitsTest : public NetTest {};

TEST_F(HttpLimitsTest, ABodyAtTheLimitPassesAndOneByteMoreDoesNot) {
  options_.body_bytes_max = 100'000;
  EXPECT_EQ(ResponseOf(PostTo({.body = std::string(100'000, 'b')})).body.size(), 100'000u);
  for (bool chunked : {false, true}) {
    HttpResult result = PostTo({.body = std::string(100'001, 'b'), .chunked = chunked});
    EXPECT_EQ(FailureOf(result).delivery, Delivery::kUnknown);
    EXPECT_EQ(FailureOf(result).status, 200);
    EXPECT_THAT(FailureOf(result).message, HasSubstr("100000 bytes"));
  }
}

TEST_F(HttpLimitsTest, AnEndlessBodyIsCut) {
  HttpResult result = PostTo({.raw = "HTTP/1.1 200 OK\r\n\r\n", .endless = std::string(4096, 'e')});
  EXPECT_EQ(FailureOf(result).delivery, Delivery::kUnknown);
  EXPECT_THAT(FailureOf(result).message, HasSubstr("8388608 bytes"));
}

TEST_F(HttpLimitsTest, GzipIsDecodedAndCountedAsDecoded) {
  HttpServer server([](const HttpServer::Request& request) {
    EXPECT_EQ(request.Header("accept-encoding"), "gzip");
    return HttpServer::Reply{.headers = {{"content-encoding", "gzip"}}, .body = Gzip("plain text")};
  });
  EXPECT_EQ(ResponseOf(Post(server.Url("/"))).body, "plain text");
}

TEST_F(HttpLimitsTest, AGzipBombIsCutWithoutItsMemory) {
  std::string bomb = Gzip(std::string(size_t{100} << 20, '\0'));
  ASSERT_LT(bomb.size(), size_t{200} << 10);
  long before = PeakKilobytes();
  HttpResult result = PostTo({.headers = {{"content-encoding", "gzip"}}, .body = bomb});
  EXPECT_EQ(FailureOf(result).delivery, Delivery::kUnknown);
  EXPECT_THAT(FailureOf(result).message, HasSubstr("8388608 bytes"));
  EXPECT_LT(PeakKilobytes() - before, 32 << 10);
}

TEST_F(HttpLimitsTest, AFloodOfHeadersIsCut) {
  HttpServer::Headers flood;
  for (int i = 0; i < 10'000; ++i) flood.emplace_back("x-" + std::to_string(i), "v");
  HttpResult result = PostTo({.headers = flood, .body = "{}"});
  EXPECT_EQ(FailureOf(result).delivery, Delivery::kUnknown);
  EXPECT_THAT(FailureOf(result).message, HasSubstr("headers exceed 65536 bytes"));
}

TEST_F(HttpLimitsTest, AnEndlessHeaderIsCut) {
  HttpResult result = PostTo({.raw = "HTTP/1.1 200 OK\r\nx: ", .endless = std::string(4096, 'h')});
  EXPECT_EQ(FailureOf(result).delivery, Delivery::kUnknown);
}

TEST_F(HttpLimitsTest, HeadersOfIntermediateResponsesCountToo) {
  std::string hints;
  for (int i = 0; i < 100; ++i) {
    hints += "HTTP/1.1 103 Early Hints\r\nx: " + std::string(1000, 'h') + "\r\n\r\n";
  }
  HttpResult result =
      PostTo({.raw = hints + "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", .then = Then::kClose});
  EXPECT_THAT(FailureOf(result).message, HasSubstr("headers exceed"));
  EXPECT_EQ(FailureOf(result).status, 0);
}

TEST_F(HttpLimitsTest, ABodyThatStallsIsGivenUp) {
  // curl looks back over six seconds; a high limit makes the first of them too slow.
  options_.low_speed_bytes_per_second = 1'000'000;
  options_.low_speed_time = std::chrono::seconds(1);
  HttpResult result =
      PostTo({.body = std::string(1000, 's'), .bytes_max = 500, .then = Then::kHold});
  EXPECT_EQ(FailureOf(result).delivery, Delivery::kUnknown);
  EXPECT_EQ(FailureOf(result).status, 200);
  EXPECT_THAT(FailureOf(result).message, HasSubstr("too slow"));
}

TEST_F(HttpLimitsTest, AServerThatAcceptsAndSaysNothingInTlsIsNotSent) {
  options_.connect_timeout = std::chrono::milliseconds(100);
  support::Listener silent;
  HttpResult result = Post("https://127.0.0.1:" + std::to_string(silent.port()) + "/");
  EXPECT_EQ(FailureOf(result).delivery, Delivery::kNotSent);
}

}  // namespace
}  // namespace tideover::net
