// What the tests over HTTP share: a loop, a clock that is set by hand, an HTTP client, tokens.
#ifndef TIDEOVER_TESTS_APPSYNC_APPSYNC_FIXTURE_H_
#define TIDEOVER_TESTS_APPSYNC_APPSYNC_FIXTURE_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <optional>
#include <string>

#include "appsync/auth.h"
#include "appsync/base64url.h"
#include "base/clock.h"
#include "net/http_client.h"
#include "support/http_server.h"
#include "support/loop_runner.h"

namespace tideover::appsync {

class SetClock final : public base::Clock {
 public:
  base::MonoTime Mono() const override { return {wall.ms}; }
  base::WallTime Wall() const override { return wall; }

  // 2026-11-22T10:38:42Z at first.
  base::WallTime wall{1795343922000};
};

// An access token of that user, which lives so many seconds; `mark` tells tokens apart.
inline std::string Jwt(const std::string& sub, int life = 3600, const std::string& mark = "") {
  return EncodeBase64Url(R"({"alg":"RS256"})") + "." +
         EncodeBase64Url(R"({"sub":")" + sub + R"(","username":")" + sub +
                         R"(","iat":1795000000,"exp":)" + std::to_string(1795000000 + life) +
                         R"(,"email":")" + sub + R"(@example.com","jti":")" + mark + "\"}") +
         ".c2ln";
}

class AppsyncTest : public ::testing::Test {
 protected:
  using HttpServer = support::HttpServer;

  AppsyncTest() {
    options_.allow_plain_http_loopback = true;
    std::string pattern = ::testing::TempDir() + "/appsync-XXXXXX";
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    http_.emplace(loop_, clock_, options_);
  }
  ~AppsyncTest() override { std::filesystem::remove_all(directory_); }

  // Starts what answers through the callback and waits for the answer.
  template <typename T, typename Start>
  T Await(Start start) {
    std::optional<T> result;
    start([&result](T value) { result.emplace(std::move(value)); });
    EXPECT_FALSE(result.has_value()) << "answered before the call returned";
    EXPECT_TRUE(support::RunUntil(loop_, [&] { return result.has_value(); }));
    return *std::move(result);
  }

  absl::StatusOr<AuthHeader> Token(AuthProvider& auth) {
    return Await<absl::StatusOr<AuthHeader>>(
        [&](AuthProvider::Done done) { auth.Token(std::move(done)); });
  }
  absl::StatusOr<AuthHeader> Refresh(AuthProvider& auth, uint64_t generation) {
    return Await<absl::StatusOr<AuthHeader>>(
        [&](AuthProvider::Done done) { auth.Refresh(generation, std::move(done)); });
  }

  std::string directory_;
  loop::EventLoop loop_;
  SetClock clock_;
  net::HttpOptions options_;
  std::optional<net::HttpClient> http_;
};

}  // namespace tideover::appsync

#endif  // TIDEOVER_TESTS_APPSYNC_APPSYNC_FIXTURE_H_
