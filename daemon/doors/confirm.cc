#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "base/logging.h"
#include "base/planted_bug.h"
#include "base/status_macros.h"
#include "base/text.h"
#include "cache/documents.h"
#include "cache/id_map.h"
#include "doors/bundle.h"
#include "doors/dependency.h"
#include "doors/incoming.h"
#include "doors/invoke.h"
#include "doors/merge_door.h"
#include "doors/refold.h"
#include "log/lanes.h"
#include "view/fold.h"

namespace tideover::doors {
namespace {

using log::LogEntry;
using log::Mutation;
using log::SettledEntry;

// The id that the document has from now on: the server's, if it is one.
std::string IdAfter(const Mutation& mutation, const Confirmed& event) {
  if (event.server_id.empty() || mutation.kind() != Mutation::CREATE) return mutation.document_id();
  const absl::Status usable = base::CheckDocumentId(event.server_id);
  if (usable.ok()) return event.server_id;
  base::Log(base::LogLevel::kWarning, "doors", "the server chose an id that cannot be used",
            {{"seq", event.seq}, {"why", std::string(usable.message())}});
  return mutation.document_id();
}

void RenameEffects(const log::DocumentKey& from, const std::string& to,
                   const std::string& provisional, Mutation* invoke) {
  for (Mutation::Effect& effect : *invoke->mutable_effects()) {
    if (log::KeyOf(effect.document()) != from) continue;
    effect.mutable_document()->set_document_id(to);
    effect.set_provisional_id(provisional);
  }
}

// Moves a document, its lane and its remaining mutations to the server's id. `provisional` is the
// id under which apps know it: `from`, unless the document lives for the second time and was
// renamed in its first life.
absl::Status Rename(Turn* turn, store::CollectionId collection, const std::string& provisional,
                    const std::string& from, const std::string& to) {
  const std::string& known = PLANTED_BUG(kIdMapSkipped) ? to : provisional;
  RETURN_IF_ERROR(cache::MapId(turn->txn, collection, known, to));
  ASSIGN_OR_RETURN(Pending pending, ReadPending(turn->reader(), collection, from));
  for (size_t i = 0; i < pending.seqs.size(); ++i) {
    Mutation& mutation = *pending.entries[i].mutable_mutation();
    if (mutation.kind() == Mutation::INVOKE) {
      RenameEffects({collection, from}, to, provisional, &mutation);
    } else {
      mutation.set_provisional_id(provisional);
      mutation.set_document_id(to);
    }
    RETURN_IF_ERROR(log::RemoveFromLane(turn->txn, collection, from, pending.seqs[i]));
    if (PLANTED_BUG(kRenameLeavesLane)) continue;
    RETURN_IF_ERROR(log::AddToLane(turn->txn, collection, to, pending.seqs[i]));
    RETURN_IF_ERROR(log::Rewrite(turn->txn, pending.seqs[i], pending.entries[i]));
  }
  RETURN_IF_ERROR(RenameReferences(turn, {collection, from}, to));
  if (base::IsProvisionalId(from)) return cache::Remove(turn->txn, collection, from);
  // The server had a document of that id once: an older list must not bring it back.
  cache::Document tombstone;
  tombstone.header.settled_commit = turn->commit();
  return cache::Put(turn->txn, collection, from, tombstone);
}

// What the server applied, on its way from the outbox into base and history.
class Confirmation {
 public:
  Confirmation(Turn* turn, const Confirmed& event, Bundle bundle)
      : turn_(turn),
        event_(event),
        bundle_(std::move(bundle)),
        collection_(head().collection()),
        old_id_(head().document_id()),
        id_(IdAfter(head(), event)),
        seen_version_(bundle_.entries.front().seen().version()) {
    if (!event.document.has_value()) return;
    said_ = TakeVersion(RulesOf(*turn, collection_), *event.document);
  }
  absl::Status Run();

 private:
  const Mutation& head() const { return bundle_.entries.front().mutation(); }
  bool renamed() const { return id_ != old_id_; }
  absl::StatusOr<Said> BaseAfter(const cache::Document& before) const;
  // The server has versions and did not say which one this is: it may be long past.
  bool IsUnproven() const {
    return !RulesOf(*turn_, collection_).version_field.empty() && said_.version == 0 &&
           bundle_.entries.back().mutation().kind() != Mutation::DELETE;
  }
  absl::Status SettleMembers(const std::string& provisional);
  void NameBothIds();

  Turn* const turn_;
  const Confirmed& event_;
  Bundle bundle_;
  const store::CollectionId collection_;
  const std::string old_id_;
  const std::string id_;
  const int64_t seen_version_;
  Said said_;  // Nothing, when the server said nothing.
};

// The base from now on: what the server said, or what it must be.
absl::StatusOr<Said> Confirmation::BaseAfter(const cache::Document& before) const {
  Said after = said_;
  if (bundle_.entries.back().mutation().kind() == Mutation::DELETE) {
    // The version of a document that is there is not that of its end: whatever comes next is newer.
    if (std::exchange(after.document, {}).has_value()) after.version = 0;
    return after;
  }
  const std::string& id_field = IdField(*turn_, collection_);
  if (event_.document.has_value()) {
    if (after.document.has_value()) view::SetId(&*after.document, id_field, id_);
    return after;
  }
  ASSIGN_OR_RETURN(after.document, ParseStored(before.base));
  // What a list said of the new document is newer than our create.
  if (after.document.has_value() && renamed()) return after;
  ASSIGN_OR_RETURN(after.document, view::Fold(std::move(after.document), bundle_.entries, id_field,
                                              {collection_, id_}));
  return after;
}

absl::Status Confirmation::SettleMembers(const std::string& provisional) {
  for (size_t i = 0; i < bundle_.seqs.size(); ++i) {
    if (PLANTED_BUG(kOnlyHeadSettled) && i > 0) break;
    LogEntry& entry = bundle_.entries[i];
    entry.mutable_push()->set_open_attempt(false);
    if (renamed()) {
      entry.mutable_mutation()->set_provisional_id(provisional);
      entry.mutable_mutation()->set_document_id(id_);
    }
    SettledEntry settled;
    settled.set_outcome(SettledEntry::CONFIRMED);
    if (said_.document.has_value()) settled.set_server_json(json::Write(*said_.document));
    settled.set_result_json(event_.result_json);
    RETURN_IF_ERROR(Settle(turn_, bundle_.seqs[i], entry, std::move(settled)));
  }
  return absl::OkStatus();
}

// The change that swaps the ids names both, also when a pending delete hides the document.
void Confirmation::NameBothIds() {
  auto& changes = turn_->notice.changes;
  const auto newest = std::find_if(changes.rbegin(), changes.rend(), [&](const auto& change) {
    return change.collection == collection_ && change.id == id_;
  });
  if (newest != changes.rend()) {
    newest->previous_id = old_id_;
  } else {
    changes.push_back({collection_, id_, old_id_});
  }
}

absl::Status Confirmation::Run() {
  // A list may have brought the server's document in before we knew that it is ours.
  ASSIGN_OR_RETURN(cache::Document document, Load(*turn_, collection_, id_));
  ASSIGN_OR_RETURN(const Said after, BaseAfter(document));
  const std::string provisional =
      head().provisional_id().empty() ? old_id_ : head().provisional_id();
  if (renamed()) {
    for (size_t i = 0; i < bundle_.seqs.size(); ++i) {
      RETURN_IF_ERROR(log::Remove(turn_->txn, bundle_.seqs[i], bundle_.entries[i]));
    }
    RETURN_IF_ERROR(Rename(turn_, collection_, provisional, old_id_, id_));
  }
  const bool made = Makes(head(), {collection_, old_id_});
  RETURN_IF_ERROR(SettleMembers(provisional));
  turn_->notice.settled.back().unproven = IsUnproven();
  RETURN_IF_ERROR(FollowOwnWrite(turn_, collection_, id_, seen_version_, after, document));
  RETURN_IF_ERROR(TakeBase(turn_, collection_, id_, after, &document).status());
  if (!PLANTED_BUG(kOlderListAccepted)) document.header.settled_commit = turn_->commit();
  RETURN_IF_ERROR(RefoldAndStore(turn_, collection_, id_, std::move(document),
                                 /*keep_tombstone=*/true));
  if (renamed()) NameBothIds();
  // Also when the server says at once that it is gone.
  return made ? CloseReferences(turn_, {collection_, id_}) : absl::OkStatus();
}

absl::Status ConfirmInvoke(Turn* turn, const Confirmed& event, LogEntry entry) {
  entry.mutable_push()->set_open_attempt(false);
  SettledEntry settled;
  settled.set_outcome(SettledEntry::CONFIRMED);
  settled.set_result_json(event.result_json);
  return SettleInvoke(turn, event.seq, entry, std::move(settled));
}

}  // namespace

absl::Status MergeConfirmed(Turn* turn, const Confirmed& event) {
  ASSIGN_OR_RETURN(Bundle bundle, ReadBundle(turn->reader(), event.seq));
  if (bundle.empty()) return absl::OkStatus();
  if (bundle.entries.front().mutation().kind() == Mutation::INVOKE) {
    return ConfirmInvoke(turn, event, std::move(bundle.entries.front()));
  }
  return Confirmation(turn, event, std::move(bundle)).Run();
}

}  // namespace tideover::doors
