#include "doors/outbox_edit.h"

#include <fmt/format.h>

#include <utility>

#include "base/status_macros.h"
#include "doors/bundle.h"
#include "doors/conflict.h"
#include "doors/dependency.h"
#include "doors/hold.h"
#include "doors/invoke.h"
#include "doors/operation.h"
#include "doors/references.h"
#include "doors/refold.h"
#include "log/settled.h"
#include "view/commute.h"
#include "view/fold.h"

namespace tideover::doors {
namespace {

using log::LogEntry;
using log::Mutation;
using log::PushState;
using log::SettledEntry;

// What the mutation is to write, checked as if an app asked for it.
absl::StatusOr<view::Write> CheckContent(const Turn& turn, const Mutation& mutation,
                                         const std::string& json) {
  if (mutation.kind() == Mutation::DELETE) {
    return absl::FailedPreconditionError("a delete writes nothing that could be edited");
  }
  if (mutation.kind() == Mutation::INVOKE) {
    ASSIGN_OR_RETURN(json::Value arguments, json::ParseObject(json));
    return view::Write{Mutation::INVOKE, std::move(arguments)};
  }
  OperationInput input;
  input.collection = turn.catalog->NameOf(mutation.collection());
  input.document_id = mutation.document_id();
  input.kind = mutation.kind();
  input.json = json;
  ASSIGN_OR_RETURN(Operation operation, CheckOperation(input, *turn.catalog, *turn.rules));
  return view::Write{operation.kind, std::move(operation.change)};
}

bool WasAttempted(const LogEntry& entry) { return entry.push().attempts() > 0; }

}  // namespace

void PutInPlace(const Turn& turn, uint64_t seq, const view::Write& write, bool new_id,
                LogEntry* entry) {
  ChangeContent(entry, write);
  PushState& push = *entry->mutable_push();
  push.set_unanswered(false);
  push.set_bundle_last(0);
  push.set_alone(false);
  push.set_merges(0);
  push.clear_sent_json();
  if (!new_id) return;
  Mutation& mutation = *entry->mutable_mutation();
  const std::string given = log::GivenId(*entry);
  mutation.set_mutation_id(log::EditedMutationId(*turn.device_id, seq, mutation.mutation_id()));
  entry->mutable_original()->set_mutation_id(given);
}

absl::Status CheckInPlace(const Turn& turn, uint64_t seq, const LogEntry& entry) {
  const Mutation& mutation = entry.mutation();
  if (mutation.kind() == Mutation::INVOKE) return absl::OkStatus();
  const std::string& id = mutation.document_id();
  const std::string& id_field = IdField(turn, mutation.collection());
  ASSIGN_OR_RETURN(const cache::Document document, Load(turn, mutation.collection(), id));
  ASSIGN_OR_RETURN(const Pending pending, ReadPending(turn.reader(), mutation.collection(), id));
  ASSIGN_OR_RETURN(auto state, ParseStored(document.base));
  for (size_t i = 0; i < pending.seqs.size(); ++i) {
    const bool this_one = pending.seqs[i] == seq;
    if (pending.entries[i].mutation().kind() == Mutation::INVOKE) {
      ASSIGN_OR_RETURN(state, view::Fold(std::move(state), {&pending.entries[i], 1}, id_field,
                                         {mutation.collection(), id}));
      continue;
    }
    ASSIGN_OR_RETURN(const view::Write write, view::WriteOf(this_one ? entry : pending.entries[i]));
    if (this_one && view::Commutes(write.kind) && state.has_value()) {
      RETURN_IF_ERROR(view::CheckTargets(write.kind, write.change, *state));
    }
    state = view::Apply(std::move(state), write.kind, write.change, id_field, id);
  }
  const size_t bytes = state.has_value() ? json::Write(*state).size() : 0;
  if (bytes <= json::kDocumentBytesMax) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format(
      "the document would have {} bytes; at most {} are allowed", bytes, json::kDocumentBytesMax));
}

absl::Status EditPending(Turn* turn, uint64_t seq, LogEntry entry, const std::string& json) {
  if (entry.push().open_attempt()) {
    return absl::FailedPreconditionError(
        fmt::format("mutation {} is in flight: wait for its outcome", seq));
  }
  ASSIGN_OR_RETURN(const view::Write write, CheckContent(*turn, entry.mutation(), json));
  if (json::Write(write.change) == entry.mutation().json()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Bundle bundle, ReadBundleOf(turn->reader(), seq));
  if (bundle.entries.front().push().hold() == PushState::VERIFY) {
    return absl::FailedPreconditionError(fmt::format(
        "mutation {} may have arrived, and the next list tells: wait for it, or retry first", seq));
  }
  const Mutation before = entry.mutation();
  PutInPlace(*turn, seq, write, WasAttempted(entry), &entry);
  RETURN_IF_ERROR(RenewReferences(*turn, seq, entry.mutable_mutation()));
  RETURN_IF_ERROR(CheckInPlace(*turn, seq, entry));
  RETURN_IF_ERROR(ChangeNeeds(turn, seq, before, &entry));
  RETURN_IF_ERROR(WriteAndAnnounce(turn, seq, entry));
  RETURN_IF_ERROR(HandOnHold(turn, bundle, seq));
  RETURN_IF_ERROR(SpreadHold(turn, seq, entry));
  const Mutation& mutation = entry.mutation();
  if (mutation.kind() == Mutation::INVOKE) {
    return RefoldEffects(turn, seq, mutation, /*settles=*/false);
  }
  ASSIGN_OR_RETURN(cache::Document document,
                   Load(*turn, mutation.collection(), mutation.document_id()));
  return RefoldAndStore(turn, mutation.collection(), mutation.document_id(), std::move(document),
                        /*keep_tombstone=*/true);
}

absl::Status EditDeadLetter(Turn* turn, uint64_t seq, SettledEntry settled,
                            const std::string& json) {
  ASSIGN_OR_RETURN(const view::Write write, CheckContent(*turn, settled.mutation(), json));
  if (json::Write(write.change) == settled.mutation().json()) return absl::OkStatus();
  LogEntry entry;
  *entry.mutable_mutation() = settled.mutation();
  *entry.mutable_push() = settled.push();
  if (settled.has_original()) *entry.mutable_original() = settled.original();
  PutInPlace(*turn, seq, write, WasAttempted(entry), &entry);
  *settled.mutable_mutation() = entry.mutation();
  *settled.mutable_push() = entry.push();
  *settled.mutable_original() = entry.original();
  RETURN_IF_ERROR(log::RemoveDeadLetter(turn->txn, seq, &turn->counters));
  return log::AddSettled(turn->txn, seq, settled, &turn->counters);
}

}  // namespace tideover::doors
