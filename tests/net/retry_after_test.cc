#include "net/retry_after.h"

#include <gtest/gtest.h>

#include "net/http.h"

namespace tideover::net {
namespace {

using base::Millis;
using std::chrono::seconds;

// 2026-11-22T10:38:42.250Z.
constexpr base::WallTime kNow{1795343922250};

TEST(RetryAfter, ReadsSeconds) {
  EXPECT_EQ(ParseRetryAfter("0", kNow), Millis(0));
  EXPECT_EQ(ParseRetryAfter("120", kNow), seconds(120));
  EXPECT_EQ(ParseRetryAfter(" 5 ", kNow), seconds(5));
}

TEST(RetryAfter, ReadsTheThreeFormsOfADate) {
  Millis wait(17750);
  EXPECT_EQ(ParseRetryAfter("Sun, 22 Nov 2026 10:39:00 GMT", kNow), wait);
  EXPECT_EQ(ParseRetryAfter("Sunday, 22-Nov-26 10:39:00 GMT", kNow), wait);
  EXPECT_EQ(ParseRetryAfter("Sun Nov 22 10:39:00 2026", kNow), wait);
}

TEST(RetryAfter, ADateInThePastIsNow) {
  EXPECT_EQ(ParseRetryAfter("Sun, 22 Nov 2026 10:38:00 GMT", kNow), Millis(0));
  EXPECT_EQ(ParseRetryAfter("Thu, 01 Jan 1970 00:00:00 GMT", kNow), Millis(0));
}

TEST(RetryAfter, IsCutToItsLimit) {
  EXPECT_EQ(ParseRetryAfter("86401", kNow), kRetryAfterMax);
  EXPECT_EQ(ParseRetryAfter("99999999999999999999999999", kNow), kRetryAfterMax);
  EXPECT_LE(*ParseRetryAfter("Fri, 31 Dec 9999 23:59:59 GMT", kNow), kRetryAfterMax);
  EXPECT_GT(*ParseRetryAfter("Fri, 31 Dec 9999 23:59:59 GMT", kNow), kRetryAfterMax - seconds(2));
}

TEST(RetryAfter, AnythingElseIsNothing) {
  for (const char* value : {"", " ", "-1", "1.5", "5s", "soon", "Soon", "12:30", "0x10"}) {
    EXPECT_EQ(ParseRetryAfter(value, kNow), std::nullopt) << value;
  }
}

}  // namespace
}  // namespace tideover::net
