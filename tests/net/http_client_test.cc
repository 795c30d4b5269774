#include "net/http_client.h"

#include <atomic>
#include <set>
#include <vector>

#include "net/net_fixture.h"

namespace tideover::net {
namespace {

using support::RunPending;
using support::RunUntil;
using testing::ElementsAre;
using testing::Pair;

class HttpClientTest : public NetTest {
 protected:
  // Answers with the request's own body.
  HttpServer echo_{
      [](const HttpServer::Request& request) { return HttpServer::Reply{.body = request.body}; }};
};

TEST_F(HttpClientTest, PostsABodyAndReturnsTheResponse) {
  HttpResult result = Fetch(
      {.url = echo_.Url("/graphql?x=1"),
       .headers = {{"Content-Type", "application/json"}, {"X-Api-Key", "da2-key"}, {"X-Empty", ""}},
       .body = R"({"query":"q"})"});
  const HttpResponse& response = ResponseOf(result);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"query":"q"})");
  EXPECT_EQ(response.retry_after, std::nullopt);
  ASSERT_NE(response.FindHeader("content-type"), nullptr);
  EXPECT_EQ(*response.FindHeader("content-type"), "application/json");

  auto requests = echo_.requests();
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_EQ(requests[0].target, "/graphql?x=1");
  EXPECT_EQ(requests[0].Header("content-type"), "application/json");
  EXPECT_EQ(requests[0].Header("x-api-key"), "da2-key");
  EXPECT_THAT(requests[0].headers, testing::Contains(Pair("x-empty", "")));
  EXPECT_THAT(requests[0].headers, testing::Not(testing::Contains(Pair("expect", testing::_))));
}

TEST_F(HttpClientTest, GetsWithoutABody) {
  EXPECT_EQ(ResponseOf(Fetch({.method = HttpMethod::kGet, .url = echo_.Url("/jwks")})).status, 200);
  auto requests = echo_.requests();
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].method, "GET");
  EXPECT_EQ(requests[0].Header("content-length"), "");
  EXPECT_EQ(requests[0].Header("content-type"), "");
}

TEST_F(HttpClientTest, SendsABodyOfSeveralMegabytesWhole) {
  std::string body(3'000'000, 'x');
  for (size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('a' + i / 1000 % 26);
  EXPECT_EQ(ResponseOf(Post(echo_.Url("/"), body)).body, body);
}

TEST_F(HttpClientTest, ReadsAChunkedBody) {
  HttpResult result = PostTo({.body = std::string(1000, 'c'), .chunked = true});
  EXPECT_EQ(ResponseOf(result).body, std::string(1000, 'c'));
}

TEST_F(HttpClientTest, EveryStatusIsAResponse) {
  for (int status : {201, 400, 401, 403, 404, 413, 500, 502, 503}) {
    HttpResult result = PostTo({.status = status, .body = "why"});
    EXPECT_EQ(ResponseOf(result).status, status);
    EXPECT_EQ(ResponseOf(result).body, "why");
  }
}

TEST_F(HttpClientTest, ReadsRetryAfterInBothForms) {
  HttpResult seconds = PostTo({.status = 429, .headers = {{"Retry-After", "7"}}});
  EXPECT_EQ(ResponseOf(seconds).status, 429);
  EXPECT_EQ(ResponseOf(seconds).retry_after, std::chrono::seconds(7));
  HttpResult date =
      PostTo({.status = 503, .headers = {{"Retry-After", "Sun, 22 Nov 2026 10:39:00 GMT"}}});
  EXPECT_EQ(ResponseOf(date).retry_after, std::chrono::seconds(18));
}

TEST_F(HttpClientTest, KeepsOnlyTheHeadersOfTheFinalResponse) {
  HttpResult result = PostTo({.raw = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                                     "HTTP/1.1 200 OK\r\nA: 1\r\nA:  2 \r\nContent-Length: 2\r\n"
                                     "\r\nok"});
  EXPECT_EQ(ResponseOf(result).status, 200);
  EXPECT_EQ(ResponseOf(result).body, "ok");
  EXPECT_THAT(ResponseOf(result).headers,
              ElementsAre(Pair("a", "1"), Pair("a", "2"), Pair("content-length", "2")));
}

TEST_F(HttpClientTest, DoesNotFollowARedirect) {
  HttpServer redirecting([this](const HttpServer::Request&) {
    return HttpServer::Reply{.status = 307, .headers = {{"location", echo_.Url("/stolen")}}};
  });
  EXPECT_EQ(ResponseOf(Post(redirecting.Url("/"))).status, 307);
  EXPECT_EQ(echo_.connections(), 0);
}

TEST_F(HttpClientTest, RunsManyRequestsAtOnceEachWithItsOwnAnswer) {
  options_.host_connections_max = 4;
  constexpr int kRequests = 200;
  std::vector<std::string> answers(kRequests);
  std::vector<std::unique_ptr<HttpTransfer>> transfers;
  int done = 0;
  for (int i = 0; i < kRequests; ++i) {
    transfers.push_back(client().Start(
        {.url = echo_.Url("/"), .body = "request " + std::to_string(i)}, [&, i](HttpResult result) {
          answers[i] = ResponseOf(result).body;
          ++done;
        }));
  }
  EXPECT_EQ(client().in_flight(), 200u);
  ASSERT_TRUE(RunUntil(loop_, [&] { return done == kRequests; }));
  for (int i = 0; i < kRequests; ++i) EXPECT_EQ(answers[i], "request " + std::to_string(i));
  EXPECT_EQ(client().in_flight(), 0u);
  EXPECT_LE(echo_.connections(), 4);
}

TEST_F(HttpClientTest, DoneMayStartTheNextRequestAndDestroyItsTransfer) {
  std::unique_ptr<HttpTransfer> transfer;
  std::vector<std::string> answers;
  auto start = [&](auto& self, int n) -> void {
    transfer = client().Start({.url = echo_.Url("/"), .body = std::to_string(n)},
                              [&, n](HttpResult result) {
                                answers.push_back(ResponseOf(result).body);
                                transfer.reset();
                                if (n < 3) self(self, n + 1);
                              });
  };
  start(start, 1);
  ASSERT_TRUE(RunUntil(loop_, [&] { return answers.size() == 3; }));
  EXPECT_THAT(answers, ElementsAre("1", "2", "3"));
  EXPECT_EQ(echo_.connections(), 1);
}

TEST_F(HttpClientTest, DestroyingTheTransferCancelsAndDestroysDone) {
  HttpServer silent([](const HttpServer::Request&) {
    return HttpServer::Reply{.bytes_max = 0, .then = Then::kHold};
  });
  auto token = std::make_shared<int>(0);
  auto transfer = client().Start({.url = silent.Url("/"), .body = "b"},
                                 [token](HttpResult) { FAIL() << "called after cancel"; });
  ASSERT_TRUE(RunUntil(loop_, [&] { return silent.requests().size() == 1; }));
  transfer.reset();
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_EQ(client().in_flight(), 0u);
  RunPending(loop_);
}

TEST_F(HttpClientTest, ACancelledRequestGivesItsConnectionToTheNext) {
  options_.http2 = false;
  options_.host_connections_max_http1 = 1;
  HttpServer server([](const HttpServer::Request& request) {
    if (request.target == "/ok") return HttpServer::Reply{.body = "ok"};
    return HttpServer::Reply{.bytes_max = 0, .then = Then::kHold};
  });
  auto first = client().Start({.url = server.Url("/hold"), .body = "b"}, [](HttpResult) {});
  ASSERT_TRUE(RunUntil(loop_, [&] { return server.requests().size() == 1; }));
  std::optional<HttpResult> result;
  auto second = client().Start({.url = server.Url("/ok"), .body = "b"},
                               [&](HttpResult r) { result = std::move(r); });
  RunPending(loop_);
  EXPECT_EQ(server.requests().size(), 1u);
  first.reset();
  ASSERT_TRUE(RunUntil(loop_, [&] { return result.has_value(); }));
  EXPECT_EQ(ResponseOf(*result).body, "ok");
}

TEST_F(HttpClientTest, CancelsAResultThatWaitsForItsTurn) {
  auto transfer = client().Start({.url = "https://user:pass@host/"},
                                 [](HttpResult) { FAIL() << "called after cancel"; });
  transfer.reset();
  RunPending(loop_);
}

TEST_F(HttpClientTest, ItsDestructorCancelsEverything) {
  auto token = std::make_shared<int>(0);
  HttpServer silent([](const HttpServer::Request&) {
    return HttpServer::Reply{.bytes_max = 0, .then = Then::kHold};
  });
  std::vector<std::unique_ptr<HttpTransfer>> transfers;
  for (int i = 0; i < 10; ++i) {
    transfers.push_back(client().Start({.url = silent.Url("/"), .body = "b"},
                                       [token](HttpResult) { FAIL() << "called"; }));
  }
  ASSERT_TRUE(RunUntil(loop_, [&] { return !silent.requests().empty(); }));
  client_.reset();
  EXPECT_EQ(token.use_count(), 1);
  RunPending(loop_);
  transfers.clear();
}

TEST_F(HttpClientTest, DoneMayDestroyTheClient) {
  bool called = false;
  auto other = client().Start({.url = echo_.Url("/"), .body = "never"},
                              [](HttpResult) { FAIL() << "called"; });
  auto transfer = client().Start({.url = "gopher://localhost/"}, [&](HttpResult) {
    client_.reset();
    called = true;
  });
  ASSERT_TRUE(RunUntil(loop_, [&] { return called; }));
  EXPECT_EQ(client_, nullptr);
}

TEST_F(HttpClientTest, ReusesAConnectionUntilConnectionsAreDropped) {
  Post(echo_.Url("/"));
  Post(echo_.Url("/"));
  EXPECT_EQ(echo_.connections(), 1);
  client().DropConnections(HttpClient::InFlight::kLetFinish);
  EXPECT_EQ(ResponseOf(Post(echo_.Url("/"))).status, 200);
  EXPECT_EQ(echo_.connections(), 2);
}

class DropConnectionsTest : public NetTest {
 protected:
  // Holds the request back until it is told to answer.
  HttpServer held_{[this](const HttpServer::Request&) {
    std::unique_lock lock(mutex_);
    answer_.wait(lock, [this] { return may_answer_; });
    return HttpServer::Reply{.body = "late"};
  }};
  void LetAnswer() {
    std::lock_guard lock(mutex_);
    may_answer_ = true;
    answer_.notify_all();
  }
  ~DropConnectionsTest() override { LetAnswer(); }
  void StartAndWaitForTheServer() {
    transfer_ = client().Start({.url = held_.Url("/"), .body = "b"},
                               [this](HttpResult r) { result_ = std::move(r); });
    ASSERT_TRUE(RunUntil(loop_, [&] { return held_.requests().size() == 1; }));
  }

  std::mutex mutex_;
  std::condition_variable answer_;
  bool may_answer_ = false;
  std::unique_ptr<HttpTransfer> transfer_;
  std::optional<HttpResult> result_;
};

TEST_F(DropConnectionsTest, LetsWhatIsUnderWayFinish) {
  StartAndWaitForTheServer();
  client().DropConnections(HttpClient::InFlight::kLetFinish);
  LetAnswer();
  ASSERT_TRUE(RunUntil(loop_, [&] { return result_.has_value(); }));
  EXPECT_EQ(ResponseOf(*result_).body, "late");
}

TEST_F(DropConnectionsTest, FailsWhatIsUnderWayByWhetherItWasSent) {
  StartAndWaitForTheServer();
  std::optional<HttpResult> unsent;
  auto transfer = client().Start({.url = held_.Url("/"), .body = "b"},
                                 [&](HttpResult r) { unsent = std::move(r); });
  client().DropConnections(HttpClient::InFlight::kFail);
  EXPECT_FALSE(result_.has_value()) << "called inside DropConnections";
  ASSERT_TRUE(RunUntil(loop_, [&] { return result_.has_value() && unsent.has_value(); }));
  EXPECT_EQ(FailureOf(*result_).delivery, Delivery::kUnknown);
  EXPECT_EQ(FailureOf(*unsent).delivery, Delivery::kNotSent);
}

}  // namespace
}  // namespace tideover::net
