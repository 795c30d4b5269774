#include "doors/merge_door.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/planted_bug.h"
#include "base/status_macros.h"
#include "cache/checkpoint.h"
#include "doors/bundle.h"
#include "doors/conflict.h"
#include "doors/dependency.h"
#include "doors/incoming.h"
#include "doors/invoke.h"
#include "doors/list_merge.h"
#include "doors/refold.h"
#include "doors/told_merge.h"
#include "log/lanes.h"
#include "log/settled.h"
#include "view/commute.h"
#include "view/fold.h"

namespace tideover::doors {
namespace {

using log::LogEntry;
using log::Mutation;
using log::PushState;
using log::SettledEntry;

absl::Status Refold(Turn* turn, const Mutation& mutation) {
  ASSIGN_OR_RETURN(cache::Document document,
                   Load(*turn, mutation.collection(), mutation.document_id()));
  return RefoldAndStore(turn, mutation.collection(), mutation.document_id(), std::move(document),
                        /*keep_tombstone=*/true);
}

absl::Status Mark(Turn* turn, LogEntry* entry, uint64_t last) {
  PushState& push = *entry->mutable_push();
  if (push.first_sent_wall_ms() == 0) {
    push.set_first_sent_wall_ms(turn->now.ms);
    ASSIGN_OR_RETURN(const auto checkpoint,
                     cache::ReadCheckpoint(turn->reader(), entry->mutation().collection()));
    push.set_first_sent_generation(checkpoint.generation());
  }
  // A mark that is still open is an attempt whose outcome a crash swallowed.
  if (PLANTED_BUG(kSentMarkSkipped)) return absl::OkStatus();
  push.set_unanswered(push.unanswered() || push.open_attempt());
  push.set_open_attempt(true);
  push.set_last_sent_wall_ms(turn->now.ms);
  push.set_attempts(push.attempts() + 1);
  push.set_bundle_last(last);
  return absl::OkStatus();
}

// What may have arrived stays as it left.
bool MayFold(const LogEntry& entry) {
  return view::Commutes(entry.mutation().kind()) && !entry.push().unanswered();
}

// One of them commutes, and the backend has no operation that carries it.
absl::StatusOr<bool> NeedPatches(const CollectionRules& rules, std::span<const LogEntry> entries) {
  for (const LogEntry& entry : entries) {
    if (!MayFold(entry)) continue;
    ASSIGN_OR_RETURN(const auto change, ParseStored(entry.mutation().json()));
    if (!IsSentAsSuch(rules, entry.mutation().kind(), *change)) return true;
  }
  return false;
}

// Makes patches of what commutes, where the backend offers no such operation, each on what the ones
// before it leave of the newest base; of all of them, for they leave as one write. Written down
// with the sent mark, because a repetition must not add a second time what may have arrived: it
// says the same patch again, which is without effect then. (Where it is not, since others wrote
// between the two, a backend with versions answers with a conflict; one without cannot tell a sum
// from any other write.)
absl::Status MakeAbsolute(Turn* turn, std::span<LogEntry> entries) {
  const Mutation& first = entries.front().mutation();
  const CollectionRules& rules = RulesOf(*turn, first.collection());
  ASSIGN_OR_RETURN(const bool needed, NeedPatches(rules, entries));
  if (!needed) return absl::OkStatus();
  ASSIGN_OR_RETURN(const cache::Document document,
                   Load(*turn, first.collection(), first.document_id()));
  ASSIGN_OR_RETURN(auto state, ParseStored(document.base));
  for (LogEntry& entry : entries) {
    if (MayFold(entry)) {
      entry.mutable_push()->clear_sent_json();
      ASSIGN_OR_RETURN(const view::Write write, view::WriteOf(entry));
      const json::Value patch =
          view::PatchFor(write.kind, write.change, state.value_or(json::Value::Object()));
      entry.mutable_push()->set_sent_json(json::Write(patch));
    }
    ASSIGN_OR_RETURN(const view::Write write, view::WriteOf(entry));
    state = view::Apply(std::move(state), write.kind, write.change, rules.id_field,
                        first.document_id());
  }
  return absl::OkStatus();
}

// A person may have held it, or some of its bundle, since it was put together: that stays.
// A person may have held it, or put a reference into it, since it was decided to send it.
bool MayLeave(const LogEntry& entry) {
  return entry.push().hold() == PushState::NONE && entry.mutation().references_size() == 0;
}

absl::Status MergeSent(Turn* turn, const Sent& event) {
  ASSIGN_OR_RETURN(auto head, log::Find(turn->reader(), event.seq));
  if (!head.has_value() || !MayLeave(*head)) return absl::OkStatus();
  std::vector<uint64_t> seqs = {event.seq};
  std::vector<LogEntry> entries;
  const Mutation mutation = head->mutation();
  entries.push_back(*std::move(head));
  Pending pending;
  if (event.last > event.seq && mutation.kind() != Mutation::INVOKE) {
    ASSIGN_OR_RETURN(pending,
                     ReadPending(turn->reader(), mutation.collection(), mutation.document_id()));
  }
  for (size_t i = 0; i < pending.seqs.size(); ++i) {
    if (pending.seqs[i] <= event.seq) continue;
    const LogEntry& entry = pending.entries[i];
    const bool invoke = entry.mutation().kind() == Mutation::INVOKE;
    if (pending.seqs[i] > event.last || invoke || !MayLeave(entry)) break;
    seqs.push_back(pending.seqs[i]);
    entries.push_back(std::move(pending.entries[i]));
  }
  const uint64_t last = seqs.size() > 1 ? seqs.back() : 0;
  for (LogEntry& entry : entries) RETURN_IF_ERROR(Mark(turn, &entry, last));
  RETURN_IF_ERROR(MakeAbsolute(turn, entries));
  bool absolute = false;
  for (size_t i = 0; i < seqs.size(); ++i) {
    absolute = absolute || !entries[i].push().sent_json().empty();
    RETURN_IF_ERROR(log::Rewrite(turn->txn, seqs[i], entries[i]));
  }
  // What was put back before it from the dead-letter queue is not in its patch.
  return absolute ? Refold(turn, mutation) : absl::OkStatus();
}

absl::Status MergeRejected(Turn* turn, const Rejected& event) {
  ASSIGN_OR_RETURN(auto entry, log::Find(turn->reader(), event.seq));
  if (!entry.has_value()) return absl::OkStatus();
  const Mutation mutation = entry->mutation();
  const store::CollectionId collection = mutation.collection();
  entry->mutable_push()->set_open_attempt(false);
  *entry->mutable_push()->mutable_last_error() = event.error;
  SettledEntry settled;
  settled.set_outcome(SettledEntry::REJECTED);
  if (mutation.kind() == Mutation::INVOKE) {
    return SettleInvoke(turn, event.seq, *entry, std::move(settled));
  }
  ASSIGN_OR_RETURN(cache::Document document, Load(*turn, collection, mutation.document_id()));
  settled.set_base_json(document.base.value_or(""));
  std::optional<Said> said;
  if (event.document.has_value()) {
    said = TakeVersion(RulesOf(*turn, collection), *event.document);
    if (said->document.has_value()) {
      settled.set_server_json(json::Write(*said->document));
      view::SetId(&*said->document, IdField(*turn, collection), mutation.document_id());
    }
  }
  RETURN_IF_ERROR(Settle(turn, event.seq, *entry, std::move(settled)));
  if (said.has_value()) {
    RETURN_IF_ERROR(TakeBase(turn, collection, mutation.document_id(), *said, &document).status());
  }
  document.header.settled_commit = turn->commit();
  RETURN_IF_ERROR(RefoldAndStore(turn, collection, mutation.document_id(), std::move(document),
                                 /*keep_tombstone=*/true));
  if (PLANTED_BUG(kDependantsNotHeld)) return absl::OkStatus();
  return LoseMaker(turn, event.seq, mutation);
}

// What certainly did not arrive may be put together anew, on the newest base. True: it writes
// something else now, and the document must be folded again.
bool TakeBack(PushState* push) {
  push->set_bundle_last(0);
  if (push->sent_json().empty()) return false;
  push->clear_sent_json();
  return true;
}

absl::Status MergeDeferred(Turn* turn, const Deferred& event) {
  ASSIGN_OR_RETURN(Bundle bundle, ReadBundle(turn->reader(), event.seq));
  bool refold = false;
  for (size_t i = 0; i < bundle.seqs.size(); ++i) {
    LogEntry& entry = bundle.entries[i];
    PushState& push = *entry.mutable_push();
    push.set_open_attempt(false);
    const bool known = push.unanswered() && !PLANTED_BUG(kUnansweredForgotten);
    push.set_unanswered(known || event.unanswered);
    push.set_alone(push.alone() || event.alone);
    if (event.alone || PLANTED_BUG(kBundleForgotten)) push.set_bundle_last(0);
    if (!push.unanswered() && TakeBack(&push)) refold = true;
    *push.mutable_last_error() = event.error;
    const Mutation& mutation = entry.mutation();
    turn->notice.deferred.push_back({bundle.seqs[i], mutation.collection(), mutation.document_id(),
                                     SettledEntry::OUTCOME_UNSPECIFIED, event.hold});
    // The head stands for all: nothing of the lane passes it.
    const PushState::Hold before = push.hold();
    // No attempt brings about what it waits for besides.
    const bool waits = before == PushState::DEPENDENCY || before == PushState::CONFLICT;
    const bool lifts = event.hold == PushState::NONE && waits;
    if (i == 0 && !lifts) ChangeHold(&entry, event.hold);
    RETURN_IF_ERROR(push.hold() != before ? WriteAndAnnounce(turn, bundle.seqs[i], entry)
                                          : log::Rewrite(turn->txn, bundle.seqs[i], entry));
  }
  return refold ? Refold(turn, bundle.entries.front().mutation()) : absl::OkStatus();
}

absl::Status MergeCancelled(Turn* turn, const Cancelled& event) {
  ASSIGN_OR_RETURN(auto head, log::Find(turn->reader(), event.seq));
  if (!head.has_value()) return absl::OkStatus();
  const store::CollectionId collection = head->mutation().collection();
  const std::string id = head->mutation().document_id();
  ASSIGN_OR_RETURN(Pending pending, ReadPending(turn->reader(), collection, id));
  // A person may have taken the delete out, or held some of it, since it was put together.
  bool whole = false;
  for (size_t i = 0; i < pending.seqs.size() && pending.seqs[i] <= event.last; ++i) {
    whole = pending.seqs[i] == event.last;
    const LogEntry& entry = pending.entries[i];
    const bool joined = entry.mutation().kind() != Mutation::INVOKE;
    if (entry.push().hold() != PushState::NONE || !joined) return absl::OkStatus();
  }
  if (!whole) return absl::OkStatus();
  for (size_t i = 0; i < pending.seqs.size(); ++i) {
    if (pending.seqs[i] < event.seq || pending.seqs[i] > event.last) continue;
    SettledEntry settled;
    settled.set_outcome(SettledEntry::CANCELLED);
    RETURN_IF_ERROR(Settle(turn, pending.seqs[i], pending.entries[i], std::move(settled)));
  }
  ASSIGN_OR_RETURN(cache::Document document, Load(*turn, collection, id));
  if (PLANTED_BUG(kCancelledStillShown)) return absl::OkStatus();
  RETURN_IF_ERROR(RefoldAndStore(turn, collection, id, std::move(document),
                                 /*keep_tombstone=*/true));
  // Something may have named the document since it was decided to cancel it.
  return LoseMaker(turn, event.seq, head->mutation());
}

struct Visitor {
  Turn* turn;
  MergeAnswer* answer;
  absl::Status operator()(const Sent& event) const { return MergeSent(turn, event); }
  absl::Status operator()(const Confirmed& event) const { return MergeConfirmed(turn, event); }
  absl::Status operator()(const Cancelled& event) const { return MergeCancelled(turn, event); }
  absl::Status operator()(const Conflicted& event) const {
    ASSIGN_OR_RETURN(const auto entry, log::Find(turn->reader(), event.seq));
    // An invoke has no document that could be merged.
    const bool invoke = entry.has_value() && entry->mutation().kind() == Mutation::INVOKE;
    return invoke ? MergeRejected(turn, {event.seq, event.error, {}})
                  : MergeConflicted(turn, event);
  }
  absl::Status operator()(const Rejected& event) const { return MergeRejected(turn, event); }
  absl::Status operator()(const Deferred& event) const { return MergeDeferred(turn, event); }
  absl::Status operator()(const List& event) const { return MergeList(turn, event, answer); }
  absl::Status operator()(const Told& event) const { return MergeTold(turn, event, answer); }
};

}  // namespace

absl::Status Settle(Turn* turn, uint64_t seq, const LogEntry& entry, SettledEntry settled) {
  // Another of its turn may have handed on to it since the caller read it.
  ASSIGN_OR_RETURN(const auto stored, log::Find(turn->reader(), seq));
  RETURN_IF_ERROR(log::Remove(turn->txn, seq, entry));
  *settled.mutable_mutation() = entry.mutation();
  settled.mutable_mutation()->clear_references();
  *settled.mutable_push() = entry.push();
  settled.mutable_push()->set_hold(PushState::NONE);
  settled.mutable_push()->set_operator_hold(false);
  if (entry.has_seen()) *settled.mutable_seen() = entry.seen();
  if (entry.has_original()) *settled.mutable_original() = entry.original();
  settled.set_settled_wall_ms(turn->now.ms);
  std::vector<log::DocumentKey> effects;
  if (entry.mutation().kind() == Mutation::INVOKE) effects = log::LanesOf(seq, entry.mutation());
  turn->notice.settled.push_back({seq, entry.mutation().collection(),
                                  entry.mutation().document_id(), settled.outcome(),
                                  PushState::NONE, std::move(effects)});
  RETURN_IF_ERROR(HandOnSeen(turn, stored.has_value() ? *stored : entry));
  const bool dead = settled.outcome() == SettledEntry::REJECTED;
  if (PLANTED_BUG(kOutcomeLost) && dead) return absl::OkStatus();
  return log::AddSettled(turn->txn, seq, settled, &turn->counters);
}

absl::Status NeverArrived(Turn* turn, uint64_t seq) {
  ASSIGN_OR_RETURN(Bundle bundle, ReadBundle(turn->reader(), seq));
  bool refold = false;
  for (size_t i = 0; i < bundle.seqs.size(); ++i) {
    LogEntry& entry = bundle.entries[i];
    PushState& push = *entry.mutable_push();
    push.set_unanswered(false);
    if (TakeBack(&push)) refold = true;
    if (PLANTED_BUG(kNeverLetGo)) break;
    const PushState::Hold before = push.hold();
    ChangeHold(&entry, PushState::NONE);
    RETURN_IF_ERROR(push.hold() != before ? WriteAndAnnounce(turn, bundle.seqs[i], entry)
                                          : log::Rewrite(turn->txn, bundle.seqs[i], entry));
  }
  return refold ? Refold(turn, bundle.entries.front().mutation()) : absl::OkStatus();
}

absl::Status Merge(Turn* turn, const MergeEvent& event, MergeAnswer* answer) {
  return std::visit(Visitor{turn, answer}, event);
}

}  // namespace tideover::doors
