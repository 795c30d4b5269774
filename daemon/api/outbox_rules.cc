#include "api/outbox_rules.h"

namespace tideover::api {
namespace {

using Verb = doors::OutboxRequest::Verb;
using log::PushState;
using log::SettledEntry;

constexpr Ruling kChange{Ruling::Fit::kChange};
constexpr Ruling kLeave{Ruling::Fit::kLeave};

constexpr Ruling Refuse(const char* why) { return {Ruling::Fit::kRefuse, why}; }

constexpr Ruling kInFlight = Refuse("is on its way: wait for its outcome");
constexpr Ruling kNeedsAnother = Refuse("needs one that was refused: retry or discard that one");
constexpr Ruling kNoConflict = Refuse("contradicts nothing: there is no conflict to resolve");

// Also beneath another hold.
bool IsHeldByOperator(const PushState& push) {
  return push.hold() == PushState::OPERATOR || push.operator_hold();
}

Ruling RuleRelease(const PushState& push, bool held) {
  if (IsHeldByOperator(push)) return kChange;
  return held ? Refuse("is held for another reason: see `tideover outbox show`") : kLeave;
}

}  // namespace

Ruling RulePending(Verb verb, const PushState& push, const v1::Mutation& state) {
  const bool in_flight = state.state() == v1::MUTATION_STATE_IN_FLIGHT;
  const bool held = state.state() == v1::MUTATION_STATE_HELD;
  switch (verb) {
    case Verb::kRetry:
      if (in_flight) return kInFlight;
      return push.hold() == PushState::DEPENDENCY ? kNeedsAnother : kChange;
    case Verb::kDiscard:
      return in_flight ? kInFlight : kChange;
    case Verb::kEdit:
      if (in_flight) return kInFlight;
      return state.kind() == v1::MUTATION_KIND_DELETE
                 ? Refuse("is a delete and writes nothing: discard it, and write anew")
                 : kChange;
    case Verb::kHold:
      return IsHeldByOperator(push) ? kLeave : kChange;
    case Verb::kRelease:
      return RuleRelease(push, held);
    default:
      return push.hold() == PushState::CONFLICT ? kChange : kNoConflict;
  }
}

Ruling RuleSettled(Verb verb, SettledEntry::Outcome outcome) {
  const bool dead = outcome == SettledEntry::REJECTED;
  constexpr Ruling kSettled = Refuse("has settled for good");
  switch (verb) {
    case Verb::kRetry:
    case Verb::kEdit:
      return dead ? kChange : kSettled;
    case Verb::kDiscard:
      if (outcome == SettledEntry::DISCARDED) return kLeave;
      return dead ? kChange : kSettled;
    case Verb::kHold:
      return dead ? Refuse("is a dead letter and stays until you retry or discard it") : kSettled;
    case Verb::kRelease:
      return kLeave;
    default:
      return kNoConflict;
  }
}

std::set<v1::MutationState> SelectableStates(Verb verb) {
  using enum v1::MutationState;
  switch (verb) {
    case Verb::kHold:
      return {MUTATION_STATE_QUEUED, MUTATION_STATE_PAUSED, MUTATION_STATE_IN_FLIGHT,
              MUTATION_STATE_HELD};
    case Verb::kRelease:
      return {MUTATION_STATE_HELD, MUTATION_STATE_IN_FLIGHT};
    default:
      return {MUTATION_STATE_QUEUED, MUTATION_STATE_PAUSED, MUTATION_STATE_HELD,
              MUTATION_STATE_DEAD_LETTERED};
  }
}

}  // namespace tideover::api
