#include "cli/words.h"

#include <gtest/gtest.h>

namespace tideover::cli {
namespace {

using std::chrono::seconds;

TEST(Words, SayDurationsAtTheScaleOfPeople) {
  EXPECT_EQ(DurationWords(seconds(-5)), "0 s");
  EXPECT_EQ(DurationWords(seconds(59)), "59 s");
  EXPECT_EQ(DurationWords(seconds(60)), "1 min");
  EXPECT_EQ(DurationWords(seconds(3 * 3600 + 5 * 60)), "3 h 5 min");
  EXPECT_EQ(DurationWords(seconds(4 * 86400 + 2 * 3600)), "4 d 2 h");
}

TEST(Words, SayAgesFromBothSidesOfNow) {
  google::protobuf::Timestamp time;
  time.set_seconds(1000);
  EXPECT_EQ(AgeWords(false, time, Instant(seconds(1000))), "never");
  EXPECT_EQ(AgeWords(true, time, Instant(seconds(1120))), "2 min ago");
  EXPECT_EQ(AgeWords(true, time, Instant(seconds(997))), "in 3 s");
}

TEST(Words, SayTimesInUtcAndSurviveImpossibleOnes) {
  google::protobuf::Timestamp time;
  time.set_seconds(1767323045);
  EXPECT_EQ(TimeWords(time), "2026-01-02T03:04:05Z");
  time.set_seconds(INT64_MAX);
  EXPECT_EQ(TimeWords(time), "out of range");
}

TEST(Words, SayBytesInBinaryUnits) {
  EXPECT_EQ(BytesWords(1023), "1023 B");
  EXPECT_EQ(BytesWords(1536), "1.5 KiB");
  EXPECT_EQ(BytesWords(64ull << 30), "64.0 GiB");
}

TEST(Words, SayWhyAMutationIsHeld) {
  EXPECT_EQ(StateCell(v1::MUTATION_STATE_HELD, v1::HOLD_REASON_AUTH, {}).text, "held (auth)");
  EXPECT_EQ(StateCell(v1::MUTATION_STATE_IN_FLIGHT, {}, {}).text, "in flight");
  EXPECT_EQ(StateCell(v1::MUTATION_STATE_DEAD_LETTERED, {}, v1::OUTCOME_REJECTED).text,
            "dead-lettered");
  EXPECT_EQ(StateCell(v1::MUTATION_STATE_SETTLED, {}, v1::OUTCOME_CONFIRMED).text,
            "settled (confirmed)");
}

TEST(Words, ReadEveryStateInEverySpelling) {
  EXPECT_EQ(ParseState("dead-lettered"), v1::MUTATION_STATE_DEAD_LETTERED);
  EXPECT_EQ(ParseState("IN_FLIGHT"), v1::MUTATION_STATE_IN_FLIGHT);
  EXPECT_EQ(ParseState("in flight"), v1::MUTATION_STATE_IN_FLIGHT);
  EXPECT_EQ(ParseState("unspecified"), std::nullopt);
  EXPECT_EQ(ParseState("lost"), std::nullopt);
}

TEST(Words, ReadPolicies) {
  EXPECT_EQ(ParsePolicy(""), v1::READ_POLICY_UNSPECIFIED);
  EXPECT_EQ(ParsePolicy("network_first"), v1::READ_POLICY_NETWORK_FIRST);
  EXPECT_EQ(ParsePolicy("never"), std::nullopt);
}

TEST(Words, CountOnlyWhatIsThere) {
  v1::OutboxCounts counts;
  EXPECT_EQ(CountsWords(counts), "empty");
  counts.set_queued(12);
  counts.set_dead_lettered(1);
  EXPECT_EQ(CountsWords(counts), "12 queued, 1 dead-lettered");
}

}  // namespace
}  // namespace tideover::cli
