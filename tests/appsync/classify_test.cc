// Answers as AppSync's simulator and the real service have been seen to give them, and what they
// must be taken for.
#include "appsync/classify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "appsync/error_table.h"
#include "appsync/schemas.h"

namespace tideover::appsync {
namespace {

using enum sync::PushClass;
using ::testing::HasSubstr;

OperationBinding Mutation(const std::string& field, std::vector<Condition> ok = {}) {
  OperationBinding operation;
  operation.field = field;
  operation.ok = std::move(ok);
  return operation;
}

OperationBinding WithStatusCode(const std::string& field) {
  return Mutation(field, {{"/statusCode", "200"}});
}

// The bodies below are broken into lines for people; JSON strings must not be.
std::string OneLine(const std::string& text) {
  std::string line;
  for (const char c : text) {
    if (c == '\n') {
      line += ' ';
    } else if (c != ' ' || line.empty() || line.back() != ' ') {
      line += c;
    }
  }
  return line;
}

net::HttpResult Answer(int status, const std::string& body,
                       const std::string& type = "application/json") {
  net::HttpResponse response;
  response.status = status;
  response.headers = {{"content-type", type}};
  response.body = OneLine(body);
  return response;
}

struct Case {
  const char* name;
  // Of the mutation, without and with the condition /statusCode = "200".
  sync::PushClass bare;
  sync::PushClass with_condition;
  const char* field;
  int status;
  const char* body;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

constexpr char kHtml[] = "<!DOCTYPE html><html><body>Sign in to the network</body></html>";

const Case kCases[] = {
    {"missing auth", kUnauthorized, kUnauthorized, "addTodo", 401,
     R"({"errors":[{"errorType":"UnauthorizedException","message":"Missing authorization"}]})"},
    {"unparsable token, told without 401", kUnauthorized, kUnauthorized, "addTodo", 400,
     R"({"errors":[{"errorType":"UnauthorizedException","message":"Unable to
      parse JWT token."}]})"},
    {"401 without AppSync's body", kUnauthorized, kUnauthorized, "addTodo", 401, kHtml},
    {"field refused", kRejected, kRejected, "onlyAdmins", 200,
     R"({"data":{"onlyAdmins":null},"errors":[{"message":"Not Authorized to access onlyAdmins on
      type Query","errorType":"Unauthorized","data":{},"errorInfo":{},"path":["onlyAdmins"]}]})"},
    {"syntax error, simulator", kRejected, kRejected, "addTodo", 200,
     R"({"errorMessage":"Syntax Error: Expected Name, found <EOF>."})"},
    {"validation error, simulator", kRejected, kRejected, "addTodo", 200,
     R"({"errors":[{"message":"Unknown argument \"bogus\"","locations":[]}],"data":null})"},
    {"validation error, real", kRejected, kRejected, "addTodo", 200,
     R"({"errors":[{"path":null,"locations":[],"message":"Validation error of type FieldUndefined:
      Field 'x' in type 'Query' is undefined @ 'x'"}],"data":null})"},
    {"variable of wrong type", kRejected, kRejected, "addTodo", 200,
     R"({"data":null,"errors":[{"message":"Variable \"$c\" must not be null."}]})"},
    {"malformed request", kRejected, kRejected, "addTodo", 400,
     R"({"errors":[{"errorType":"MalformedHttpRequestException","message":"Request body is
      empty."}]})"},
    {"400 of somebody on the way", kRetry, kRetry, "addTodo", 400, kHtml},
    {"created", kConfirmed, kConfirmed, "addTodo", 200,
     R"({"data":{"addTodo":{"statusCode":"200","todo":{"_id":"6b02","content":"milk"}}}})"},
    {"errors below a committed field", kConfirmed, kConfirmed, "updateTodo", 200,
     R"({"data":{"updateTodo":{"statusCode":"200","count":null,"todo":null}},"errors":[
      {"message":"String cannot represent value: { acknowledged: true }","locations":[],
       "path":["updateTodo","count"]},{"message":"Cannot return null for non-nullable field
       Todo._id.","path":["updateTodo","todo","_id"]}]})"},
    {"errors below a committed field, real", kConfirmed, kConfirmed, "updateTodo", 200,
     R"({"data":{"updateTodo":{"statusCode":"200","todo":null}},"errors":[{"path":["updateTodo",
      "todo","_id"],"locations":null,"message":"Cannot return
      null for non-nullable type: 'ID'"}]})"},
    {"deleted, count unreadable", kConfirmed, kConfirmed, "deleteTodo", 200,
     R"({"data":{"deleteTodo":{"statusCode":"200","count":null,"deletedId":"6b02"}},"errors":[
      {"message":"String cannot represent value","path":["deleteTodo","count"]}]})"},
    {"failure inside the data", kConfirmed, kRejected, "updateTodo", 200,
     R"({"data":{"updateTodo":{"statusCode":"400","count":null,"todo":null}}})"},
    {"status unreadable, with errors", kConfirmed, kAmbiguous, "boom", 200,
     R"({"data":{"boom":{"statusCode":null,"todo":null}},"errors":[{"message":"String cannot
      represent value: { a: 1 }","path":["boom","statusCode"]}]})"},
    {"status null without errors", kConfirmed, kAmbiguous, "boom", 200,
     R"({"data":{"boom":{"statusCode":null}}})"},
    {"lambda throws", kAmbiguous, kAmbiguous, "boom", 200,
     R"({"data":{"boom":null},"errors":[{"message":"kaboom from lambda","errorType":
      "Lambda:Unhandled","data":null,"errorInfo":null,"path":["boom"]}]})"},
    {"lambda timed out", kAmbiguous, kAmbiguous, "boom", 200,
     R"({"data":{"boom":null},"errors":[{"message":"Execution timed out.","errorType":
      "Lambda:ExecutionTimeoutException","path":["boom"]}]})"},
    {"request timed out", kAmbiguous, kAmbiguous, "boom", 200,
     R"({"data":null,"errors":[{"message":"Execution timed out.",
      "errorType":"ExecutionTimeout"}]})"},
    {"plain error of a lambda", kAmbiguous, kAmbiguous, "boom", 200,
     R"({"data":{"boom":null},"errors":[{"message":"x","errorType":"UnknownErrorType",
      "path":["boom"]}]})"},
    {"unknown type", kAmbiguous, kAmbiguous, "boom", 200,
     R"({"data":{"boom":null},"errors":[{"message":"x","errorType":"Weather","path":["boom"]}]})"},
    {"empty error", kAmbiguous, kAmbiguous, "unit17", 200,
     R"({"data":{"unit17":null},"errors":[{}]})"},
    {"null without a word", kAmbiguous, kAmbiguous, "boom", 200, R"({"data":{"boom":null}})"},
    {"field missing", kAmbiguous, kAmbiguous, "boom", 200, R"({"data":{}})"},
    {"null came up from below", kAmbiguous, kAmbiguous, "boom", 200,
     R"({"data":null,"errors":[{"message":"Cannot return null","path":["boom","id"]}]})"},
    {"conflict", kConflict, kConflict, "conflict", 200,
     R"({"data":{"conflict":null},"errors":[{"message":"Conflict resolver rejects mutation.",
      "errorType":"ConflictUnhandled","data":{"_id":"42","content":"server copy"},
      "path":["conflict"]}]})"},
    {"table is throttled", kRetry, kRetry, "throttle", 200,
     R"({"data":{"throttle":null},"errors":[{"message":"exceeded","errorType":
      "DynamoDB:ProvisionedThroughputExceededException","path":["throttle"]}]})"},
    {"lambda is throttled", kRetry, kRetry, "throttle", 200,
     R"({"data":{"throttle":null},"errors":[{"message":"Rate exceeded","errorType":
      "Lambda:TooManyRequestsException","path":["throttle"]}]})"},
    {"condition of the table failed", kRejected, kRejected, "put", 200,
     R"({"data":{"put":null},"errors":[{"message":"The conditional request failed","errorType":
      "DynamoDB:ConditionalCheckFailedException","path":["put"]}]})"},
    {"written, delta record lost", kConfirmed, kConfirmed, "put", 200,
     R"({"data":{"put":null},"errors":[{"message":"x","errorType":"DeltaSyncWriteError",
      "path":["put"]}]})"},
    {"errors as an object", kAmbiguous, kAmbiguous, "put", 200,
     R"({"data":{"put":null},"errors":{"message":"x","errorType":"InternalFailure"}})"},
    {"errors of another field", kConfirmed, kConfirmed, "put", 200,
     R"({"data":{"put":{"statusCode":"200"}},"errors":[{"message":"x","path":["putMore"]}]})"},
    {"the most cautious error counts", kAmbiguous, kAmbiguous, "put", 200,
     R"({"data":{"put":null},"errors":[{"errorType":"Unauthorized","path":["put"]},
      {"errorType":"Lambda:Unhandled","path":["put"]}]})"},
    {"HTML with 200", kAmbiguous, kAmbiguous, "addTodo", 200, kHtml},
    {"truncated JSON", kAmbiguous, kAmbiguous, "addTodo", 200, R"({"data":{"addTodo":{"sta)"},
    {"empty body", kAmbiguous, kAmbiguous, "addTodo", 200, ""},
    {"JSON, but no object", kAmbiguous, kAmbiguous, "addTodo", 200, "[]"},
    {"neither data nor errors", kAmbiguous, kAmbiguous, "addTodo", 200, "{}"},
    {"captive portal", kRetry, kRetry, "addTodo", 302, kHtml},
    {"firewall", kRejected, kRejected, "addTodo", 403, kHtml},
    {"wrong URL", kRetry, kRetry, "addTodo", 404, kHtml},
    {"method not allowed", kRetry, kRetry, "addTodo", 405, ""},
    {"timeout of somebody", kAmbiguous, kAmbiguous, "addTodo", 408, ""},
    {"too large", kRejected, kRejected, "addTodo", 413, ""},
    {"throttled", kRetry, kRetry, "addTodo", 429, ""},
    {"server error", kAmbiguous, kAmbiguous, "addTodo", 500, kHtml},
    {"bad gateway", kAmbiguous, kAmbiguous, "addTodo", 502, kHtml},
    {"no schema yet", kRetry, kRetry, "addTodo", 502,
     R"({"errors":[{"errorType":"GraphQLSchemaException","message":"No schema definition
      exists."}]})"},
    {"bad request", kRejected, kRejected, "addTodo", 400,
     R"({"errors":[{"errorType":"BadRequestException","message":"x"}]})"},
    {"400 that was throttling", kRetry, kRetry, "addTodo", 400,
     R"({"errors":[{"errorType":"ThrottlingException","message":"Rate exceeded"}]})"},
    {"firewall, told", kRejected, kRejected, "addTodo", 403,
     R"({"errors":[{"errorType":"WAFForbiddenException","message":"x"}]})"},
    {"limit exceeded", kRetry, kRetry, "addTodo", 429,
     R"({"errors":[{"errorType":"LimitExceededException","message":"Rate limit exceeded"}]})"},
    {"token, by its older name", kUnauthorized, kUnauthorized, "addTodo", 400,
     R"({"errors":[{"errorType":"com.amazonaws.deepdish.graphql.auth#UnauthorizedException"}]})"},
    {"template too large", kAmbiguous, kAmbiguous, "put", 200,
     R"({"data":{"put":null},"errors":[{"message":"Transformation too large","errorType":
      "MappingTemplate","path":["put"]}]})"},
    {"query too deep", kRejected, kRejected, "put", 200,
     R"({"data":null,"errors":[{"message":"x","errorType":"QueryDepthLimitReached"}]})"},
    {"too many resolvers", kAmbiguous, kAmbiguous, "put", 200,
     R"({"data":{"put":null},"errors":[{"errorType":"ResolverExecutionLimitReached",
      "path":["put"]}]})"},
    {"conflict by its other name", kConflict, kConflict, "put", 200,
     R"({"data":{"put":null},"errors":[{"errorType":"ConflictError","path":["put"]}]})"},
    {"too many conflicts", kRetry, kRetry, "put", 200,
     R"({"data":{"put":null},"errors":[{"errorType":"MaxConflicts","path":["put"]}]})"},
    {"metadata touched", kRejected, kRejected, "put", 200,
     R"({"data":{"put":null},"errors":[{"errorType":"BadRequest","path":["put"]}]})"},
    {"failure inside", kAmbiguous, kAmbiguous, "put", 200,
     R"({"data":{"put":null},"errors":[{"errorType":"InternalFailure","path":["put"]}]})"},
    {"not offered", kRejected, kRejected, "put", 200,
     R"({"data":{"put":null},"errors":[{"errorType":"UnsupportedOperation","path":["put"]}]})"},
    {"unavailable", kRetry, kRetry, "addTodo", 503, ""},
    {"gateway timeout", kAmbiguous, kAmbiguous, "addTodo", 504, ""},
    {"no content", kAmbiguous, kAmbiguous, "addTodo", 204, ""},
};

class ClassifyCase : public ::testing::TestWithParam<Case> {};

TEST_P(ClassifyCase, IsTakenForWhatItIs) {
  const Case& c = GetParam();
  const net::HttpResult answer = Answer(c.status, c.body);
  EXPECT_EQ(Classify(Mutation(c.field), answer).outcome, c.bare);
  EXPECT_EQ(Classify(WithStatusCode(c.field), answer).outcome, c.with_condition);
}

TEST_P(ClassifyCase, NeverLeavesAQueryHalfDone) {
  const Case& c = GetParam();
  OperationBinding query = WithStatusCode(c.field);
  query.kind = OperationKind::kQuery;
  query.items = "/todoList";
  const sync::PushClass outcome = Classify(query, Answer(c.status, c.body)).outcome;
  EXPECT_NE(outcome, kAmbiguous);
  EXPECT_NE(outcome, kConflict);
  if (c.with_condition == kAmbiguous) {
    EXPECT_EQ(outcome, kRetry);
  }
}

INSTANTIATE_TEST_SUITE_P(Captured, ClassifyCase, ::testing::ValuesIn(kCases));

TEST(Classify, TransportDecidesWithoutAnAnswer) {
  const auto failure = [](net::Delivery delivery) {
    return net::HttpResult(net::HttpFailure{.delivery = delivery, .message = "refused"});
  };
  EXPECT_EQ(Classify(Mutation("a"), failure(net::Delivery::kNotSent)).outcome, kRetry);
  const Verdict unknown = Classify(Mutation("a"), failure(net::Delivery::kUnknown));
  EXPECT_EQ(unknown.outcome, kAmbiguous);
  EXPECT_TRUE(sync::IsUnreachable(unknown.error));
  OperationBinding query = Mutation("a");
  query.kind = OperationKind::kQuery;
  EXPECT_EQ(Classify(query, failure(net::Delivery::kUnknown)).outcome, kRetry);
}

TEST(Classify, SaysWhichConditionFailed) {
  const Verdict verdict = Classify(WithStatusCode("addTodo"),
                                   Answer(200, R"({"data":{"addTodo":{"statusCode":"400"}}})"));
  EXPECT_EQ(verdict.error.message, "addTodo answered /statusCode = \"400\", expected \"200\"");
  EXPECT_EQ(verdict.error.http_status, 200u);
}

TEST(Classify, ComparesNumbersAndBooleansByTheirText) {
  const auto outcome = [](const char* body, Condition condition) {
    return Classify(Mutation("m", {std::move(condition)}), Answer(200, body)).outcome;
  };
  EXPECT_EQ(outcome(R"({"data":{"m":{"code":200}}})", {"/code", "200"}), kConfirmed);
  EXPECT_EQ(outcome(R"({"data":{"m":{"done":true}}})", {"/done", "true"}), kConfirmed);
  EXPECT_EQ(outcome(R"({"data":{"m":true}})", {"", "true"}), kConfirmed);
  EXPECT_EQ(outcome(R"({"data":{"m":false}})", {"", "true"}), kRejected);
}

TEST(Classify, KeepsTheServersDocumentOfAConflict) {
  const Verdict verdict =
      Classify(Mutation("conflict"),
               Answer(200, R"({"data":{"conflict":null},"errors":[{"errorType":"ConflictUnhandled",
                     "data":{"_id":"42"},"path":["conflict"]}]})"));
  ASSERT_TRUE(verdict.conflicting.has_value());
  EXPECT_EQ(*verdict.conflicting, ParsedJson(R"({"_id":"42"})"));
  EXPECT_EQ(verdict.error.error_type, "ConflictUnhandled");
}

TEST(Classify, TheBackendsOwnRefusalsAreConfigured) {
  OperationBinding operation = Mutation("put");
  operation.refusals = {"InvalidInput"};
  EXPECT_EQ(Classify(operation, Answer(200, R"({"data":{"put":null},"errors":[{"errorType":
                     "InvalidInput","message":"no","path":["put"]}]})"))
                .outcome,
            kRejected);
}

TEST(Classify, AListWithHolesIsNoList) {
  OperationBinding list = WithStatusCode("listTodo");
  list.kind = OperationKind::kQuery;
  list.items = "/todoList";
  const Verdict holes =
      Classify(list, Answer(200, R"({"data":{"listTodo":{"statusCode":"200","todoList":[null]}},
                     "errors":[{"message":"Cannot return null","path":["listTodo","todoList",0,
                     "_id"]}]})"));
  EXPECT_EQ(holes.outcome, kRetry);
  EXPECT_THAT(holes.error.message, HasSubstr("/listTodo/todoList/0/_id"));
  const Verdict beside =
      Classify(list, Answer(200, R"({"data":{"listTodo":{"statusCode":"200","todoList":[]}},
                     "errors":[{"message":"x","path":["listTodo","count"]}]})"));
  EXPECT_EQ(beside.outcome, kConfirmed);
}

TEST(Classify, CarriesRetryAfterAndCutsLongMessages) {
  net::HttpResponse response;
  response.status = 429;
  response.retry_after = std::chrono::seconds(7);
  response.body = R"({"errors":[{"message":")" + std::string(5000, 'x') + R"("}]})";
  const Verdict verdict = Classify(Mutation("a"), response);
  EXPECT_EQ(verdict.outcome, kRetry);
  EXPECT_EQ(verdict.retry_after, base::Millis(7000));
  EXPECT_LE(verdict.error.message.size(), kErrorMessageBytesMax + 3);
}

TEST(Classify, ATypeInTheHeaderCountsWhereTheBodyHasNone) {
  net::HttpResponse response;
  response.status = 400;
  response.headers = {{"x-amzn-errortype", "UnauthorizedException:http://internal/"}};
  EXPECT_EQ(Classify(Mutation("a"), response).outcome, kUnauthorized);
  response.headers[0].second = "ThrottlingException";
  EXPECT_EQ(Classify(Mutation("a"), response).outcome, kRetry);
  EXPECT_TRUE(Classify(Mutation("a"), response).throttled);
}

TEST(ErrorTable, TellsThrottlingFromOtherReasonsToWait) {
  EXPECT_TRUE(IsThrottling("DynamoDB:ProvisionedThroughputExceededException"));
  EXPECT_TRUE(IsThrottling("Lambda:TooManyRequestsException"));
  EXPECT_FALSE(IsThrottling("MaxConflicts"));
  EXPECT_FALSE(IsThrottling(""));
}

TEST(ErrorTable, KnowsNoStatusOutsideHttp) {
  EXPECT_EQ(ClassOfStatus(0, false), kAmbiguous);
  EXPECT_EQ(ClassOfStatus(999, true), kAmbiguous);
  EXPECT_EQ(ClassOfErrorType(""), std::nullopt);
}

}  // namespace
}  // namespace tideover::appsync
