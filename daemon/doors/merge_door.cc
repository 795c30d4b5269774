#include "doors/merge_door.h"

#include <utility>

#include "base/ids.h"
#include "base/logging.h"
#include "base/status_macros.h"
#include "base/text.h"
#include "cache/checkpoint.h"
#include "cache/documents.h"
#include "cache/id_map.h"
#include "doors/list_merge.h"
#include "doors/refold.h"
#include "log/lanes.h"
#include "log/settled.h"
#include "view/fold.h"

namespace tideover::doors {
namespace {

using log::LogEntry;
using log::Mutation;
using log::PushState;
using log::SettledEntry;

absl::Status MergeSent(Turn* turn, const Sent& event) {
  ASSIGN_OR_RETURN(auto entry, log::Find(turn->reader(), event.seq));
  if (!entry.has_value()) return absl::OkStatus();
  PushState& push = *entry->mutable_push();
  if (push.first_sent_wall_ms() == 0) {
    push.set_first_sent_wall_ms(turn->now.ms);
    ASSIGN_OR_RETURN(const auto checkpoint,
                     cache::ReadCheckpoint(turn->reader(), entry->mutation().collection()));
    push.set_first_sent_generation(checkpoint.generation());
  }
  // A mark that is still open is an attempt whose outcome a crash swallowed.
  push.set_unanswered(push.unanswered() || push.open_attempt());
  push.set_open_attempt(true);
  push.set_last_sent_wall_ms(turn->now.ms);
  push.set_attempts(push.attempts() + 1);
  return log::Rewrite(turn->txn, event.seq, *entry);
}

// The id that the document has from now on: the server's, if it is one.
std::string IdAfter(const Mutation& mutation, const Confirmed& event) {
  if (event.server_id.empty() || mutation.kind() != Mutation::CREATE) return mutation.document_id();
  const absl::Status usable = base::CheckDocumentId(event.server_id);
  if (usable.ok()) return event.server_id;
  base::Log(base::LogLevel::kWarning, "doors", "the server chose an id that cannot be used",
            {{"seq", event.seq}, {"why", std::string(usable.message())}});
  return mutation.document_id();
}

// The base after a confirmed mutation: what the server said, or what it must be now.
absl::StatusOr<std::optional<json::Value>> BaseAfter(const Turn& turn, const Mutation& mutation,
                                                     const cache::Document& before,
                                                     const Confirmed& event,
                                                     const std::string& id) {
  if (mutation.kind() == Mutation::DELETE) return std::optional<json::Value>();
  const std::string& id_field = IdField(turn, mutation.collection());
  if (event.document.has_value()) {
    json::Value said = *event.document;
    view::SetId(&said, id_field, id);
    return std::optional(std::move(said));
  }
  ASSIGN_OR_RETURN(auto base, ParseStored(before.base));
  // What a list said of the new document is newer than our create.
  if (base.has_value() && id != mutation.document_id()) return base;
  ASSIGN_OR_RETURN(const json::Value change, view::ChangeOf(mutation));
  return view::Apply(std::move(base), mutation.kind(), change, id_field, id);
}

// Moves a document, its lane and its remaining mutations to the server's id. `provisional` is the
// id under which apps know it: `from`, unless the document lives for the second time and was
// renamed in its first life.
absl::Status Rename(Turn* turn, store::CollectionId collection, const std::string& provisional,
                    const std::string& from, const std::string& to) {
  RETURN_IF_ERROR(cache::MapId(turn->txn, collection, provisional, to));
  ASSIGN_OR_RETURN(Pending pending, ReadPending(turn->reader(), collection, from));
  for (size_t i = 0; i < pending.seqs.size(); ++i) {
    Mutation& mutation = *pending.entries[i].mutable_mutation();
    mutation.set_provisional_id(provisional);
    mutation.set_document_id(to);
    RETURN_IF_ERROR(log::RemoveFromLane(turn->txn, collection, from, pending.seqs[i]));
    RETURN_IF_ERROR(log::AddToLane(turn->txn, collection, to, pending.seqs[i]));
    RETURN_IF_ERROR(log::Rewrite(turn->txn, pending.seqs[i], pending.entries[i]));
  }
  if (base::IsProvisionalId(from)) return cache::Remove(turn->txn, collection, from);
  // The server had a document of that id once: an older list must not bring it back.
  cache::Document tombstone;
  tombstone.header.settled_commit = turn->commit();
  return cache::Put(turn->txn, collection, from, tombstone);
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
  ASSIGN_OR_RETURN(auto entry, log::Find(turn->reader(), event.seq));
  if (!entry.has_value()) return absl::OkStatus();
  PushState& push = *entry->mutable_push();
  push.set_open_attempt(false);
  push.set_unanswered(push.unanswered() || event.unanswered);
  *push.mutable_last_error() = event.error;
  if (push.hold() == event.hold) return log::Rewrite(turn->txn, event.seq, *entry);
  return SetHold(turn, event.seq, *std::move(entry), event.hold);
}

struct Visitor {
  Turn* turn;
  MergeAnswer* answer;
  absl::Status operator()(const Sent& event) const { return MergeSent(turn, event); }
  absl::Status operator()(const Confirmed& event) const { return MergeConfirmed(turn, event); }
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

absl::Status MergeConfirmed(Turn* turn, const Confirmed& event) {
  ASSIGN_OR_RETURN(auto entry, log::Find(turn->reader(), event.seq));
  if (!entry.has_value()) return absl::OkStatus();
  Mutation& mutation = *entry->mutable_mutation();
  const store::CollectionId collection = mutation.collection();
  const std::string old_id = mutation.document_id();
  const std::string id = IdAfter(mutation, event);
  const bool renamed = id != old_id;
  ASSIGN_OR_RETURN(cache::Document document, Load(*turn, collection, old_id));
  if (renamed) {
    // A list may have brought the server's document in before we knew that it is ours.
    ASSIGN_OR_RETURN(document, Load(*turn, collection, id));
  }
  ASSIGN_OR_RETURN(const auto base, BaseAfter(*turn, mutation, document, event, id));
  entry->mutable_push()->set_open_attempt(false);
  RETURN_IF_ERROR(log::Remove(turn->txn, event.seq, *entry));
  if (renamed) {
    const std::string provisional =
        mutation.provisional_id().empty() ? old_id : mutation.provisional_id();
    RETURN_IF_ERROR(Rename(turn, collection, provisional, old_id, id));
    mutation.set_provisional_id(provisional);
    mutation.set_document_id(id);
  }
  SettledEntry settled;
  settled.set_outcome(SettledEntry::CONFIRMED);
  if (event.document.has_value()) settled.set_server_json(json::Write(*event.document));
  RETURN_IF_ERROR(Settle(turn, event.seq, *entry, std::move(settled)));
  document.base = base.has_value() ? std::optional(json::Write(*base)) : std::nullopt;
  document.header.settled_commit = turn->commit();
  document.header.fetched_wall_ms = turn->now.ms;
  RETURN_IF_ERROR(RefoldAndStore(turn, collection, id, std::move(document),
                                 /*keep_tombstone=*/true));
  if (!renamed) return absl::OkStatus();
  // The change that swaps the ids names both, also when a pending delete hides the document.
  auto& changes = turn->notice.changes;
  if (changes.empty() || changes.back().id != id || changes.back().collection != collection) {
    changes.push_back({collection, id, {}});
  }
  changes.back().previous_id = old_id;
  return absl::OkStatus();
}

absl::Status Merge(Turn* turn, const MergeEvent& event, MergeAnswer* answer) {
  return std::visit(Visitor{turn, answer}, event);
}

}  // namespace tideover::doors
