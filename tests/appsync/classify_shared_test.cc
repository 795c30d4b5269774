// What is said of a request that several share: of one of them, of all, of nobody.
#include "appsync/classify_shared.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "appsync/schemas.h"
#include "base/random.h"

namespace tideover::appsync {
namespace {

using enum sync::PushClass;
using ::testing::Each;
using ::testing::ElementsAre;

class ClassifySharedTest : public ::testing::Test {
 protected:
  std::vector<Verdict> Of(int status, const std::string& body, size_t count = 3) {
    net::HttpResponse response;
    response.status = status;
    response.body = body;
    return ClassifyShared(Calls(count), response);
  }
  std::vector<Call> Calls(size_t count) const {
    return std::vector<Call>(count, Call{&operation_, json::Value::Object()});
  }
  static std::vector<sync::PushClass> Outcomes(const std::vector<Verdict>& verdicts) {
    std::vector<sync::PushClass> outcomes;
    for (const Verdict& verdict : verdicts) outcomes.push_back(verdict.outcome);
    return outcomes;
  }
  static std::vector<bool> Alone(const std::vector<Verdict>& verdicts) {
    std::vector<bool> alone;
    for (const Verdict& verdict : verdicts) alone.push_back(verdict.alone);
    return alone;
  }

  OperationBinding operation_ = [] {
    OperationBinding operation;
    operation.field = "put";
    return operation;
  }();
};

TEST_F(ClassifySharedTest, AnErrorConcernsTheFieldOfItsPath) {
  const auto verdicts = Of(200, R"({"data":{"m0":{"id":"1"},"m1":null,"m2":{"id":"3"}},"errors":[
      {"path":["m1"],"errorType":"Unauthorized","message":"no"}]})");
  EXPECT_THAT(Outcomes(verdicts), ElementsAre(kConfirmed, kRejected, kConfirmed));
  EXPECT_THAT(Alone(verdicts), Each(false));
  EXPECT_EQ(verdicts[1].error.message, "no");
  EXPECT_EQ(verdicts[2].data, ParsedJson(R"({"id":"3"})"));
}

TEST_F(ClassifySharedTest, AnAliasIsNotTakenForAnotherThatBeginsLikeIt) {
  std::string data;
  for (int i = 0; i < 12; ++i) {
    data += (i == 0 ? "\"m" : ",\"m") + std::to_string(i) + (i == 11 ? "\":null" : "\":{}");
  }
  const auto verdicts =
      Of(200, "{\"data\":{" + data + R"(},"errors":[{"path":["m11"],"errorType":"Unauthorized"}]})",
         12);
  EXPECT_EQ(verdicts[1].outcome, kConfirmed);
  EXPECT_EQ(verdicts[11].outcome, kRejected);
}

TEST_F(ClassifySharedTest, AConflictInOneIsOfThatOne) {
  const auto verdicts = Of(200, R"({"data":{"m0":{"id":"1"},"m1":null,"m2":{"id":"3"}},"errors":[
      {"path":["m1"],"errorType":"ConflictUnhandled","data":{"id":"2","_version":7}}]})");
  EXPECT_THAT(Outcomes(verdicts), ElementsAre(kConfirmed, kConflict, kConfirmed));
  EXPECT_EQ(verdicts[1].conflicting, ParsedJson(R"({"id":"2","_version":7})"));
}

TEST_F(ClassifySharedTest, WhatIsMissingWithoutAnErrorIsAmbiguous) {
  EXPECT_THAT(Outcomes(Of(200, R"({"data":{"m0":{"id":"1"},"m2":{"id":"3"}}})")),
              ElementsAre(kConfirmed, kAmbiguous, kConfirmed));
  EXPECT_THAT(Outcomes(Of(200, R"({"data":{"m0":{"id":"1"},"m1":null,"m2":{"id":"3"}}})")),
              ElementsAre(kConfirmed, kAmbiguous, kConfirmed));
  EXPECT_THAT(Outcomes(Of(200, R"({"data":{"put":{"id":"1"}}})")), Each(kAmbiguous));
}

// A top field that must not be null takes all the others with it, also those that were written.
TEST_F(ClassifySharedTest, NullDataHidesWhatWasWritten) {
  EXPECT_THAT(Outcomes(Of(200, R"({"data":null,"errors":[{"path":["m1"],"errorType":
                                   "DynamoDB:ConditionalCheckFailedException"}]})")),
              ElementsAre(kAmbiguous, kRejected, kAmbiguous));
  EXPECT_THAT(Outcomes(Of(200, R"({"data":null,"errors":[{"path":["m1","id"],"message":
                                   "Cannot return null"}]})")),
              Each(kAmbiguous));
  EXPECT_THAT(Outcomes(Of(200, R"({"data":null,"errors":[{"errorType":"ExecutionTimeout"}]})")),
              Each(kAmbiguous));
}

TEST_F(ClassifySharedTest, ARefusalOfTheWholeRefusesNobody) {
  const std::pair<int, const char*> refusals[] = {
      {400, R"({"errors":[{"errorType":"BadRequestException","message":"x"}]})"},
      {400, R"({"errors":[{"errorType":"MalformedHttpRequestException","message":"x"}]})"},
      {400, "<html>"},
      {403, "<html>"},
      {403, R"({"errors":[{"errorType":"WAFForbiddenException","message":"x"}]})"},
      {413, ""},
      {200, R"({"errorMessage":"Syntax Error"})"},
      {200, R"({"data":null,"errors":[{"message":"Validation error of type FieldUndefined"}]})"},
      {200, R"({"data":null,"errors":[{"message":"Variable 'm1_n' has an invalid value"}]})"},
      {200, R"({"errors":[{"errorType":"BadRequest","message":"x"}]})"},
      {200, R"({"data":{"m0":null,"m1":null,"m2":null},
               "errors":[{"errorType":"QueryDepthLimitReached"}]})"},
  };
  for (const auto& [status, body] : refusals) {
    const auto verdicts = Of(status, body);
    EXPECT_THAT(Outcomes(verdicts), Each(kRetry)) << status << body;
    EXPECT_THAT(Alone(verdicts), Each(true)) << status << body;
    EXPECT_FALSE(Of(status, body, 1)[0].alone) << "nobody shared it";
  }
}

TEST_F(ClassifySharedTest, ARefusalOfTheWholeIsNotBelievedWhereSomethingWasExecuted) {
  for (const char* type : {"BadRequestException", "UnauthorizedException", "ThrottlingException",
                           "ConflictUnhandled", "DeltaSyncWriteError"}) {
    const auto verdicts =
        Of(200, std::string(R"({"data":{"m0":{"id":"1"},"m1":null,"m2":null},"errors":[
                 {"errorType":")") +
                    type + "\",\"data\":{\"id\":\"9\"}}]}");
    EXPECT_THAT(Outcomes(verdicts), ElementsAre(kConfirmed, kAmbiguous, kAmbiguous)) << type;
    EXPECT_FALSE(verdicts[1].conflicting.has_value());
  }
  // Whose it is nobody said.
  EXPECT_THAT(Outcomes(Of(200, R"({"data":null,"errors":[{"errorType":"ConflictUnhandled"}]})")),
              Each(kAmbiguous));
}

TEST_F(ClassifySharedTest, WaitingIsForAllAndCredentialsToo) {
  for (const char* body : {"", R"({"errors":[{"errorType":"ThrottlingException"}]})"}) {
    const auto verdicts = Of(429, body);
    EXPECT_THAT(Outcomes(verdicts), Each(kRetry));
    EXPECT_THAT(Alone(verdicts), Each(false));
    for (const Verdict& verdict : verdicts) EXPECT_TRUE(verdict.throttled);
  }
  EXPECT_THAT(Outcomes(Of(401, "")), Each(kUnauthorized));
  EXPECT_THAT(Outcomes(Of(503, "")), Each(kRetry));
  EXPECT_THAT(Outcomes(Of(500, "")), Each(kAmbiguous));
  EXPECT_THAT(Outcomes(Of(404, "")), Each(kRetry));
}

TEST_F(ClassifySharedTest, OneThatIsThrottledSaysSo) {
  const auto verdicts = Of(200, R"({"data":{"m0":{},"m1":null,"m2":{}},"errors":[{"path":["m1"],
      "errorType":"DynamoDB:ProvisionedThroughputExceededException"}]})");
  EXPECT_THAT(Outcomes(verdicts), ElementsAre(kConfirmed, kRetry, kConfirmed));
  EXPECT_TRUE(verdicts[1].throttled);
  EXPECT_FALSE(verdicts[0].throttled);
}

TEST_F(ClassifySharedTest, TheTransportDecidesForAll) {
  const auto failed = [this](net::HttpFailure failure) {
    return ClassifyShared(Calls(2), failure);
  };
  const auto unsent = failed({.delivery = net::Delivery::kNotSent});
  EXPECT_THAT(Outcomes(unsent), Each(kRetry));
  EXPECT_THAT(Alone(unsent), Each(false));
  const auto silent = failed({.delivery = net::Delivery::kUnknown});
  EXPECT_THAT(Outcomes(silent), Each(kAmbiguous));
  EXPECT_THAT(Alone(silent), Each(false));
  const auto cut = failed({.delivery = net::Delivery::kUnknown, .status = 200});
  EXPECT_THAT(Outcomes(cut), Each(kAmbiguous));
  EXPECT_THAT(Alone(cut), Each(true));
}

TEST_F(ClassifySharedTest, AnAnswerWithTooManyErrorsSaysNothing) {
  std::string errors = R"({"errorType":"Unauthorized","path":["m0"]})";
  for (size_t i = 1; i < kAnswerErrorsMax; ++i) errors += R"(,{"path":["m9"]})";
  const std::string head = R"({"data":{"m0":null,"m1":{},"m2":{}},"errors":[)";
  EXPECT_EQ(Of(200, head + errors + "]}")[0].outcome, kRejected);
  EXPECT_THAT(Outcomes(Of(200, head + errors + ",{}]}")), Each(kAmbiguous));
}

// Whatever comes, each call gets a verdict, and nothing is confirmed that has no value.
TEST_F(ClassifySharedTest, BrokenAnswersConfirmNothing) {
  const std::string whole = R"({"data":{"m0":{"id":"1"},"m1":null,"m2":{"id":"3"}},"errors":[
      {"path":["m1",0,null,{"a":1}],"errorType":7,"message":["x"],"data":[]},null,"x",
      {"path":"m1","errorType":"ConflictUnhandled"},{"path":{}}]})";
  base::SeededRandom random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string body = whole;
    for (uint64_t changes = random.Below(4); changes > 0; --changes) {
      const size_t at = random.Below(body.size());
      if (random.Below(2) == 0) {
        body[at] = static_cast<char>(random.Below(256));
      } else {
        body.erase(at, random.Below(20));
      }
      if (body.empty()) body = "{";
    }
    const auto verdicts = Of(200, body);
    ASSERT_EQ(verdicts.size(), 3u);
    for (const Verdict& verdict : verdicts) {
      if (verdict.outcome == kConfirmed) {
        EXPECT_FALSE(verdict.data.is_null()) << body;
      }
    }
  }
}

}  // namespace
}  // namespace tideover::appsync
