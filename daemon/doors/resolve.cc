#include "doors/resolve.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/status_macros.h"
#include "doors/bundle.h"
#include "doors/dependency.h"
#include "doors/hold.h"
#include "doors/incoming.h"
#include "doors/merge_door.h"
#include "doors/operation.h"
#include "doors/outbox_edit.h"
#include "doors/references.h"
#include "doors/refold.h"
#include "view/fold.h"

namespace tideover::doors {
namespace {

using log::LogEntry;
using log::Mutation;
using log::PushState;
using log::SettledEntry;

class Resolution {
 public:
  Resolution(Turn* turn, uint64_t seq, LogEntry entry)
      : turn_(turn),
        seq_(seq),
        entry_(std::move(entry)),
        before_(entry_.mutation()),
        collection_(entry_.mutation().collection()),
        id_(entry_.mutation().document_id()),
        rules_(RulesOf(*turn, collection_)) {}

  // Everything else needs this first.
  absl::Status Read();
  absl::Status SendOurs();
  absl::Status End(SettledEntry::Outcome outcome);
  absl::Status SendMerged(const std::string& json);

 private:
  absl::Status CheckCreate(const json::Value& document) const;
  absl::Status SendAgain();

  Turn* const turn_;
  const uint64_t seq_;
  LogEntry entry_;
  const Mutation before_;
  const store::CollectionId collection_;
  const std::string id_;
  const CollectionRules& rules_;
  cache::Document document_;
  std::optional<json::Value> theirs_;
};

absl::Status Resolution::Read() {
  if (entry_.push().hold() != PushState::CONFLICT) {
    return absl::FailedPreconditionError(fmt::format("mutation {} is in no conflict", seq_));
  }
  ASSIGN_OR_RETURN(document_, Load(*turn_, collection_, id_));
  ASSIGN_OR_RETURN(theirs_, ParseStored(document_.base));
  return absl::OkStatus();
}

absl::Status Resolution::CheckCreate(const json::Value& document) const {
  if (rules_.ids == IdMode::kServer) {
    return absl::FailedPreconditionError(
        "the server has deleted the document and chooses ids itself: keep theirs, and create it "
        "anew");
  }
  return CheckSendable(rules_, Mutation::CREATE, document, turn_->catalog->NameOf(collection_));
}

// Of what left together with it, and of what was made on the same version, nothing is in doubt any
// more: all of it goes out on top of what the server has. Where the server has nothing, what
// follows knows the old version until the document is made anew: another may make it before us.
absl::Status Resolution::SendAgain() {
  const LogEntry undecided = entry_;
  const int64_t before = entry_.seen().version();
  const int64_t now = document_.header.server_version;
  const bool gone = !theirs_.has_value() && now == 0;
  const PushState& push = entry_.push();
  const uint64_t last = push.unanswered() ? push.bundle_last() : 0;
  ASSIGN_OR_RETURN(Pending pending, ReadPending(turn_->reader(), collection_, id_));
  for (size_t i = 0; i < pending.seqs.size(); ++i) {
    const bool this_one = pending.seqs[i] == seq_;
    LogEntry& entry = this_one ? entry_ : pending.entries[i];
    if (entry.mutation().kind() == Mutation::INVOKE) continue;
    if (entry.seen().version() != before) continue;
    if (this_one || !gone) SeeVersion(now, &entry);
    if (this_one || (last != 0 && entry.push().bundle_last() == last)) {
      entry.mutable_push()->set_unanswered(false);
      entry.mutable_push()->set_bundle_last(0);
      entry.mutable_push()->set_merges(0);
      entry.mutable_push()->clear_sent_json();
    }
    if (!this_one) RETURN_IF_ERROR(log::Rewrite(turn_->txn, pending.seqs[i], entry));
  }
  // An operator's hold stays.
  ChangeHold(&entry_, PushState::NONE);
  RETURN_IF_ERROR(ChangeNeeds(turn_, seq_, before_, &entry_));
  RETURN_IF_ERROR(WriteAndAnnounce(turn_, seq_, entry_));
  RETURN_IF_ERROR(HandOnSeen(turn_, undecided));
  return RefoldAndStore(turn_, collection_, id_, std::move(document_), /*keep_tombstone=*/true);
}

absl::Status Resolution::SendOurs() {
  const Mutation::Kind kind = entry_.mutation().kind();
  if (!theirs_.has_value() && kind != Mutation::CREATE && kind != Mutation::DELETE) {
    ASSIGN_OR_RETURN(const Pending pending, ReadPending(turn_->reader(), collection_, id_));
    ASSIGN_OR_RETURN(auto ours, BaseSeen(pending.entries, entry_.seen().version(), document_));
    ASSIGN_OR_RETURN(view::Write write, view::WriteOf(entry_));
    ours = view::Apply(std::move(ours), write.kind, write.change, rules_.id_field, id_);
    if (!ours.has_value()) {
      return absl::FailedPreconditionError(
          "the server has deleted the document, and what it was is not known: keep theirs");
    }
    ours->Remove(rules_.id_field);
    RETURN_IF_ERROR(CheckCreate(*ours));
    PutInPlace(*turn_, seq_, {Mutation::CREATE, *std::move(ours)}, /*new_id=*/false, &entry_);
  }
  return SendAgain();
}

absl::Status Resolution::End(SettledEntry::Outcome outcome) {
  SettledEntry settled;
  settled.set_outcome(outcome);
  settled.set_server_json(document_.base.value_or(""));
  RETURN_IF_ERROR(Settle(turn_, seq_, entry_, std::move(settled)));
  document_.header.settled_commit = turn_->commit();
  RETURN_IF_ERROR(
      RefoldAndStore(turn_, collection_, id_, std::move(document_), /*keep_tombstone=*/true));
  return LoseMaker(turn_, seq_, entry_.mutation());
}

absl::Status Resolution::SendMerged(const std::string& json) {
  ASSIGN_OR_RETURN(json::Value merged, json::ParseObject(json));
  std::string id = id_;
  RETURN_IF_ERROR(CheckIdMember(merged, rules_.id_field, &id));
  merged.Remove(rules_.id_field);
  view::Write write{Mutation::CREATE, std::move(merged)};
  if (theirs_.has_value()) {
    theirs_->Remove(rules_.id_field);
    write = {Mutation::UPDATE, view::DiffPatch(*theirs_, write.change)};
    if (write.change.members().empty()) return End(SettledEntry::CONFIRMED);
    RETURN_IF_ERROR(
        CheckSendable(rules_, write.kind, write.change, turn_->catalog->NameOf(collection_)));
  } else {
    RETURN_IF_ERROR(CheckCreate(write.change));
  }
  // The server may know the old content under the old id only when an attempt is in doubt.
  PutInPlace(*turn_, seq_, write, entry_.push().unanswered(), &entry_);
  RETURN_IF_ERROR(RenewReferences(*turn_, seq_, entry_.mutable_mutation()));
  RETURN_IF_ERROR(CheckInPlace(*turn_, seq_, entry_));
  return SendAgain();
}

}  // namespace

absl::Status KeepOurs(Turn* turn, uint64_t seq, LogEntry entry) {
  Resolution resolution(turn, seq, std::move(entry));
  RETURN_IF_ERROR(resolution.Read());
  return resolution.SendOurs();
}

absl::Status KeepTheirs(Turn* turn, uint64_t seq, const LogEntry& entry) {
  Resolution resolution(turn, seq, entry);
  RETURN_IF_ERROR(resolution.Read());
  return resolution.End(SettledEntry::DISCARDED);
}

absl::Status KeepMerged(Turn* turn, uint64_t seq, LogEntry entry, const std::string& json) {
  Resolution resolution(turn, seq, std::move(entry));
  RETURN_IF_ERROR(resolution.Read());
  return resolution.SendMerged(json);
}

}  // namespace tideover::doors
