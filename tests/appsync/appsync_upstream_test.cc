// The whole upstream against an HTTP server that answers as AppSync does.
#include "appsync/appsync_upstream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "appsync/api_key_auth.h"
#include "appsync/appsync_fixture.h"
#include "appsync/counted_auth.h"
#include "appsync/schemas.h"

namespace tideover::appsync {
namespace {

using sync::Mutation;
using sync::PushClass;
using ::testing::HasSubstr;
using Reply = support::HttpServer::Reply;

constexpr uint32_t kTodos = 7;

class UpstreamTest : public AppsyncTest {
 protected:
  // Set before the first request.
  std::function<Reply(const HttpServer::Request&)> answer_;
  HttpServer server_{[this](const HttpServer::Request& request) { return answer_(request); }};
  CountedAuth auth_{loop_};

  std::unique_ptr<AppSyncUpstream> upstream_ = Make(auth_, {TodoBinding()});

  std::unique_ptr<AppSyncUpstream> Make(AuthProvider& auth, std::vector<CollectionBinding> bound) {
    std::map<std::string, uint32_t, std::less<>> numbers;
    for (const CollectionBinding& binding : bound) numbers[binding.name] = kTodos;
    Endpoint endpoint{server_.Url("/graphql"), std::chrono::seconds(10)};
    return std::make_unique<AppSyncUpstream>(loop_, *http_, auth, endpoint,
                                             Bindings{std::move(bound), {}}, numbers);
  }

  static sync::PushRequest Create(const std::string& content, uint32_t collection = kTodos) {
    sync::PushRequest request;
    request.mutation.set_collection(collection);
    request.mutation.set_kind(Mutation::CREATE);
    request.mutation.set_document_id("local-1");
    request.change = json::Value::Object();
    request.change.Set("content", json::Value::String(content));
    return request;
  }

  std::vector<sync::PushResult> PushAll(std::vector<sync::PushRequest> requests) {
    return Await<std::vector<sync::PushResult>>([&](sync::Upstream::PushDone done) {
      upstream_->Push(std::move(requests), std::move(done));
    });
  }
  sync::PushResult Push(const sync::PushRequest& request) { return PushAll({request}).front(); }
  sync::ListResult List(const std::string& collection) {
    return Await<sync::ListResult>([&](absl::AnyInvocable<void(sync::ListResult)> done) {
      upstream_->List({collection}, std::move(done));
    });
  }
};

TEST_F(UpstreamTest, SendsAMutationAndReadsItsAnswer) {
  answer_ = [](const HttpServer::Request&) {
    return Reply{.body = R"({"data":{"addTodo":{"statusCode":"200",
                             "todo":{"_id":"6b02","content":"milk"}}}})"};
  };
  const sync::PushResult result = Push(Create("milk"));
  EXPECT_EQ(result.outcome, PushClass::kConfirmed);
  EXPECT_EQ(result.server_id, "6b02");
  ASSERT_EQ(server_.requests().size(), 1u);
  const HttpServer::Request request = server_.requests()[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.Header("authorization"), "token-1");
  EXPECT_EQ(request.Header("content-type"), "application/json; charset=UTF-8");
  const json::Value body = ParsedJson(request.body);
  EXPECT_EQ(*body.Find("variables"), ParsedJson(R"({"content":"milk"})"));
  EXPECT_EQ(body.Find("query")->text(),
            "mutation addTodo($content: String!) { addTodo(content: $content) { statusCode todo { "
            "_id content } } }");
}

TEST_F(UpstreamTest, AnApiKeyGoesIntoItsOwnHeader) {
  answer_ = [](const HttpServer::Request&) {
    return Reply{.body = R"({"data":{"listTodo":{"statusCode":"200","todoList":[]}}})"};
  };
  ApiKeyAuth key(loop_, Secret("da2-fake"));
  upstream_ = Make(key, {TodoBinding()});
  EXPECT_EQ(List("todos").outcome, PushClass::kConfirmed);
  EXPECT_EQ(server_.requests()[0].Header("x-api-key"), "da2-fake");
  EXPECT_EQ(server_.requests()[0].Header("authorization"), "");
}

TEST_F(UpstreamTest, TenRefusedAtOnceRenewOnceAndSucceed) {
  answer_ = [](const HttpServer::Request& request) {
    if (request.Header("authorization") == "token-1") {
      return Reply{.status = 401, .body = R"({"errors":[{"errorType":"UnauthorizedException",
                               "message":"Token has expired."}]})"};
    }
    return Reply{.body = R"({"data":{"addTodo":{"statusCode":"200","todo":{"_id":"1"}}}})"};
  };
  std::vector<PushClass> outcomes;
  for (int i = 0; i < 10; ++i) {
    upstream_->Push({Create("milk")}, [&](const std::vector<sync::PushResult>& results) {
      outcomes.push_back(results.at(0).outcome);
    });
  }
  ASSERT_TRUE(support::RunUntil(loop_, [&] { return outcomes.size() == 10; }));
  EXPECT_THAT(outcomes, ::testing::Each(PushClass::kConfirmed));
  EXPECT_EQ(auth_.renewals, 1);
  EXPECT_EQ(server_.requests().size(), 20u);
}

TEST_F(UpstreamTest, RefusedEvenAfterARenewalIsUnauthorized) {
  answer_ = [](const HttpServer::Request&) {
    return Reply{.status = 401,
                 .body = R"({"errors":[{"errorType":"UnauthorizedException","message":"no"}]})"};
  };
  const sync::PushResult result = Push(Create("milk"));
  EXPECT_EQ(result.outcome, PushClass::kUnauthorized);
  EXPECT_EQ(result.error.http_status, 401u);
  EXPECT_EQ(result.error.message, "no");
  EXPECT_EQ(auth_.renewals, 1);
  EXPECT_EQ(server_.requests().size(), 2u);
}

TEST_F(UpstreamTest, ARenewalThatCannotBeMadeNowIsARetry) {
  answer_ = [](const HttpServer::Request&) { return Reply{.status = 401, .body = "{}"}; };
  auth_.renewal = absl::UnavailableError("the user pool cannot be reached");
  EXPECT_EQ(Push(Create("milk")).outcome, PushClass::kRetry);
  auth_.renewal = absl::UnauthenticatedError("the session of ann has ended: sign in again");
  const sync::PushResult ended = Push(Create("milk"));
  EXPECT_EQ(ended.outcome, PushClass::kUnauthorized);
  EXPECT_THAT(ended.error.message, HasSubstr("sign in again"));
}

TEST_F(UpstreamTest, ALostAnswerIsAmbiguousForAMutationAndARetryForAList) {
  answer_ = [](const HttpServer::Request&) {
    return Reply{.bytes_max = 0, .then = HttpServer::Then::kClose};
  };
  EXPECT_EQ(Push(Create("milk")).outcome, PushClass::kAmbiguous);
  EXPECT_EQ(server_.requests().size(), 1u) << "never sent twice behind the engine's back";
  EXPECT_EQ(List("todos").outcome, PushClass::kRetry);
}

TEST_F(UpstreamTest, ABackendThatIsGoneIsUnreachable) {
  {
    HttpServer gone([](const HttpServer::Request&) { return Reply{}; });
    std::map<std::string, uint32_t, std::less<>> numbers = {{"todos", kTodos}};
    upstream_ = std::make_unique<AppSyncUpstream>(
        loop_, *http_, auth_, Endpoint{gone.Url("/graphql"), std::chrono::seconds(10)},
        Bindings{{TodoBinding()}, {}}, numbers);
  }
  const sync::PushResult result = Push(Create("milk"));
  EXPECT_EQ(result.outcome, PushClass::kRetry);
  EXPECT_TRUE(sync::IsUnreachable(result.error));
}

TEST_F(UpstreamTest, ThrottlingTellsHowLongToWait) {
  answer_ = [](const HttpServer::Request&) {
    return Reply{.status = 429, .headers = {{"retry-after", "7"}}, .body = ""};
  };
  const sync::PushResult result = Push(Create("milk"));
  EXPECT_EQ(result.outcome, PushClass::kRetry);
  EXPECT_EQ(result.retry_after, base::Millis(7000));
  EXPECT_TRUE(result.throttled);
}

TEST_F(UpstreamTest, WhatCanNeverBeSentIsRejectedWithoutARequest) {
  answer_ = [](const HttpServer::Request&) { return Reply{}; };
  sync::PushRequest nothing = Create("milk");
  nothing.change = json::Value::Object();
  const sync::PushResult result = Push(std::move(nothing));
  EXPECT_EQ(result.outcome, PushClass::kRejected);
  EXPECT_THAT(result.error.message, HasSubstr("addTodo demands \"content\""));
  EXPECT_EQ(Push(Create("milk", 99)).outcome, PushClass::kRejected) << "unknown collection";
  EXPECT_EQ(List("nowhere").outcome, PushClass::kRejected);
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(UpstreamTest, SeveralShareARequestAndHaveTheirOwnOutcomes) {
  answer_ = [](const HttpServer::Request&) {
    return Reply{.body = R"({"data":{
        "m0":{"statusCode":"200","todo":{"_id":"1","content":"a"}},
        "m1":{"statusCode":"400","todo":null},"m2":null,
        "m3":{"statusCode":"200","todo":{"_id":"4","content":"d"}}},
        "errors":[{"path":["m2"],"errorType":"Lambda:Unhandled","message":"boom"}]})"};
  };
  std::vector<sync::PushRequest> requests;
  for (const char* content : {"a", "b", "c", "d"}) requests.push_back(Create(content));
  requests.insert(requests.begin() + 1, Create("nowhere", 99));
  ASSERT_EQ(upstream_->FitTogether(requests), requests.size());
  const std::vector<sync::PushResult> results = PushAll(requests);
  ASSERT_EQ(results.size(), 5u);
  EXPECT_EQ(results[0].server_id, "1");
  EXPECT_EQ(results[1].outcome, PushClass::kRejected) << "it could not be sent at all";
  EXPECT_EQ(results[2].outcome, PushClass::kRejected);
  EXPECT_EQ(results[3].outcome, PushClass::kAmbiguous);
  EXPECT_EQ(results[4].server_id, "4");
  ASSERT_EQ(server_.requests().size(), 1u);
  const json::Value body = ParsedJson(server_.requests()[0].body);
  EXPECT_EQ(*body.Find("variables"),
            ParsedJson(R"({"m0_content":"a","m1_content":"b","m2_content":"c","m3_content":"d"})"));
}

TEST_F(UpstreamTest, ALostAnswerIsAmbiguousForAllThatSharedTheRequest) {
  answer_ = [](const HttpServer::Request&) {
    return Reply{.bytes_max = 0, .then = HttpServer::Then::kClose};
  };
  for (const sync::PushResult& result : PushAll({Create("a"), Create("b")})) {
    EXPECT_EQ(result.outcome, PushClass::kAmbiguous);
    EXPECT_FALSE(result.alone);
  }
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(UpstreamTest, AnAnswerThatIsTooLongForAllIsAskedForAlone) {
  answer_ = [](const HttpServer::Request&) {
    return Reply{.raw =
                     "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                     "content-length: 999999999\r\n\r\n{\"data\":",
                 .then = HttpServer::Then::kClose};
  };
  for (const sync::PushResult& result : PushAll({Create("a"), Create("b")})) {
    EXPECT_EQ(result.outcome, PushClass::kAmbiguous);
    EXPECT_TRUE(result.alone);
  }
}

TEST_F(UpstreamTest, RefusedCredentialsOfASharedRequestAreRenewedOnce) {
  answer_ = [](const HttpServer::Request& request) {
    if (request.Header("authorization") == "token-1") return Reply{.status = 401, .body = "{}"};
    return Reply{.body = R"({"data":{"m0":{"statusCode":"200","todo":{"_id":"1"}},
                                     "m1":{"statusCode":"200","todo":{"_id":"2"}}}})"};
  };
  for (const sync::PushResult& result : PushAll({Create("a"), Create("b")})) {
    EXPECT_EQ(result.outcome, PushClass::kConfirmed);
  }
  EXPECT_EQ(auth_.renewals, 1);
  EXPECT_EQ(server_.requests().size(), 2u);
}

TEST_F(UpstreamTest, AListIsFollowedToItsLastPage) {
  answer_ = [](const HttpServer::Request& request) {
    const json::Value body = ParsedJson(request.body);
    const json::Value* token = json::Resolve(body, "/variables/nextToken");
    if (token == nullptr) {
      return Reply{.body = R"({"data":{"listProjects":{"items":[{"id":"a"}],"nextToken":"2"}}})"};
    }
    if (token->text() == "2") {
      return Reply{.body = R"({"data":{"listProjects":{"items":[],"nextToken":"3"}}})"};
    }
    return Reply{.body = R"({"data":{"listProjects":{"items":[{"id":"b"}],"nextToken":null}}})"};
  };
  upstream_ = Make(auth_, {ProjectBinding()});
  const sync::ListResult result = List("Project");
  ASSERT_EQ(result.outcome, PushClass::kConfirmed) << result.error.message;
  ASSERT_EQ(result.documents.size(), 2u);
  EXPECT_EQ(result.documents[1], ParsedJson(R"({"id":"b"})"));
  EXPECT_EQ(server_.requests().size(), 3u);
}

TEST_F(UpstreamTest, APageThatFailsFailsTheList) {
  answer_ = [](const HttpServer::Request& request) {
    const json::Value body = ParsedJson(request.body);
    if (json::Resolve(body, "/variables/nextToken") == nullptr) {
      return Reply{.body = R"({"data":{"listProjects":{"items":[{"id":"a"}],"nextToken":"2"}}})"};
    }
    return Reply{.status = 503, .body = ""};
  };
  upstream_ = Make(auth_, {ProjectBinding()});
  const sync::ListResult result = List("Project");
  EXPECT_EQ(result.outcome, PushClass::kRetry);
  EXPECT_TRUE(result.documents.empty());
}

TEST_F(UpstreamTest, DestructionDropsWhatIsUnanswered) {
  answer_ = [](const HttpServer::Request&) {
    return Reply{.bytes_max = 0, .then = HttpServer::Then::kHold};
  };
  bool answered = false;
  const auto done = [&](const std::vector<sync::PushResult>&) { answered = true; };
  upstream_->Push({Create("milk")}, done);
  upstream_->Push({Create("milk", 99)}, done);
  upstream_->List({"todos"}, [&](const sync::ListResult&) { answered = true; });
  upstream_.reset();
  support::RunPending(loop_);
  EXPECT_FALSE(answered);
}

TEST_F(UpstreamTest, ResetLeavesRequestsUnderWay) {
  answer_ = [](const HttpServer::Request&) {
    return Reply{.body = R"({"data":{"listTodo":{"statusCode":"200","todoList":[]}}})"};
  };
  std::optional<PushClass> outcome;
  upstream_->List({"todos"}, [&](const sync::ListResult& result) { outcome = result.outcome; });
  upstream_->Reset();
  ASSERT_TRUE(support::RunUntil(loop_, [&] { return outcome.has_value(); }));
  EXPECT_EQ(outcome, PushClass::kConfirmed);
}

}  // namespace
}  // namespace tideover::appsync
