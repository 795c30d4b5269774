#include "sync/verdict.h"

#include <utility>

#include "base/planted_bug.h"
#include "doors/bundle.h"

namespace tideover::sync {
namespace {

using log::PushState;

constexpr const char* kClassNames[] = {"confirmed", "rejected",     "conflict",
                                       "retry",     "unauthorized", "ambiguous"};

log::PushError ToLog(PushClass outcome, const PushError& error) {
  log::PushError out;
  out.set_outcome(kClassNames[static_cast<size_t>(outcome)]);
  out.set_message(error.message);
  out.set_http_status(error.http_status);
  out.set_error_type(error.error_type);
  return out;
}

Verdict Defer(uint64_t seq, log::PushError error, bool unanswered, PushState::Hold hold,
              Next next) {
  return {doors::Deferred{seq, std::move(error), unanswered, hold, /*alone=*/false}, next};
}

Verdict Drop(uint64_t seq, log::PushError error) {
  return {doors::Rejected{seq, std::move(error), {}}, Next::kDone};
}

Verdict SendAlone(uint64_t seq, log::PushError error) {
  return {doors::Deferred{seq, std::move(error), /*unanswered=*/false, PushState::NONE,
                          /*alone=*/true},
          Next::kAgain};
}

Verdict JudgeAmbiguous(uint64_t seq, const log::LogEntry& entry, const CollectionTuning& tuning,
                       log::PushError error) {
  if (PLANTED_BUG(kAmbiguousForgotten)) return {doors::Confirmed{seq, {}, {}, {}}, Next::kDone};
  if (PLANTED_BUG(kAmbiguousSentAgain)) return Defer(seq, error, true, {}, Next::kAgain);
  const bool creates = entry.mutation().kind() == log::Mutation::CREATE;
  // What a custom operation does twice, nobody here knows.
  const bool invokes = entry.mutation().kind() == log::Mutation::INVOKE;
  const bool known = PLANTED_BUG(kInvokeSentAgain) && invokes;
  const bool sums = doors::Adds(entry) && !PLANTED_BUG(kIncrementSentAgain);
  if (known || (!creates && !invokes && !sums)) {
    return Defer(seq, std::move(error), true, PushState::NONE, Next::kAgain);
  }
  switch (tuning.ambiguous) {
    case AmbiguousCreate::kVerify:
      // No list can tell whether a sum contains ours, or what an operation has done.
      if (!creates) return Defer(seq, std::move(error), true, PushState::AMBIGUOUS, Next::kHeld);
      return Defer(seq, std::move(error), true, PushState::VERIFY, Next::kHeld);
    case AmbiguousCreate::kHold:
      return Defer(seq, std::move(error), true, PushState::AMBIGUOUS, Next::kHeld);
    case AmbiguousCreate::kResend:
      break;
  }
  return Defer(seq, std::move(error), true, PushState::NONE, Next::kAgain);
}

Verdict JudgeRejected(uint64_t seq, const log::LogEntry& entry, log::PushError error,
                      PushResult result) {
  if (PLANTED_BUG(kRefusedSentAgain)) return Defer(seq, error, false, {}, Next::kAgain);
  const bool maybe_applied = entry.push().unanswered();
  if (maybe_applied && entry.mutation().kind() == log::Mutation::CREATE) {
    // The refusal may be of the repetition only ("exists already"): the next list tells.
    return Defer(seq, std::move(error), true, PushState::VERIFY, Next::kHeld);
  }
  // One of several is at fault: each for itself tells which.
  const bool shared = entry.push().bundle_last() > seq && !PLANTED_BUG(kBundleRefusedWhole);
  if (shared) return SendAlone(seq, std::move(error));
  if (maybe_applied) {
    error.set_message(error.message() +
                      " (an earlier attempt went unanswered and may have been applied)");
  }
  return {doors::Rejected{seq, std::move(error), std::move(result.document)}, Next::kDone};
}

}  // namespace

bool WaitsForList(const Verdict& verdict) {
  const auto* deferred = std::get_if<doors::Deferred>(&verdict.event);
  return deferred != nullptr && deferred->hold == PushState::VERIFY;
}

Verdict Judge(uint64_t seq, const log::LogEntry& entry, const CollectionTuning& tuning,
              PushResult result) {
  log::PushError error = ToLog(result.outcome, result.error);
  switch (result.outcome) {
    case PushClass::kConfirmed:
      return {doors::Confirmed{seq, std::move(result.document), std::move(result.server_id),
                               std::move(result.result_json)},
              Next::kDone};
    case PushClass::kRejected:
      return JudgeRejected(seq, entry, std::move(error), std::move(result));
    case PushClass::kConflict:
      return {doors::Conflicted{seq, std::move(error), std::move(result.document)}, Next::kDone};
    case PushClass::kRetry:
      if (PLANTED_BUG(kDroppedOn503) && error.http_status() == 503) return Drop(seq, error);
      return Defer(seq, std::move(error), false, PushState::NONE, Next::kAgain);
    case PushClass::kUnauthorized:
      if (PLANTED_BUG(kDroppedOn401)) return Drop(seq, error);
      return Defer(seq, std::move(error), false, PushState::NONE, Next::kSignIn);
    case PushClass::kAmbiguous:
      break;
  }
  return JudgeAmbiguous(seq, entry, tuning, std::move(error));
}

Verdict JudgeInterrupted(uint64_t seq, const log::LogEntry& entry, const CollectionTuning& tuning) {
  if (PLANTED_BUG(kInterruptedIsFresh)) return Defer(seq, {}, false, {}, Next::kAgain);
  PushError error;
  error.message = "the daemon stopped before the answer came";
  return JudgeAmbiguous(seq, entry, tuning, ToLog(PushClass::kAmbiguous, error));
}

}  // namespace tideover::sync
