#include "sync/verdict.h"

#include <gtest/gtest.h>

#include <variant>

namespace tideover::sync {
namespace {

using log::Mutation;
using log::PushState;

// What a verdict comes to, so that the table below can be read.
enum class End { kConfirmed, kRejected, kConflict, kAgain, kVerify, kHold, kSignIn };

End EndOf(const Verdict& verdict) {
  if (std::holds_alternative<doors::Confirmed>(verdict.event)) return End::kConfirmed;
  if (std::holds_alternative<doors::Rejected>(verdict.event)) return End::kRejected;
  if (std::holds_alternative<doors::Conflicted>(verdict.event)) return End::kConflict;
  const auto& deferred = std::get<doors::Deferred>(verdict.event);
  if (deferred.hold == PushState::VERIFY) return End::kVerify;
  if (deferred.hold == PushState::AMBIGUOUS) return End::kHold;
  return verdict.next == Next::kSignIn ? End::kSignIn : End::kAgain;
}

struct Row {
  PushClass answer;
  bool create;
  bool earlier_unanswered;
  AmbiguousCreate policy;
  End end;
};

constexpr auto kVerify = AmbiguousCreate::kVerify;
constexpr auto kResend = AmbiguousCreate::kResend;
constexpr auto kHold = AmbiguousCreate::kHold;

// The whole table: every class, creates and others, with and without an unanswered attempt before,
// under each policy.
constexpr Row kTable[] = {
    {PushClass::kConfirmed, true, false, kVerify, End::kConfirmed},
    {PushClass::kConfirmed, true, false, kResend, End::kConfirmed},
    {PushClass::kConfirmed, true, false, kHold, End::kConfirmed},
    {PushClass::kConfirmed, true, true, kVerify, End::kConfirmed},
    {PushClass::kConfirmed, true, true, kResend, End::kConfirmed},
    {PushClass::kConfirmed, true, true, kHold, End::kConfirmed},
    {PushClass::kConfirmed, false, false, kVerify, End::kConfirmed},
    {PushClass::kConfirmed, false, true, kVerify, End::kConfirmed},

    {PushClass::kRejected, true, false, kVerify, End::kRejected},
    {PushClass::kRejected, true, false, kResend, End::kRejected},
    {PushClass::kRejected, true, false, kHold, End::kRejected},
    {PushClass::kRejected, true, true, kVerify, End::kVerify},
    {PushClass::kRejected, true, true, kResend, End::kVerify},
    {PushClass::kRejected, true, true, kHold, End::kVerify},
    {PushClass::kRejected, false, false, kVerify, End::kRejected},
    {PushClass::kRejected, false, true, kVerify, End::kRejected},

    {PushClass::kConflict, true, false, kVerify, End::kConflict},
    {PushClass::kConflict, false, false, kVerify, End::kConflict},
    {PushClass::kConflict, false, true, kVerify, End::kConflict},

    {PushClass::kRetry, true, false, kVerify, End::kAgain},
    {PushClass::kRetry, true, false, kResend, End::kAgain},
    {PushClass::kRetry, true, false, kHold, End::kAgain},
    {PushClass::kRetry, false, false, kVerify, End::kAgain},
    {PushClass::kRetry, false, true, kHold, End::kAgain},

    {PushClass::kUnauthorized, true, false, kVerify, End::kSignIn},
    {PushClass::kUnauthorized, true, true, kHold, End::kSignIn},
    {PushClass::kUnauthorized, false, false, kVerify, End::kSignIn},
    {PushClass::kUnauthorized, false, true, kVerify, End::kSignIn},

    {PushClass::kAmbiguous, true, false, kVerify, End::kVerify},
    {PushClass::kAmbiguous, true, false, kResend, End::kAgain},
    {PushClass::kAmbiguous, true, false, kHold, End::kHold},
    {PushClass::kAmbiguous, true, true, kVerify, End::kVerify},
    {PushClass::kAmbiguous, true, true, kResend, End::kAgain},
    {PushClass::kAmbiguous, true, true, kHold, End::kHold},
    {PushClass::kAmbiguous, false, false, kVerify, End::kAgain},
    {PushClass::kAmbiguous, false, false, kResend, End::kAgain},
    {PushClass::kAmbiguous, false, false, kHold, End::kAgain},
    {PushClass::kAmbiguous, false, true, kHold, End::kAgain},
};

log::LogEntry Entry(Mutation::Kind kind, bool unanswered) {
  log::LogEntry entry;
  entry.mutable_mutation()->set_kind(kind);
  entry.mutable_push()->set_unanswered(unanswered);
  return entry;
}

Verdict JudgeRow(const Row& row, Mutation::Kind kind) {
  CollectionTuning tuning;
  tuning.ambiguous = row.policy;
  PushResult result;
  result.outcome = row.answer;
  return Judge(7, Entry(kind, row.earlier_unanswered), tuning, std::move(result));
}

TEST(Verdict, FollowsTheTable) {
  for (const Row& row : kTable) {
    const auto kinds = row.create
                           ? std::vector{Mutation::CREATE}
                           : std::vector{Mutation::UPDATE, Mutation::REPLACE, Mutation::DELETE};
    for (const Mutation::Kind kind : kinds) {
      SCOPED_TRACE(testing::Message() << "answer " << static_cast<int>(row.answer) << " kind "
                                      << kind << " unanswered " << row.earlier_unanswered
                                      << " policy " << static_cast<int>(row.policy));
      EXPECT_EQ(EndOf(JudgeRow(row, kind)), row.end);
    }
  }
}

TEST(Verdict, RemembersThatAnAttemptWentUnanswered) {
  for (const Row& row : kTable) {
    const Verdict verdict = JudgeRow(row, row.create ? Mutation::CREATE : Mutation::UPDATE);
    const auto* deferred = std::get_if<doors::Deferred>(&verdict.event);
    if (deferred == nullptr) continue;
    const bool unknown = row.answer == PushClass::kAmbiguous || EndOf(verdict) == End::kVerify;
    EXPECT_EQ(deferred->unanswered, unknown);
  }
}

TEST(Verdict, SaysInTheDeadLetterThatAnEarlierAttemptMayHaveBeenApplied) {
  const Verdict verdict =
      JudgeRow({PushClass::kRejected, false, true, kVerify, End::kRejected}, Mutation::UPDATE);
  EXPECT_NE(std::get<doors::Rejected>(verdict.event).error.message().find("may have been applied"),
            std::string::npos);
}

TEST(Verdict, ASumIsSentAgainOnlyWhereThatIsNoSecondSum) {
  log::LogEntry entry = Entry(Mutation::INCREMENT, false);
  CollectionTuning tuning;
  EXPECT_EQ(EndOf(JudgeInterrupted(7, entry, tuning)), End::kHold) << "no list can tell";
  tuning.ambiguous = kResend;
  EXPECT_EQ(EndOf(JudgeInterrupted(7, entry, tuning)), End::kAgain);
  tuning.ambiguous = kVerify;
  entry.mutable_push()->set_sent_json(R"({"n":6})");
  EXPECT_EQ(EndOf(JudgeInterrupted(7, entry, tuning)), End::kAgain) << "it left as a patch";
  EXPECT_EQ(EndOf(JudgeInterrupted(7, Entry(Mutation::ADD_TO_SET, false), tuning)), End::kAgain);
}

TEST(Verdict, CarriesTheServersDocumentOfAConflict) {
  PushResult result;
  result.outcome = PushClass::kConflict;
  result.document = json::Value::Object();
  const Verdict verdict = Judge(7, Entry(Mutation::UPDATE, false), {}, std::move(result));
  EXPECT_TRUE(std::get<doors::Conflicted>(verdict.event).document.has_value());
}

TEST(Verdict, AnInterruptedAttemptIsAnAmbiguousOne) {
  CollectionTuning tuning;
  EXPECT_EQ(EndOf(JudgeInterrupted(7, Entry(Mutation::CREATE, false), tuning)), End::kVerify);
  EXPECT_EQ(EndOf(JudgeInterrupted(7, Entry(Mutation::DELETE, false), tuning)), End::kAgain);
  tuning.ambiguous = kHold;
  EXPECT_EQ(EndOf(JudgeInterrupted(7, Entry(Mutation::CREATE, false), tuning)), End::kHold);
}

// Nobody knows what it would do twice.
TEST(Verdict, AnInvokeThatMayHaveArrivedIsHeld) {
  const log::LogEntry invoke = Entry(Mutation::INVOKE, false);
  PushResult result;
  result.outcome = PushClass::kAmbiguous;
  EXPECT_EQ(EndOf(Judge(7, invoke, {}, std::move(result))), End::kHold);
  EXPECT_EQ(EndOf(JudgeInterrupted(7, invoke, {})), End::kHold);
}

}  // namespace
}  // namespace tideover::sync
