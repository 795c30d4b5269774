#include "sync/backoff.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tideover::sync {
namespace {

using base::Millis;

Millis Longest(uint32_t failures, Millis base, Millis cap) {
  base::SeededRandom random(7);
  Millis longest(0);
  for (int i = 0; i < 2000; ++i)
    longest = std::max(longest, FullJitter(base, cap, failures, random));
  return longest;
}

TEST(Backoff, DoublesItsCeilingWithEachFailure) {
  EXPECT_LE(Longest(1, Millis(500), Millis(60'000)), Millis(500));
  EXPECT_GT(Longest(1, Millis(500), Millis(60'000)), Millis(450));
  EXPECT_LE(Longest(4, Millis(500), Millis(60'000)), Millis(4000));
  EXPECT_GT(Longest(4, Millis(500), Millis(60'000)), Millis(3600));
}

TEST(Backoff, NeverWaitsLongerThanItsCap) {
  EXPECT_LE(Longest(30, Millis(500), Millis(60'000)), Millis(60'000));
  EXPECT_LE(Longest(UINT32_MAX, Millis(500), Millis(60'000)), Millis(60'000));
  EXPECT_GT(Longest(UINT32_MAX, Millis(500), Millis(60'000)), Millis(54'000));
}

TEST(Backoff, SpreadsOverTheWholeRange) {
  base::SeededRandom random(7);
  int low = 0;
  for (int i = 0; i < 1000; ++i) {
    if (FullJitter(Millis(1000), Millis(60'000), 1, random) < Millis(500)) ++low;
  }
  EXPECT_GT(low, 400);
  EXPECT_LT(low, 600);
}

TEST(Backoff, WaitsNotAtAllWithoutABase) {
  base::SeededRandom random(7);
  EXPECT_EQ(FullJitter(Millis(0), Millis(0), 3, random), Millis(0));
}

}  // namespace
}  // namespace tideover::sync
