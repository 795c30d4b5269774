#include "doors/outbox_door.h"

#include <fmt/format.h>

#include <utility>

#include "base/planted_bug.h"
#include "base/status_macros.h"
#include "cache/id_map.h"
#include "doors/bundle.h"
#include "doors/dependency.h"
#include "doors/incoming.h"
#include "doors/invoke.h"
#include "doors/merge_door.h"
#include "doors/outbox_edit.h"
#include "doors/references.h"
#include "doors/refold.h"
#include "doors/resolve.h"
#include "log/lanes.h"
#include "log/settled.h"

namespace tideover::doors {
namespace {

using log::LogEntry;
using log::Mutation;
using log::PushState;
using log::SettledEntry;

absl::Status Refold(Turn* turn, store::CollectionId collection, const std::string& id) {
  ASSIGN_OR_RETURN(cache::Document document, Load(*turn, collection, id));
  return RefoldAndStore(turn, collection, id, std::move(document), /*keep_tombstone=*/true);
}

// Whether nothing makes one of the documents that it needs.
absl::StatusOr<bool> IsOrphan(const store::Reader& reader, uint64_t seq, const Mutation& mutation) {
  for (const log::DocumentKey& lane : log::LanesOf(seq, mutation)) {
    if (lane.first == log::kNoCollection || Makes(mutation, lane)) continue;
    ASSIGN_OR_RETURN(const bool unmade, IsUnmade(reader, lane, seq));
    if (unmade) return true;
  }
  return LacksWhatItNeeds(reader, seq, mutation);
}

absl::Status RetryPending(Turn* turn, uint64_t seq, LogEntry entry) {
  // Whatever it is held for: another hold may lie over the dependency.
  ASSIGN_OR_RETURN(const bool orphan, IsOrphan(turn->reader(), seq, entry.mutation()));
  if (orphan) {
    return absl::FailedPreconditionError(
        "the mutation needs a create that was refused: retry that one, or discard this one");
  }
  entry.mutable_push()->set_merges(0);
  return LetGo(turn, seq, std::move(entry));
}

// What may have arrived as one write is held, and let go, as one.
absl::Status HoldPending(Turn* turn, uint64_t seq) {
  ASSIGN_OR_RETURN(Bundle bundle, ReadBundleOf(turn->reader(), seq));
  for (size_t i = 0; i < bundle.seqs.size(); ++i) {
    RETURN_IF_ERROR(
        SetHold(turn, bundle.seqs[i], std::move(bundle.entries[i]), PushState::OPERATOR));
  }
  return absl::OkStatus();
}

absl::Status ReleasePending(Turn* turn, uint64_t seq, const LogEntry& named) {
  const PushState::Hold hold = named.push().hold();
  if (hold != PushState::NONE && hold != PushState::OPERATOR && !named.push().operator_hold()) {
    return absl::FailedPreconditionError(
        fmt::format("mutation {} is held, but not by an operator", seq));
  }
  ASSIGN_OR_RETURN(Bundle bundle, ReadBundleOf(turn->reader(), seq));
  for (size_t i = 0; i < bundle.seqs.size(); ++i) {
    LogEntry& entry = bundle.entries[i];
    if (entry.push().hold() == PushState::OPERATOR) {
      RETURN_IF_ERROR(LetGo(turn, bundle.seqs[i], std::move(entry)));
    } else if (entry.push().operator_hold()) {
      entry.mutable_push()->set_operator_hold(false);
      RETURN_IF_ERROR(WriteAndAnnounce(turn, bundle.seqs[i], entry));
    }
  }
  return absl::OkStatus();
}

absl::Status DiscardPending(Turn* turn, uint64_t seq, const LogEntry& entry) {
  const Mutation& mutation = entry.mutation();
  SettledEntry settled;
  settled.set_outcome(SettledEntry::DISCARDED);
  if (mutation.kind() == Mutation::INVOKE) {
    return SettleInvoke(turn, seq, entry, std::move(settled));
  }
  ASSIGN_OR_RETURN(const Bundle bundle, ReadBundleOf(turn->reader(), seq));
  RETURN_IF_ERROR(Settle(turn, seq, entry, std::move(settled)));
  RETURN_IF_ERROR(HandOnHold(turn, bundle, seq));
  if (PLANTED_BUG(kDiscardStillShown)) return absl::OkStatus();
  RETURN_IF_ERROR(Refold(turn, mutation.collection(), mutation.document_id()));
  return LoseMaker(turn, seq, mutation);
}

// Writes the present ids of its documents into a mutation that comes back.
absl::Status RenewIds(const Turn& turn, Mutation* mutation) {
  for (Mutation::Effect& effect : *mutation->mutable_effects()) {
    log::DocumentName& name = *effect.mutable_document();
    ASSIGN_OR_RETURN(std::string id,
                     cache::ResolveId(turn.reader(), name.collection(), name.document_id()));
    if (name.document_id() != id) effect.set_provisional_id(name.document_id());
    name.set_document_id(std::move(id));
  }
  if (mutation->kind() == Mutation::INVOKE) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::string id, cache::ResolveId(turn.reader(), mutation->collection(),
                                                    mutation->document_id()));
  if (mutation->document_id() != id) mutation->set_provisional_id(mutation->document_id());
  mutation->set_document_id(std::move(id));
  return absl::OkStatus();
}

// Whoever sends it again has seen what the server has now.
absl::Status SeeAnew(const Turn& turn, LogEntry* entry) {
  const Mutation& mutation = entry->mutation();
  if (mutation.kind() == Mutation::INVOKE) return absl::OkStatus();
  if (RulesOf(turn, mutation.collection()).version_field.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const cache::Document document,
                   Load(turn, mutation.collection(), mutation.document_id()));
  SeeVersion(document.header.server_version, entry);
  return absl::OkStatus();
}

// Back to its old place in the log: mutations that wait for it stand behind it.
absl::Status RetryDeadLetter(Turn* turn, uint64_t seq, const SettledEntry& settled) {
  LogEntry entry;
  *entry.mutable_mutation() = settled.mutation();
  *entry.mutable_push() = settled.push();
  if (settled.has_original()) *entry.mutable_original() = settled.original();
  PushState& push = *entry.mutable_push();
  push.set_merges(0);
  if (!push.unanswered()) push.clear_sent_json();
  Mutation& mutation = *entry.mutable_mutation();
  RETURN_IF_ERROR(RenewIds(*turn, &mutation));
  // What may have arrived is repeated as it was.
  if (!push.unanswered()) RETURN_IF_ERROR(RenewReferences(*turn, seq, &mutation));
  RETURN_IF_ERROR(SeeAnew(*turn, &entry));
  ASSIGN_OR_RETURN(const bool lacks, LacksWhatItNeeds(turn->reader(), seq, mutation));
  push.set_hold(lacks ? PushState::DEPENDENCY : PushState::NONE);
  RETURN_IF_ERROR(log::RemoveDeadLetter(turn->txn, seq, &turn->counters));
  if (PLANTED_BUG(kDeadLetterLost)) return absl::OkStatus();
  RETURN_IF_ERROR(log::Append(turn->txn, seq, entry));
  turn->notice.enqueued.push_back(
      {seq, mutation.collection(), mutation.document_id(), mutation.scope()});
  RETURN_IF_ERROR(mutation.kind() == Mutation::INVOKE
                      ? RefoldEffects(turn, seq, mutation, /*settles=*/false)
                      : Refold(turn, mutation.collection(), mutation.document_id()));
  if (lacks) return absl::OkStatus();
  return HoldDependants(turn, seq, mutation, PushState::DEPENDENCY, PushState::NONE);
}

absl::Status DiscardDeadLetter(Turn* turn, uint64_t seq, SettledEntry settled) {
  RETURN_IF_ERROR(log::RemoveDeadLetter(turn->txn, seq, &turn->counters));
  settled.set_outcome(SettledEntry::DISCARDED);
  settled.set_settled_wall_ms(turn->now.ms);
  turn->notice.settled.push_back({seq, settled.mutation().collection(),
                                  settled.mutation().document_id(), SettledEntry::DISCARDED,
                                  PushState::NONE});
  return log::AddSettled(turn->txn, seq, settled, &turn->counters);
}

absl::Status ChangePending(Turn* turn, const OutboxRequest& request, LogEntry entry) {
  switch (request.verb) {
    case OutboxRequest::Verb::kRetry:
      return RetryPending(turn, request.seq, std::move(entry));
    case OutboxRequest::Verb::kDiscard:
      return DiscardPending(turn, request.seq, entry);
    case OutboxRequest::Verb::kEdit:
      return EditPending(turn, request.seq, std::move(entry), request.json);
    case OutboxRequest::Verb::kHold:
      return HoldPending(turn, request.seq);
    case OutboxRequest::Verb::kRelease:
      return ReleasePending(turn, request.seq, entry);
    case OutboxRequest::Verb::kKeepOurs:
      return KeepOurs(turn, request.seq, std::move(entry));
    case OutboxRequest::Verb::kKeepTheirs:
      return KeepTheirs(turn, request.seq, entry);
    case OutboxRequest::Verb::kMerged:
      return KeepMerged(turn, request.seq, std::move(entry), request.json);
  }
  return absl::InternalError("a verb is unknown");
}

absl::Status ChangeDeadLetter(Turn* turn, const OutboxRequest& request, SettledEntry settled) {
  switch (request.verb) {
    case OutboxRequest::Verb::kRetry:
      return RetryDeadLetter(turn, request.seq, settled);
    case OutboxRequest::Verb::kDiscard:
      return DiscardDeadLetter(turn, request.seq, std::move(settled));
    case OutboxRequest::Verb::kEdit:
      return EditDeadLetter(turn, request.seq, std::move(settled), request.json);
    default:
      return absl::FailedPreconditionError(fmt::format(
          "mutation {} is in the dead-letter queue: retry, edit or discard it", request.seq));
  }
}

}  // namespace

absl::Status ApplyOutboxRequest(Turn* turn, const OutboxRequest& request) {
  ASSIGN_OR_RETURN(auto entry, log::Find(turn->reader(), request.seq));
  if (entry.has_value()) return ChangePending(turn, request, *std::move(entry));
  ASSIGN_OR_RETURN(auto settled, log::FindSettled(turn->reader(), request.seq));
  if (!settled.has_value()) {
    return absl::NotFoundError(fmt::format("no mutation has the number {}", request.seq));
  }
  if (settled->outcome() != SettledEntry::REJECTED) {
    return absl::FailedPreconditionError(
        fmt::format("mutation {} is settled for good", request.seq));
  }
  return ChangeDeadLetter(turn, request, *std::move(settled));
}

}  // namespace tideover::doors
