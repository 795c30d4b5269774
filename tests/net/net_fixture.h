// What the tests of the HTTP client share: a loop, a fixed wall clock, and a client made from
// options that each test may change before its first request.
#ifndef TIDEOVER_TESTS_NET_NET_FIXTURE_H_
#define TIDEOVER_TESTS_NET_NET_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "net/http_client.h"
#include "support/http_server.h"
#include "support/loop_runner.h"

namespace tideover::net {

// 2026-11-22T10:38:42Z, for ever.
class FixedClock final : public base::Clock {
 public:
  base::MonoTime Mono() const override { return {1000}; }
  base::WallTime Wall() const override { return {1795343922000}; }
};

class NetTest : public testing::Test {
 protected:
  using HttpServer = support::HttpServer;
  using Then = HttpServer::Then;

  NetTest() { options_.allow_plain_http_loopback = true; }

  HttpClient& client() {
    if (client_ == nullptr) client_ = std::make_unique<HttpClient>(loop_, clock_, options_);
    return *client_;
  }

  HttpResult Fetch(HttpRequest request) {
    std::optional<HttpResult> result;
    auto transfer =
        client().Start(std::move(request), [&](HttpResult r) { result = std::move(r); });
    EXPECT_FALSE(result.has_value()) << "called inside Start";
    EXPECT_TRUE(support::RunUntil(loop_, [&] { return result.has_value(); }));
    if (!result.has_value()) return HttpFailure{.message = "the test ran out of time"};
    return *std::move(result);
  }
  HttpResult Post(std::string url, std::string body = "{}") {
    return Fetch({.url = std::move(url),
                  .headers = {{"Content-Type", "application/json"}},
                  .body = std::move(body)});
  }
  // One POST to a server that answers so.
  HttpResult PostTo(HttpServer::Reply reply) {
    HttpServer server([reply](const HttpServer::Request&) { return reply; });
    return Post(server.Url("/graphql"));
  }

  loop::EventLoop loop_;
  FixedClock clock_;
  HttpOptions options_;
  std::unique_ptr<HttpClient> client_;
};

inline const HttpResponse& ResponseOf(const HttpResult& result) {
  static const HttpResponse kNone;
  if (const auto* failure = std::get_if<HttpFailure>(&result)) {
    ADD_FAILURE() << "a failure: " << failure->curl_code << " " << failure->message;
    return kNone;
  }
  return std::get<HttpResponse>(result);
}

inline const HttpFailure& FailureOf(const HttpResult& result) {
  static const HttpFailure kNone;
  if (const auto* response = std::get_if<HttpResponse>(&result)) {
    ADD_FAILURE() << "a response: " << response->status << " " << response->body.substr(0, 200);
    return kNone;
  }
  return std::get<HttpFailure>(result);
}

}  // namespace tideover::net

#endif  // TIDEOVER_TESTS_NET_NET_FIXTURE_H_
