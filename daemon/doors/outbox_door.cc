#include "doors/outbox_door.h"

#include <fmt/format.h>

#include <utility>

#include "base/ids.h"
#include "base/status_macros.h"
#include "cache/id_map.h"
#include "doors/merge_door.h"
#include "doors/refold.h"
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

absl::Status RetryPending(Turn* turn, uint64_t seq, LogEntry entry) {
  const Mutation& mutation = entry.mutation();
  ASSIGN_OR_RETURN(const cache::Document document,
                   Load(*turn, mutation.collection(), mutation.document_id()));
  if (entry.push().hold() == PushState::DEPENDENCY && !document.base.has_value()) {
    return absl::FailedPreconditionError(
        "the mutation needs a create that was refused: retry that one, or discard this one");
  }
  // Also for one that is not held: the announcement makes the engine try it now.
  entry.mutable_push()->set_hold(PushState::NONE);
  turn->notice.holds.push_back({seq, entry.mutation().collection(), entry.mutation().document_id(),
                                SettledEntry::OUTCOME_UNSPECIFIED, PushState::NONE});
  return log::Rewrite(turn->txn, seq, entry);
}

absl::Status DiscardPending(Turn* turn, uint64_t seq, const LogEntry& entry) {
  const Mutation& mutation = entry.mutation();
  SettledEntry settled;
  settled.set_outcome(SettledEntry::DISCARDED);
  RETURN_IF_ERROR(Settle(turn, seq, entry, std::move(settled)));
  RETURN_IF_ERROR(Refold(turn, mutation.collection(), mutation.document_id()));
  if (mutation.kind() != Mutation::CREATE) return absl::OkStatus();
  ASSIGN_OR_RETURN(const cache::Document document,
                   Load(*turn, mutation.collection(), mutation.document_id()));
  if (document.base.has_value()) return absl::OkStatus();
  return HoldDependants(turn, seq, mutation, PushState::NONE, PushState::DEPENDENCY);
}

// Whether the server cannot know the document: its create is neither confirmed nor on its way.
absl::StatusOr<bool> LacksCreate(const Turn& turn, uint64_t seq, const Mutation& mutation) {
  if (mutation.kind() == Mutation::CREATE || !base::IsProvisionalId(mutation.document_id())) {
    return false;
  }
  ASSIGN_OR_RETURN(const Pending pending,
                   ReadPending(turn.reader(), mutation.collection(), mutation.document_id()));
  for (size_t i = 0; i < pending.seqs.size() && pending.seqs[i] < seq; ++i) {
    if (pending.entries[i].mutation().kind() == Mutation::CREATE) return false;
  }
  return true;
}

// Back to its old place in the log: mutations that wait for it stand behind it.
absl::Status RetryDeadLetter(Turn* turn, uint64_t seq, const SettledEntry& settled) {
  LogEntry entry;
  *entry.mutable_mutation() = settled.mutation();
  *entry.mutable_push() = settled.push();
  entry.mutable_push()->set_hold(PushState::NONE);
  Mutation& mutation = *entry.mutable_mutation();
  ASSIGN_OR_RETURN(const std::string id,
                   cache::ResolveId(turn->reader(), mutation.collection(), mutation.document_id()));
  if (mutation.document_id() != id) mutation.set_provisional_id(mutation.document_id());
  mutation.set_document_id(id);
  ASSIGN_OR_RETURN(const bool lacks_create, LacksCreate(*turn, seq, mutation));
  if (lacks_create) entry.mutable_push()->set_hold(PushState::DEPENDENCY);
  RETURN_IF_ERROR(log::RemoveDeadLetter(turn->txn, seq, &turn->counters));
  RETURN_IF_ERROR(log::Append(turn->txn, seq, entry));
  turn->notice.enqueued.push_back({seq, mutation.collection(), id, mutation.scope()});
  RETURN_IF_ERROR(Refold(turn, mutation.collection(), id));
  if (mutation.kind() != Mutation::CREATE) return absl::OkStatus();
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

}  // namespace

absl::Status ApplyOutboxRequest(Turn* turn, const OutboxRequest& request) {
  const bool retry = request.verb == OutboxRequest::Verb::kRetry;
  if (!retry && request.verb != OutboxRequest::Verb::kDiscard) {
    return absl::UnimplementedError("this daemon can only retry and discard mutations");
  }
  ASSIGN_OR_RETURN(auto entry, log::Find(turn->reader(), request.seq));
  if (entry.has_value()) {
    return retry ? RetryPending(turn, request.seq, *std::move(entry))
                 : DiscardPending(turn, request.seq, *entry);
  }
  ASSIGN_OR_RETURN(auto settled, log::FindSettled(turn->reader(), request.seq));
  if (!settled.has_value()) {
    return absl::NotFoundError(fmt::format("no mutation has the number {}", request.seq));
  }
  if (settled->outcome() != SettledEntry::REJECTED) {
    return absl::FailedPreconditionError(
        fmt::format("mutation {} is settled for good", request.seq));
  }
  return retry ? RetryDeadLetter(turn, request.seq, *settled)
               : DiscardDeadLetter(turn, request.seq, *std::move(settled));
}

}  // namespace tideover::doors
