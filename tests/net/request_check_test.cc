#include "net/request_check.h"

#include <gtest/gtest.h>

namespace tideover::net {
namespace {

absl::StatusCode CodeOf(const std::string& url, bool allow_plain = true) {
  return CheckUrl(url, allow_plain).status().code();
}

TEST(CheckUrl, HttpsIsAllowedAnywhere) {
  auto url = CheckUrl("https://abc.appsync-api.eu-west-1.amazonaws.com/graphql", false);
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_FALSE(url->plain_http);
}

TEST(CheckUrl, PlainHttpIsForLoopbackAlone) {
  for (const char* url : {"http://127.0.0.1:8080/", "http://127.8.9.10/", "http://[::1]:1/",
                          "http://localhost:4000/graphql", "HTTP://LOCALHOST/", "http://127.1/"}) {
    EXPECT_EQ(CodeOf(url), absl::StatusCode::kOk) << url;
    EXPECT_EQ(CodeOf(url, false), absl::StatusCode::kPermissionDenied) << url;
  }
  for (const char* url :
       {"http://example.com/", "http://128.0.0.1/", "http://0.0.0.0/", "http://[::]/",
        "http://localhost.example.com/", "http://127.0.0.1.example.com/", "http://[::2]/",
        "http://example.com#@localhost/", "http://[fe80::1%25lo]/"}) {
    EXPECT_FALSE(CheckUrl(url, true).ok()) << url;
  }
}

TEST(CheckUrl, RefusesWhatIsNotMeant) {
  for (const char* url :
       {"", "example.com/graphql", "ftp://localhost/", "file:///etc/passwd", "https://me@host/",
        "https://me:pw@host/", "https://host:99999/", "https://ho st/", "https://host/\r\nX: y"}) {
    EXPECT_EQ(CodeOf(url), absl::StatusCode::kInvalidArgument) << url;
  }
  EXPECT_FALSE(CheckUrl(std::string("https://host\0.example/", 22), true).ok());
}

TEST(CheckUrl, SaysWhatARequestNames) {
  struct Row {
    const char* url;
    const char* authority;
    const char* target;
  };
  for (const Row& row :
       {Row{"https://host.example:443", "host.example", "/"},
        Row{"https://host.example:8443/a/b?c=d&e#f", "host.example:8443", "/a/b?c=d&e"},
        Row{"http://[::1]:80/", "[::1]", "/"},
        Row{"http://localhost:81/?q", "localhost:81", "/?q"}}) {
    auto url = CheckUrl(row.url, true);
    ASSERT_TRUE(url.ok()) << url.status();
    EXPECT_EQ(url->authority, row.authority);
    EXPECT_EQ(url->target, row.target);
  }
}

TEST(CheckWebSocketUrl, IsAsOfHttpUnderItsOwnSchemes) {
  auto url = CheckWebSocketUrl("WSS://host.example:443/realtime", false);
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_FALSE(url->plain_http);
  EXPECT_EQ(url->authority, "host.example");
  EXPECT_EQ(url->target, "/realtime");
  EXPECT_TRUE(CheckWebSocketUrl("ws://[::1]:1/", true)->plain_http);
  EXPECT_EQ(CheckWebSocketUrl("ws://[::1]:1/", false).status().code(),
            absl::StatusCode::kPermissionDenied);
  for (const char* bad : {"", "wss:/", "wss://", "https://localhost/", "wss://me@host/"}) {
    EXPECT_EQ(CheckWebSocketUrl(bad, true).status().code(), absl::StatusCode::kInvalidArgument)
        << bad;
  }
}

TEST(CheckHeaders, TakesOrdinaryOnes) {
  EXPECT_TRUE(
      CheckHeaders({{"Authorization", "Bearer x.y.z"}, {"x-api-key", ""}, {"a", "\xc3\xa4"}}).ok());
}

TEST(CheckHeaders, RefusesInjectionAndTheClientsOwn) {
  const HttpHeaders bad = {{"", "v"},
                           {"a b", "v"},
                           {"a:", "v"},
                           {"a\r\nb", "v"},
                           {"a", "v\r\nb: c"},
                           {"a", "v\n"},
                           {"a", "v\r"},
                           {"a", std::string("v\0w", 3)},
                           {"Content-Length", "3"},
                           {"transfer-encoding", "chunked"},
                           {"Proxy-Authorization", "Basic eA=="}};
  for (const auto& header : bad) {
    EXPECT_EQ(CheckHeaders({header}).code(), absl::StatusCode::kInvalidArgument)
        << header.first << "=" << header.second;
  }
}

TEST(IsLoopbackUrl, KnowsAUrlOfThisMachine) {
  for (const char* url : {"http://127.0.0.1:8080/graphql", "https://localhost/graphql",
                          "https://LOCALHOST", "http://[::1]:1/", "socks5h://127.3.2.1:1080"}) {
    EXPECT_TRUE(IsLoopbackUrl(url)) << url;
  }
  for (const char* url : {"https://example.com/localhost", "https://localhost.example.com",
                          "https://10.0.0.1", "https://127.0.0.1.example.com", "", "::"}) {
    EXPECT_FALSE(IsLoopbackUrl(url)) << url;
  }
}

}  // namespace
}  // namespace tideover::net
