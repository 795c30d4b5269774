#include "doors/merge_door.h"

#include <utility>

#include "base/status_macros.h"
#include "cache/checkpoint.h"
#include "doors/bundle.h"
#include "doors/list_merge.h"
#include "doors/refold.h"
#include "log/settled.h"
#include "view/fold.h"

namespace tideover::doors {
namespace {

using log::LogEntry;
using log::Mutation;
using log::PushState;
using log::SettledEntry;

absl::Status Mark(Turn* turn, uint64_t seq, LogEntry entry, uint64_t last) {
  PushState& push = *entry.mutable_push();
  if (push.first_sent_wall_ms() == 0) {
    push.set_first_sent_wall_ms(turn->now.ms);
    ASSIGN_OR_RETURN(const auto checkpoint,
                     cache::ReadCheckpoint(turn->reader(), entry.mutation().collection()));
    push.set_first_sent_generation(checkpoint.generation());
  }
  // A mark that is still open is an attempt whose outcome a crash swallowed.
  push.set_unanswered(push.unanswered() || push.open_attempt());
  push.set_open_attempt(true);
  push.set_last_sent_wall_ms(turn->now.ms);
  push.set_attempts(push.attempts() + 1);
  push.set_bundle_last(last);
  return log::Rewrite(turn->txn, seq, entry);
}

absl::Status MergeSent(Turn* turn, const Sent& event) {
  ASSIGN_OR_RETURN(auto head, log::Find(turn->reader(), event.seq));
  if (!head.has_value()) return absl::OkStatus();
  if (event.last <= event.seq) return Mark(turn, event.seq, *std::move(head), 0);
  ASSIGN_OR_RETURN(Pending pending, ReadPending(turn->reader(), head->mutation().collection(),
                                                head->mutation().document_id()));
  for (size_t i = 0; i < pending.seqs.size(); ++i) {
    const uint64_t seq = pending.seqs[i];
    if (seq < event.seq || seq > event.last) continue;
    RETURN_IF_ERROR(Mark(turn, seq, std::move(pending.entries[i]), event.last));
  }
  return absl::OkStatus();
}

absl::Status MergeRejected(Turn* turn, const Rejected& event) {
  ASSIGN_OR_RETURN(auto entry, log::Find(turn->reader(), event.seq));
  if (!entry.has_value()) return absl::OkStatus();
  const Mutation mutation = entry->mutation();
  const store::CollectionId collection = mutation.collection();
  ASSIGN_OR_RETURN(cache::Document document, Load(*turn, collection, mutation.document_id()));
  entry->mutable_push()->set_open_attempt(false);
  *entry->mutable_push()->mutable_last_error() = event.error;
  SettledEntry settled;
  settled.set_outcome(SettledEntry::REJECTED);
  settled.set_base_json(document.base.value_or(""));
  if (event.document.has_value()) settled.set_server_json(json::Write(*event.document));
  RETURN_IF_ERROR(Settle(turn, event.seq, *entry, std::move(settled)));
  if (event.document.has_value()) {
    json::Value said = *event.document;
    view::SetId(&said, IdField(*turn, collection), mutation.document_id());
    document.base = json::Write(said);
    document.header.fetched_wall_ms = turn->now.ms;
  }
  document.header.settled_commit = turn->commit();
  const bool never_made = mutation.kind() == Mutation::CREATE && !document.base.has_value();
  RETURN_IF_ERROR(RefoldAndStore(turn, collection, mutation.document_id(), std::move(document),
                                 /*keep_tombstone=*/true));
  if (!never_made) return absl::OkStatus();
  return HoldDependants(turn, event.seq, mutation, PushState::NONE, PushState::DEPENDENCY);
}

absl::Status MergeDeferred(Turn* turn, const Deferred& event) {
  ASSIGN_OR_RETURN(Bundle bundle, ReadBundle(turn->reader(), event.seq));
  for (size_t i = 0; i < bundle.seqs.size(); ++i) {
    LogEntry& entry = bundle.entries[i];
    PushState& push = *entry.mutable_push();
    push.set_open_attempt(false);
    push.set_unanswered(push.unanswered() || event.unanswered);
    push.set_alone(push.alone() || event.alone);
    // What may have arrived is repeated as it was; anything else is put together anew.
    if (event.alone || !push.unanswered()) push.set_bundle_last(0);
    *push.mutable_last_error() = event.error;
    const Mutation& mutation = entry.mutation();
    turn->notice.deferred.push_back({bundle.seqs[i], mutation.collection(), mutation.document_id(),
                                     SettledEntry::OUTCOME_UNSPECIFIED, event.hold});
    // The head stands for all: nothing of the lane passes it.
    const bool held = i == 0 && push.hold() != event.hold;
    RETURN_IF_ERROR(held ? SetHold(turn, bundle.seqs[i], std::move(entry), event.hold)
                         : log::Rewrite(turn->txn, bundle.seqs[i], entry));
  }
  return absl::OkStatus();
}

absl::Status MergeCancelled(Turn* turn, const Cancelled& event) {
  ASSIGN_OR_RETURN(auto head, log::Find(turn->reader(), event.seq));
  if (!head.has_value()) return absl::OkStatus();
  const store::CollectionId collection = head->mutation().collection();
  const std::string id = head->mutation().document_id();
  ASSIGN_OR_RETURN(Pending pending, ReadPending(turn->reader(), collection, id));
  for (size_t i = 0; i < pending.seqs.size(); ++i) {
    if (pending.seqs[i] < event.seq || pending.seqs[i] > event.last) continue;
    SettledEntry settled;
    settled.set_outcome(SettledEntry::CANCELLED);
    RETURN_IF_ERROR(Settle(turn, pending.seqs[i], pending.entries[i], std::move(settled)));
  }
  ASSIGN_OR_RETURN(cache::Document document, Load(*turn, collection, id));
  return RefoldAndStore(turn, collection, id, std::move(document), /*keep_tombstone=*/true);
}

// The server's document stands, and the mutation is a dead letter.
absl::Status MergeConflicted(Turn* turn, const Conflicted& event) {
  return MergeRejected(turn, {event.seq, event.error, event.document});
}

struct Visitor {
  Turn* turn;
  MergeAnswer* answer;
  absl::Status operator()(const Sent& event) const { return MergeSent(turn, event); }
  absl::Status operator()(const Confirmed& event) const { return MergeConfirmed(turn, event); }
  absl::Status operator()(const Cancelled& event) const { return MergeCancelled(turn, event); }
  absl::Status operator()(const Conflicted& event) const { return MergeConflicted(turn, event); }
  absl::Status operator()(const Rejected& event) const { return MergeRejected(turn, event); }
  absl::Status operator()(const Deferred& event) const { return MergeDeferred(turn, event); }
  absl::Status operator()(const List& event) const { return MergeList(turn, event, answer); }
};

}  // namespace

absl::Status Settle(Turn* turn, uint64_t seq, const LogEntry& entry, SettledEntry settled) {
  RETURN_IF_ERROR(log::Remove(turn->txn, seq, entry));
  *settled.mutable_mutation() = entry.mutation();
  *settled.mutable_push() = entry.push();
  settled.mutable_push()->set_hold(PushState::NONE);
  settled.set_settled_wall_ms(turn->now.ms);
  turn->notice.settled.push_back({seq, entry.mutation().collection(),
                                  entry.mutation().document_id(), settled.outcome(),
                                  PushState::NONE});
  return log::AddSettled(turn->txn, seq, settled, &turn->counters);
}

absl::Status SetHold(Turn* turn, uint64_t seq, LogEntry entry, PushState::Hold hold) {
  if (entry.push().hold() == hold) return absl::OkStatus();
  entry.mutable_push()->set_hold(hold);
  turn->notice.holds.push_back({seq, entry.mutation().collection(), entry.mutation().document_id(),
                                SettledEntry::OUTCOME_UNSPECIFIED, hold});
  return log::Rewrite(turn->txn, seq, entry);
}

absl::Status NeverArrived(Turn* turn, uint64_t seq) {
  ASSIGN_OR_RETURN(Bundle bundle, ReadBundle(turn->reader(), seq));
  for (size_t i = 0; i < bundle.seqs.size(); ++i) {
    LogEntry& entry = bundle.entries[i];
    entry.mutable_push()->set_unanswered(false);
    entry.mutable_push()->set_bundle_last(0);
    const bool held = entry.push().hold() != PushState::NONE;
    RETURN_IF_ERROR(held ? SetHold(turn, bundle.seqs[i], std::move(entry), PushState::NONE)
                         : log::Rewrite(turn->txn, bundle.seqs[i], entry));
  }
  return absl::OkStatus();
}

absl::Status HoldDependants(Turn* turn, uint64_t seq, const Mutation& create, PushState::Hold from,
                            PushState::Hold to) {
  ASSIGN_OR_RETURN(Pending pending,
                   ReadPending(turn->reader(), create.collection(), create.document_id()));
  for (size_t i = 0; i < pending.seqs.size(); ++i) {
    const LogEntry& entry = pending.entries[i];
    if (pending.seqs[i] <= seq) continue;
    if (entry.mutation().kind() == Mutation::CREATE) break;
    if (entry.push().hold() != from) continue;
    RETURN_IF_ERROR(SetHold(turn, pending.seqs[i], std::move(pending.entries[i]), to));
  }
  return absl::OkStatus();
}

absl::Status Merge(Turn* turn, const MergeEvent& event, MergeAnswer* answer) {
  return std::visit(Visitor{turn, answer}, event);
}

}  // namespace tideover::doors
