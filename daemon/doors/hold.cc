#include "doors/hold.h"

#include <utility>

#include "base/status_macros.h"
#include "log/mutation_log.h"

namespace tideover::doors {

using log::LogEntry;
using log::Mutation;
using log::PushState;
using log::SettledEntry;

PushState::Hold HoldBeneath(const PushState& push) {
  return push.hold() == PushState::OPERATOR ? PushState::NONE : push.hold();
}

absl::Status WriteAndAnnounce(Turn* turn, uint64_t seq, const LogEntry& entry) {
  turn->notice.holds.push_back({seq, entry.mutation().collection(), entry.mutation().document_id(),
                                SettledEntry::OUTCOME_UNSPECIFIED, entry.push().hold()});
  return log::Rewrite(turn->txn, seq, entry);
}

void ChangeHold(LogEntry* entry, PushState::Hold hold) {
  PushState& push = *entry->mutable_push();
  const bool by_operator = push.operator_hold() || push.hold() == PushState::OPERATOR;
  if (hold == PushState::OPERATOR && HoldBeneath(push) != PushState::NONE) {
    push.set_operator_hold(true);
    return;
  }
  if (hold == PushState::NONE && by_operator) hold = PushState::OPERATOR;
  push.set_hold(hold);
  push.set_operator_hold(by_operator && hold != PushState::OPERATOR);
  if (hold == PushState::CONFLICT) return;
  entry->clear_conflicting_json();
  entry->clear_conflicting_version();
}

absl::Status SetHold(Turn* turn, uint64_t seq, LogEntry entry, PushState::Hold hold) {
  const PushState before = entry.push();
  ChangeHold(&entry, hold);
  const PushState& after = entry.push();
  if (before.hold() == after.hold() && before.operator_hold() == after.operator_hold()) {
    return absl::OkStatus();
  }
  return WriteAndAnnounce(turn, seq, entry);
}

absl::Status HandOnHold(Turn* turn, const Bundle& bundle, uint64_t seq) {
  if (bundle.seqs.size() < 2 || bundle.head() != seq) return absl::OkStatus();
  const PushState::Hold hold = HoldBeneath(bundle.entries.front().push());
  if (hold != PushState::AMBIGUOUS) return absl::OkStatus();
  ASSIGN_OR_RETURN(LogEntry next, log::MustFind(turn->reader(), bundle.seqs[1]));
  return SetHold(turn, bundle.seqs[1], std::move(next), hold);
}

absl::Status LetGo(Turn* turn, uint64_t seq, LogEntry entry) {
  entry.mutable_push()->set_hold(PushState::NONE);
  entry.mutable_push()->set_operator_hold(false);
  ChangeHold(&entry, PushState::NONE);
  return WriteAndAnnounce(turn, seq, entry);
}

}  // namespace tideover::doors
