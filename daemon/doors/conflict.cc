#include "doors/conflict.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/planted_bug.h"
#include "base/status_macros.h"
#include "doors/bundle.h"
#include "doors/dependency.h"
#include "doors/incoming.h"
#include "doors/merge_door.h"
#include "doors/references.h"
#include "doors/refold.h"
#include "view/commute.h"
#include "view/fold.h"

namespace tideover::doors {
namespace {

using log::LogEntry;
using log::Mutation;
using log::PushState;
using log::SettledEntry;
using view::Merged;

class Conflict {
 public:
  Conflict(Turn* turn, const Conflicted& event, Sendable sent)
      : turn_(turn),
        event_(event),
        sent_(std::move(sent)),
        collection_(head().mutation().collection()),
        id_(head().mutation().document_id()),
        rules_(RulesOf(*turn, collection_)) {}
  absl::Status Run();

 private:
  const LogEntry& head() const { return sent_.bundle.entries.front(); }
  bool WasSent(uint64_t seq) const {
    const auto& seqs = sent_.bundle.seqs;
    return std::find(seqs.begin(), seqs.end(), seq) != seqs.end();
  }
  absl::Status TakeTheirs();
  void EndAttempts();
  absl::StatusOr<bool> TheirsSaysItAll() const;
  bool MayContainOurs() const;
  absl::Status Decide();
  absl::Status SendAgain();
  absl::Status HoldHead(const std::string& why);
  absl::Status Refuse();
  absl::Status SettleOne(size_t i, SettledEntry::Outcome outcome);
  absl::Status SettleSent(SettledEntry::Outcome outcome);
  absl::Status ConfirmSent();
  absl::Status MergeLane();

  Turn* const turn_;
  const Conflicted& event_;
  const Sendable sent_;
  const store::CollectionId collection_;
  const std::string id_;
  const CollectionRules& rules_;
  cache::Document document_;
  Said theirs_;
  Pending lane_;  // As it is after theirs became the base.
};

// What the server has: what it said, or what is known here to be newer.
absl::Status Conflict::TakeTheirs() {
  ASSIGN_OR_RETURN(document_, Load(*turn_, collection_, id_));
  const bool told = event_.document.has_value() && !PLANTED_BUG(kTheirsIgnored);
  if (told) theirs_ = TakeVersion(rules_, *event_.document, id_);
  if (IsOlder(theirs_, document_)) {
    ASSIGN_OR_RETURN(theirs_.document, ParseStored(document_.base));
    theirs_.version = document_.header.server_version;
  }
  RETURN_IF_ERROR(TakeBase(turn_, collection_, id_, theirs_, &document_).status());
  ASSIGN_OR_RETURN(lane_, ReadPending(turn_->reader(), collection_, id_));
  return absl::OkStatus();
}

// No attempt is under way any more; what certainly did not arrive is put together anew.
void Conflict::EndAttempts() {
  for (size_t i = 0; i < lane_.seqs.size(); ++i) {
    if (!WasSent(lane_.seqs[i])) continue;
    PushState& push = *lane_.entries[i].mutable_push();
    push.set_open_attempt(false);
    *push.mutable_last_error() = event_.error;
    if (push.unanswered()) continue;
    push.set_bundle_last(0);
    push.clear_sent_json();
  }
}

absl::StatusOr<bool> Conflict::TheirsSaysItAll() const {
  const bool both_deleted = sent_.write.kind == Mutation::DELETE && !theirs_.document.has_value();
  if (both_deleted || !head().push().unanswered()) return both_deleted;
  ASSIGN_OR_RETURN(const auto base, BaseSeen(lane_.entries, head().seen().version(), document_));
  // Preferring ours: what is left then is all that theirs lacks.
  return view::MergeThreeWay(base, sent_.write, theirs_.document, Prefer::kClient, rules_.id_field)
             .result == Merged::Result::kNothing;
}

// A sum of ours went out before and nobody said what became of it.
bool Conflict::MayContainOurs() const {
  const auto& entries = sent_.bundle.entries;
  return std::any_of(entries.begin(), entries.end(), [](const LogEntry& entry) {
    return entry.push().unanswered() && entry.mutation().kind() == Mutation::INCREMENT;
  });
}

absl::Status Conflict::SettleOne(size_t i, SettledEntry::Outcome outcome) {
  SettledEntry settled;
  settled.set_outcome(outcome);
  if (theirs_.document.has_value()) settled.set_server_json(json::Write(*theirs_.document));
  if (outcome == SettledEntry::REJECTED) {
    ASSIGN_OR_RETURN(const auto base,
                     BaseSeen(lane_.entries, lane_.entries[i].seen().version(), document_));
    if (base.has_value()) settled.set_base_json(json::Write(*base));
  }
  document_.header.settled_commit = turn_->commit();
  return Settle(turn_, lane_.seqs[i], lane_.entries[i], std::move(settled));
}

absl::Status Conflict::SettleSent(SettledEntry::Outcome outcome) {
  // From the end: what leaves hands what it saw on to what was made on the same version.
  for (size_t i = lane_.seqs.size(); i-- > 0;) {
    if (WasSent(lane_.seqs[i])) RETURN_IF_ERROR(SettleOne(i, outcome));
  }
  return absl::OkStatus();
}

// What was made on top of ours saw ours: where theirs is just that, theirs.
absl::Status Conflict::ConfirmSent() {
  const int64_t seen = head().seen().version();
  ASSIGN_OR_RETURN(auto made, BaseSeen(lane_.entries, seen, document_));
  made = view::Apply(std::move(made), sent_.write.kind, sent_.write.change, rules_.id_field, id_);
  RETURN_IF_ERROR(SettleSent(SettledEntry::CONFIRMED));
  if (made != theirs_.document) return SeeOwnWrite(turn_, collection_, id_, seen, made);
  return FollowOwnWrite(turn_, collection_, id_, seen, theirs_, document_);
}

absl::Status Conflict::Refuse() {
  RETURN_IF_ERROR(SettleSent(SettledEntry::REJECTED));
  if (theirs_.document.has_value()) return absl::OkStatus();
  return LoseMaker(turn_, event_.seq, head().mutation());
}

// Whatever of the lane was made on an older version goes out on top of theirs.
absl::Status Conflict::SendAgain() {
  for (size_t i = 0; i < lane_.seqs.size(); ++i) {
    LogEntry& entry = lane_.entries[i];
    if (entry.mutation().kind() == Mutation::INVOKE) continue;
    SeeVersion(theirs_.version, &entry);
    if (!WasSent(lane_.seqs[i])) {
      RETURN_IF_ERROR(log::Rewrite(turn_->txn, lane_.seqs[i], entry));
      continue;
    }
    entry.mutable_push()->set_merges(entry.push().merges() + 1);
    RETURN_IF_ERROR(WriteAndAnnounce(turn_, lane_.seqs[i], entry));
  }
  return absl::OkStatus();
}

absl::Status Conflict::HoldHead(const std::string& why) {
  for (size_t i = lane_.seqs.size(); i-- > 0;) {
    LogEntry& entry = lane_.entries[i];
    if (!WasSent(lane_.seqs[i])) continue;
    if (lane_.seqs[i] != event_.seq) {
      RETURN_IF_ERROR(log::Rewrite(turn_->txn, lane_.seqs[i], entry));
      continue;
    }
    if (!why.empty()) {
      entry.mutable_push()->mutable_last_error()->set_message(
          fmt::format("{} ({})", event_.error.message(), why));
    }
    ChangeHold(&entry, PushState::CONFLICT);
    if (theirs_.document.has_value()) {
      entry.set_conflicting_json(json::Write(*theirs_.document));
    }
    entry.set_conflicting_version(theirs_.version);
    RETURN_IF_ERROR(WriteAndAnnounce(turn_, lane_.seqs[i], entry));
  }
  return absl::OkStatus();
}

// The merge of a lane, from the head on: `seen` is the document as our mutations made it of the
// base that they saw, `now` the one that they make of theirs.
class LaneMerge {
 public:
  LaneMerge(const CollectionRules& rules, const std::string& collection, const std::string& id,
            std::optional<json::Value> theirs)
      : rules_(rules), collection_(collection), id_(id), now_(std::move(theirs)) {}

  // Begins anew from a base that later mutations saw.
  void SawBase(std::optional<json::Value> base) {
    seen_ = std::move(base);
    for (const view::Write& write : writes_) Apply(&seen_, write);
  }
  // What is left of the next mutation.
  Merged Next(view::Write write) {
    Merged merged = view::MergeThreeWay(seen_, write, now_, rules_.prefer, rules_.id_field);
    auto& members = merged.write.change.members();
    if (PLANTED_BUG(kMergeLosesOurs) && members.size() > 1) members.pop_back();
    if (merged.result == Merged::Result::kSend && merged.write.kind != write.kind &&
        !CanSend(merged.write)) {
      merged = {Merged::Result::kImpossible, {}};
    }
    if (merged.result == Merged::Result::kSend) Apply(&now_, merged.write);
    Apply(&seen_, write);
    writes_.push_back(std::move(write));
    return merged;
  }

 private:
  void Apply(std::optional<json::Value>* document, const view::Write& write) const {
    *document = view::Apply(std::move(*document), write.kind, write.change, rules_.id_field, id_);
  }
  bool CanSend(const view::Write& write) const {
    if (write.kind == Mutation::CREATE && rules_.ids == IdMode::kServer) return false;
    return CheckSendable(rules_, write.kind, write.change, collection_).ok();
  }

  const CollectionRules& rules_;
  const std::string& collection_;
  const std::string& id_;
  std::optional<json::Value> seen_;
  std::optional<json::Value> now_;
  std::vector<view::Write> writes_;
};

absl::Status Conflict::MergeLane() {
  LaneMerge merge(rules_, turn_->catalog->NameOf(collection_), id_, theirs_.document);
  std::vector<std::optional<Merged>> merged;
  std::optional<int64_t> version_before;
  for (size_t i = 0; i < lane_.seqs.size(); ++i) {
    const LogEntry& entry = lane_.entries[i];
    // What the server makes of an invoke is as another's write to what follows.
    if (entry.mutation().kind() == Mutation::INVOKE) {
      merged.emplace_back();
      continue;
    }
    const int64_t version = entry.seen().version();
    // What was made on theirs already, or may have arrived by itself, is for its own answer.
    const bool own = (theirs_.version != 0 && version >= theirs_.version) ||
                     entry.push().open_attempt() || entry.push().unanswered() ||
                     !entry.push().sent_json().empty();
    if (own && !WasSent(lane_.seqs[i])) break;
    if (std::exchange(version_before, version) != version) {
      ASSIGN_OR_RETURN(auto base, BaseSeen(lane_.entries, version, document_));
      merge.SawBase(std::move(base));
    }
    ASSIGN_OR_RETURN(view::Write write, view::WriteOf(entry));
    merged.push_back(merge.Next(std::move(write)));
  }
  for (size_t i = merged.size(); i-- > 0;) {
    if (!merged[i].has_value()) continue;
    LogEntry& entry = lane_.entries[i];
    if (merged[i]->result != Merged::Result::kSend) {
      const bool nothing = merged[i]->result == Merged::Result::kNothing;
      RETURN_IF_ERROR(SettleOne(i, nothing ? SettledEntry::CONFIRMED : SettledEntry::REJECTED));
      continue;
    }
    const LogEntry before = entry;
    ChangeContent(&entry, merged[i]->write);
    RETURN_IF_ERROR(RenewReferences(*turn_, lane_.seqs[i], entry.mutable_mutation()));
    RETURN_IF_ERROR(ChangeNeeds(turn_, lane_.seqs[i], before.mutation(), &entry));
    // What follows a document that is made anew knows the old version until that is confirmed:
    // another may make it before us.
    const bool gone = !theirs_.document.has_value() && theirs_.version == 0;
    const bool sees = !gone || merged[i]->write.kind == Mutation::CREATE;
    if (sees) SeeVersion(theirs_.version, &entry);
    PushState& push = *entry.mutable_push();
    push.set_unanswered(false);  // Theirs does not show it, and an echo would be in conflict too.
    push.set_bundle_last(0);
    if (WasSent(lane_.seqs[i])) push.set_merges(push.merges() + 1);
    RETURN_IF_ERROR(WriteAndAnnounce(turn_, lane_.seqs[i], entry));
    if (sees) RETURN_IF_ERROR(HandOnSeen(turn_, before));
  }
  return absl::OkStatus();
}

absl::Status Conflict::Decide() {
  ASSIGN_OR_RETURN(const bool confirmed, TheirsSaysItAll());
  if (confirmed) return ConfirmSent();
  const bool refuses = rules_.conflict == ConflictMode::kOptimisticConcurrency;
  if (refuses && !PLANTED_BUG(kConflictOverwrites)) return Refuse();
  if (MayContainOurs()) {
    return HoldHead("an earlier attempt went unanswered, and may or may not be in it");
  }
  if (rules_.conflict == ConflictMode::kManual || rules_.conflict == ConflictMode::kHandler) {
    return HoldHead("");
  }
  if (head().push().merges() >= kMergesMax) {
    return HoldHead(fmt::format("after {} attempts to resolve it, in a row", kMergesMax));
  }
  if (rules_.conflict == ConflictMode::kMerge) return MergeLane();
  // There is nothing to write last on.
  return theirs_.document.has_value() ? SendAgain() : Refuse();
}

absl::Status Conflict::Run() {
  RETURN_IF_ERROR(TakeTheirs());
  EndAttempts();
  RETURN_IF_ERROR(Decide());
  return RefoldAndStore(turn_, collection_, id_, std::move(document_), /*keep_tombstone=*/true);
}

}  // namespace

void ChangeContent(LogEntry* entry, const view::Write& write) {
  Mutation& mutation = *entry->mutable_mutation();
  std::string json = write.kind == Mutation::DELETE ? "" : json::Write(write.change);
  if (mutation.kind() == write.kind && mutation.json() == json) return;
  if (!entry->has_original()) {
    entry->mutable_original()->set_kind(mutation.kind());
    entry->mutable_original()->set_json(mutation.json());
  }
  mutation.set_kind(write.kind);
  mutation.set_json(std::move(json));
  entry->mutable_push()->clear_sent_json();
}

absl::Status MergeConflicted(Turn* turn, const Conflicted& event) {
  ASSIGN_OR_RETURN(Sendable sent, ReadSent(turn->reader(), event.seq));
  if (sent.bundle.empty()) return absl::OkStatus();
  return Conflict(turn, event, std::move(sent)).Run();
}

}  // namespace tideover::doors
