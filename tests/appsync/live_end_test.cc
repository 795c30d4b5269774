#include "appsync/live_end.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "appsync/classify.h"

namespace tideover::appsync {
namespace {

using sync::PushClass;

net::WebSocketEnded Ended(int http_status, int close_code, std::string message = "") {
  return {http_status, close_code, std::move(message), std::nullopt};
}

struct EndCase {
  const char* type;
  int code;
  PushClass outcome;
};

TEST(LiveEnd, IsClassifiedByTheTableOfErrors) {
  const EndCase cases[] = {
      {"UnauthorizedException", 401, PushClass::kUnauthorized},
      {"com.amazonaws.deepdish.graphql.auth#UnauthorizedException", 400, PushClass::kUnauthorized},
      {"NeverSeen", 401, PushClass::kUnauthorized},
      {"Unauthorized", 0, PushClass::kRejected},
      {"ValidationError", 0, PushClass::kRejected},
      {"BadRequestException", 400, PushClass::kRejected},
      {"UnsupportedOperation", 400, PushClass::kRejected},
      {"MaxSubscriptionsReachedError", 0, PushClass::kRejected},
      {"MaxSubscriptionsReachedException", 0, PushClass::kRejected},
      {"NeverSeen", 400, PushClass::kRejected},
      {"", 0, PushClass::kRejected},  // The schema's refusal has a message only.
      {"LimitExceededError", 0, PushClass::kRetry},
      {"ThrottlingException", 429, PushClass::kRetry},
      {"Lambda:Unhandled", 0, PushClass::kRetry},
      {"ConflictUnhandled", 0, PushClass::kRetry},
      {"NeverSeen", 500, PushClass::kRetry},
      {"NeverSeen", 0, PushClass::kRetry},
  };
  for (const EndCase& one : cases) {
    GraphqlError error;
    error.type = one.type;
    error.message = "m";
    error.code = one.code;
    const sync::LiveEnded end = EndOf(std::vector<GraphqlError>{error});
    EXPECT_EQ(end.outcome, one.outcome) << one.type << " " << one.code;
    EXPECT_EQ(end.error.message, "m");
    EXPECT_FALSE(sync::IsUnreachable(end.error)) << one.type;
  }
}

TEST(LiveEnd, OfSeveralErrorsTheOneCountsThatMayPass) {
  std::vector<GraphqlError> errors(2);
  errors[0].type = "ValidationError";
  errors[1].type = "LimitExceededError";
  EXPECT_EQ(EndOf(errors).outcome, PushClass::kRetry);
  EXPECT_EQ(EndOf(errors).error.message, "LimitExceededError") << "better than nothing";
  errors[0].type = "UnauthorizedException";
  EXPECT_EQ(EndOf(errors).outcome, PushClass::kUnauthorized);
}

TEST(LiveEnd, ARefusedUpgradeIsReadAsAnyAnswer) {
  const auto end = [](int status) { return EndOf(Ended(status, 0, "refused")); };
  EXPECT_EQ(end(401).outcome, PushClass::kUnauthorized);
  EXPECT_EQ(end(403).outcome, PushClass::kRejected);
  for (const int status : {302, 400, 404, 429, 500, 503}) {
    EXPECT_EQ(end(status).outcome, PushClass::kRetry) << status;
    EXPECT_EQ(end(status).error.http_status, static_cast<uint32_t>(status));
  }
  net::WebSocketEnded later = Ended(429, 0);
  later.retry_after = base::Millis(7);
  EXPECT_EQ(EndOf(later).retry_after, base::Millis(7));
}

TEST(LiveEnd, OnlyALostConnectionIsASignOfANetworkThatIsDown) {
  EXPECT_TRUE(sync::IsUnreachable(EndOf(Ended(0, 0)).error));
  EXPECT_TRUE(sync::IsUnreachable(EndOf(Ended(0, 1006)).error));
  EXPECT_FALSE(sync::IsUnreachable(EndOf(Ended(0, 1001)).error));
}

TEST(LiveEnd, LongMessagesAreCut) {
  std::vector<GraphqlError> errors(1);
  errors[0].message = std::string(kErrorMessageBytesMax + 1, 'x');
  EXPECT_LT(EndOf(errors).error.message.size(), kErrorMessageBytesMax + 8);
  EXPECT_LT(EndOf(Ended(0, 0, errors[0].message)).error.message.size(), kErrorMessageBytesMax + 8);
}

}  // namespace
}  // namespace tideover::appsync
