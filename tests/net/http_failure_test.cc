// Which failures are certain not to have reached the server, and which are not.
#include <mutex>

#include "net/net_fixture.h"

namespace tideover::net {
namespace {

using testing::HasSubstr;
using testing::Not;

class HttpFailureTest : public NetTest {};

TEST_F(HttpFailureTest, ARefusedConnectionIsNotSent) {
  std::string url = "http://127.0.0.1:" + std::to_string(support::UnusedPort()) + "/secret?token=x";
  HttpResult result = Post(url);
  const HttpFailure& failure = FailureOf(result);
  EXPECT_EQ(failure.delivery, Delivery::kNotSent);
  EXPECT_EQ(failure.status, 0);
  EXPECT_THAT(failure.message, HasSubstr("127.0.0.1"));
  EXPECT_THAT(failure.message, Not(HasSubstr("secret")));
  EXPECT_THAT(failure.message, Not(HasSubstr("token")));
}

TEST_F(HttpFailureTest, ANameWithoutAnAddressIsNotSent) {
  EXPECT_EQ(FailureOf(Post("https://nowhere.invalid/")).delivery, Delivery::kNotSent);
}

TEST_F(HttpFailureTest, AResetBeforeAnyResponseIsUnknown) {
  for (Then then : {Then::kClose, Then::kReset}) {
    HttpResult result = PostTo({.bytes_max = 0, .then = then});
    EXPECT_EQ(FailureOf(result).delivery, Delivery::kUnknown);
    EXPECT_EQ(FailureOf(result).status, 0);
  }
}

TEST_F(HttpFailureTest, ATruncatedBodyIsUnknownWithItsStatus) {
  // Either head is shorter than 100 bytes.
  HttpServer::Reply whole{.body = std::string(100, 'b')};
  for (bool chunked : {false, true}) {
    for (Then then : {Then::kClose, Then::kReset}) {
      HttpServer::Reply cut = whole;
      cut.chunked = chunked;
      cut.bytes_max = 120;
      cut.then = then;
      HttpResult result = PostTo(cut);
      EXPECT_EQ(FailureOf(result).delivery, Delivery::kUnknown);
      // A reset may overtake what was sent before it.
      if (then == Then::kClose) {
        EXPECT_EQ(FailureOf(result).status, 200);
      }
    }
  }
}

TEST_F(HttpFailureTest, ACutAtAnyByteOfTheReplyIsUnknown) {
  std::string reply = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody";
  for (size_t sent = 0; sent < reply.size(); ++sent) {
    HttpResult result = PostTo({.raw = reply, .bytes_max = sent, .then = Then::kClose});
    EXPECT_EQ(FailureOf(result).delivery, Delivery::kUnknown) << "after byte " << sent;
  }
  EXPECT_EQ(ResponseOf(PostTo({.raw = reply, .then = Then::kClose})).body, "body");
}

TEST_F(HttpFailureTest, WhatIsNotHttpIsUnknown) {
  for (const char* garbage : {"\x16\x03\x01 nothing like it\r\n\r\n", "<html>portal</html>"}) {
    HttpResult result = PostTo({.raw = garbage, .then = Then::kClose});
    EXPECT_EQ(FailureOf(result).delivery, Delivery::kUnknown);
  }
}

TEST_F(HttpFailureTest, ATimeoutAfterSendingIsUnknown) {
  HttpServer silent([](const HttpServer::Request&) {
    return HttpServer::Reply{.bytes_max = 0, .then = Then::kHold};
  });
  HttpResult result =
      Fetch({.url = silent.Url("/"), .body = "b", .timeout = std::chrono::milliseconds(100)});
  EXPECT_EQ(FailureOf(result).delivery, Delivery::kUnknown);
  EXPECT_THAT(FailureOf(result).message, HasSubstr("timed out"));
  EXPECT_EQ(silent.requests().size(), 1u);
}

TEST_F(HttpFailureTest, ATimeoutWhileWaitingForAConnectionIsNotSent) {
  options_.http2 = false;
  options_.host_connections_max_http1 = 1;
  HttpServer silent([](const HttpServer::Request&) {
    return HttpServer::Reply{.bytes_max = 0, .then = Then::kHold};
  });
  auto first = client().Start({.url = silent.Url("/first"), .body = "b"}, [](HttpResult) {});
  ASSERT_TRUE(support::RunUntil(loop_, [&] { return silent.requests().size() == 1; }));
  HttpResult result =
      Fetch({.url = silent.Url("/second"), .body = "b", .timeout = std::chrono::milliseconds(50)});
  EXPECT_EQ(FailureOf(result).delivery, Delivery::kNotSent);
  EXPECT_THAT(FailureOf(result).message, HasSubstr("timed out"));
  EXPECT_EQ(silent.requests().size(), 1u);
}

// The first request of a connection is answered; on the second the server closes in silence.
class DeadConnectionTest : public NetTest {
 protected:
  HttpServer server_{[this](const HttpServer::Request& request) {
    std::lock_guard lock(mutex_);
    if (request.connection == 0 && ++on_first_ == 2) {
      return HttpServer::Reply{.bytes_max = 0, .then = Then::kClose};
    }
    return HttpServer::Reply{.body = "ok"};
  }};
  std::mutex mutex_;
  int on_first_ = 0;
};

TEST_F(DeadConnectionTest, APostIsNotSilentlySentTwice) {
  EXPECT_EQ(ResponseOf(Post(server_.Url("/"))).status, 200);
  HttpResult result = Post(server_.Url("/"), "once");
  EXPECT_EQ(FailureOf(result).delivery, Delivery::kUnknown);
  EXPECT_THAT(FailureOf(result).message, HasSubstr("not sent a second time"));
  int copies = 0;
  for (const auto& request : server_.requests()) copies += request.body == "once";
  EXPECT_EQ(copies, 1);
}

TEST_F(DeadConnectionTest, ARepeatableRequestIsSentAgain) {
  EXPECT_EQ(ResponseOf(Post(server_.Url("/"))).status, 200);
  HttpResult result = Fetch({.url = server_.Url("/"), .body = "query", .repeatable = true});
  EXPECT_EQ(ResponseOf(result).body, "ok");
  auto requests = server_.requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[2].body, "query");
  EXPECT_EQ(requests[2].connection, 1);
}

TEST_F(HttpFailureTest, AProxyThatRefusesIsNotSent) {
  HttpServer proxy([](const HttpServer::Request&) {
    return HttpServer::Reply{.status = 407, .headers = {{"proxy-authenticate", "Basic"}}};
  });
  options_.proxy = proxy.Url("");
  options_.proxy_credentials = "user:hunter2";
  HttpResult result = Post("https://backend.invalid/graphql", "body that must stay");
  EXPECT_EQ(FailureOf(result).delivery, Delivery::kNotSent);
  EXPECT_THAT(FailureOf(result).message, HasSubstr("407"));
  EXPECT_THAT(FailureOf(result).message, Not(HasSubstr("hunter2")));
  auto requests = proxy.requests();
  ASSERT_FALSE(requests.empty());
  for (const auto& request : requests) {
    EXPECT_EQ(request.method, "CONNECT");
    EXPECT_EQ(request.target, "backend.invalid:443");
    EXPECT_EQ(request.Header("proxy-authorization"), "Basic dXNlcjpodW50ZXIy");
    EXPECT_EQ(request.body, "");
  }
}

TEST_F(HttpFailureTest, BadRequestsAreNotSent) {
  HttpServer server([](const HttpServer::Request&) { return HttpServer::Reply{}; });
  HttpResult injected =
      Fetch({.url = server.Url("/"), .headers = {{"X-A", "1\r\nX-B: 2"}}, .body = "b"});
  EXPECT_EQ(FailureOf(injected).delivery, Delivery::kNotSent);
  EXPECT_THAT(FailureOf(injected).message, HasSubstr("X-A"));
  EXPECT_EQ(FailureOf(Post("http://192.0.2.1/")).delivery, Delivery::kNotSent);
  EXPECT_EQ(FailureOf(Post("https://me:secret@127.0.0.1/")).delivery, Delivery::kNotSent);
  EXPECT_EQ(FailureOf(Post("")).delivery, Delivery::kNotSent);
  HttpResult get_with_body =
      Fetch({.method = HttpMethod::kGet, .url = server.Url("/"), .body = "b"});
  EXPECT_EQ(FailureOf(get_with_body).delivery, Delivery::kNotSent);
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(HttpFailureTest, PlainHttpIsRefusedUnlessAllowed) {
  HttpServer server([](const HttpServer::Request&) { return HttpServer::Reply{}; });
  options_.allow_plain_http_loopback = false;
  EXPECT_EQ(FailureOf(Post(server.Url("/"))).delivery, Delivery::kNotSent);
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(HttpFailureTest, TheEnvironmentNamesNoProxy) {
  HttpServer server([](const HttpServer::Request&) { return HttpServer::Reply{}; });
  std::string nowhere = "http://127.0.0.1:" + std::to_string(support::UnusedPort());
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy"}) {
    setenv(name, nowhere.c_str(), 1);
  }
  EXPECT_EQ(ResponseOf(Post(server.Url("/"))).status, 200);
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy"}) unsetenv(name);
}

}  // namespace
}  // namespace tideover::net
