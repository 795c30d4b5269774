#include "doors/list_merge.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/planted_bug.h"
#include "base/status_macros.h"
#include "base/text.h"
#include "cache/checkpoint.h"
#include "cache/documents.h"
#include "doors/bundle.h"
#include "doors/incoming.h"
#include "doors/merge_door.h"
#include "doors/refold.h"
#include "log/mutation_log.h"
#include "view/fold.h"

namespace tideover::doors {
namespace {

using log::LogEntry;
using log::PushState;

// A create with a server-made id whose outcome is open: one of the list's new documents may be it.
struct Suspect {
  uint64_t seq = 0;
  LogEntry entry;
  json::Value change;  // With what left together with it.
  bool absence_is_proof = false;
  bool seen = false;
};

// Whether a server that was asked to store `ours` may be showing it as `said`: it writes numbers as
// it likes, leaves out what is null, and adds members of its own.
bool LooksLike(const json::Value& ours, const json::Value* said) {
  if (said == nullptr || said->is_null()) return ours.is_null();
  if (ours.is_number() && said->is_number()) {
    const auto a = ours.AsInt64();
    const auto b = said->AsInt64();
    return a.has_value() && b.has_value() ? a == b : ours.AsDouble() == said->AsDouble();
  }
  if (ours.is_object() && said->is_object()) {
    const auto& members = ours.members();
    return std::all_of(members.begin(), members.end(), [&](const json::Member& member) {
      return LooksLike(member.value, said->Find(member.name));
    });
  }
  if (ours.is_array() && said->is_array()) {
    return std::equal(ours.elements().begin(), ours.elements().end(), said->elements().begin(),
                      said->elements().end(),
                      [](const json::Value& a, const json::Value& b) { return LooksLike(a, &b); });
  }
  return ours == *said;
}

class ListMerge {
 public:
  ListMerge(Turn* turn, const List& list, MergeAnswer* answer)
      : turn_(turn), list_(list), answer_(answer) {}
  absl::Status Run();

 private:
  absl::Status LoadSuspects();
  absl::Status SplitKnown();
  absl::Status ConfirmById();
  absl::Status UpdateKnown();
  absl::Status AddUnknown();
  absl::Status ConcludeFromAbsence();
  // What the list says of a document that is in it.
  Said SaidOf(const std::string& id) const {
    return TakeVersion(RulesOf(*turn_, list_.collection), *said_.find(id)->second);
  }
  absl::Status TakeNew(const std::string& id);
  absl::StatusOr<bool> SaysAnew(const cache::DocumentRef& known, const Said& said) const;
  Suspect* FindSuspect(const json::Value& document);
  bool MayBeOlder(const cache::DocumentHeader& header) const {
    return header.settled_commit > list_.asked_commit;
  }
  void Keep() { answer_->list_again = true; }
  bool ServerChoosesIds() const {
    const auto it = turn_->rules->find(turn_->catalog->NameOf(list_.collection));
    return it == turn_->rules->end() || it->second.ids == IdMode::kServer;
  }

  Turn* const turn_;
  const List& list_;
  MergeAnswer* const answer_;
  std::map<std::string, const json::Value*, std::less<>> said_;  // By id.
  std::vector<Suspect> suspects_;
  // Decided in one walk over the collection; written after it, for a write ends the walk.
  std::vector<std::string> moved_;    // Known, and the list says something else.
  std::vector<std::string> gone_;     // Known, not in the list, nothing speaks for them.
  std::vector<std::string> unknown_;  // In the list, not known.
};

absl::Status ListMerge::LoadSuspects() {
  for (size_t i = 0; i < list_.suspects.size(); ++i) {
    const uint64_t seq = list_.suspects[i];
    ASSIGN_OR_RETURN(Sendable sent, ReadSent(turn_->reader(), seq));
    if (sent.bundle.empty()) continue;
    const bool proof = i < list_.absence_is_proof.size() && list_.absence_is_proof[i];
    suspects_.push_back(
        {seq, std::move(sent.bundle.entries.front()), std::move(sent.write.change), proof, false});
  }
  return absl::OkStatus();
}

// Where there are versions, they tell. The order of members says nothing.
absl::StatusOr<bool> ListMerge::SaysAnew(const cache::DocumentRef& known, const Said& said) const {
  if (said.version != 0) return said.version > known.header.server_version;
  if (!known.base.has_value() || !said.document.has_value()) return true;
  if (*known.base == json::Write(*said.document)) return false;
  ASSIGN_OR_RETURN(const auto base, ParseStored(std::string(*known.base)));
  return *base != *said.document;
}

absl::Status ListMerge::SplitKnown() {
  std::map<std::string, const json::Value*, std::less<>> unknown = said_;
  absl::Status failed;
  const auto split = [&](std::string_view id, const cache::DocumentRef& document) -> absl::Status {
    const auto said = said_.find(id);
    if (said != said_.end()) unknown.erase(said->first);
    const bool touched = document.header.pending > 0 && !PLANTED_BUG(kAbsenceDeletesPending);
    if (said == said_.end() && touched) {
      answer_->absent_kept = answer_->absent_kept || document.base.has_value();
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const bool adding,
                     AddsAtPresent(turn_->reader(), list_.collection, id, document.header));
    if (adding || MayBeOlder(document.header)) {
      Keep();
    } else if (said == said_.end()) {
      gone_.emplace_back(id);
    } else {
      ASSIGN_OR_RETURN(const bool anew, SaysAnew(document, SaidOf(said->first)));
      if (anew) moved_.emplace_back(id);
    }
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(cache::ForEach(turn_->reader(), list_.collection, "",
                                 [&](std::string_view id, const cache::DocumentRef& document) {
                                   failed = split(id, document);
                                   return failed.ok();
                                 }));
  RETURN_IF_ERROR(failed);
  for (const auto& [id, said] : unknown) {
    if (SaidOf(id).document.has_value()) unknown_.push_back(id);
  }
  return absl::OkStatus();
}

// Creates whose id was made here: the list shows them under that very id.
absl::Status ListMerge::ConfirmById() {
  if (ServerChoosesIds()) return absl::OkStatus();
  for (Suspect& suspect : suspects_) {
    const auto said = said_.find(suspect.entry.mutation().document_id());
    if (said == said_.end() || !SaidOf(said->first).document.has_value()) continue;
    // Of one that a merge made anew, or a person edited, there may be another document of that id.
    if (suspect.entry.has_original() && !LooksLike(suspect.change, said->second)) continue;
    suspect.seen = true;
    if (suspect.entry.push().hold() != PushState::VERIFY) continue;
    ASSIGN_OR_RETURN(const cache::Document document, Load(*turn_, list_.collection, said->first));
    // It may be what was there before an earlier delete of ours; SplitKnown has seen to the rest.
    if (MayBeOlder(document.header)) continue;
    RETURN_IF_ERROR(MergeConfirmed(turn_, {suspect.seq, *said->second, {}}));
  }
  return absl::OkStatus();
}

absl::Status ListMerge::UpdateKnown() {
  for (const std::string& id : moved_) {
    ASSIGN_OR_RETURN(cache::Document document, Load(*turn_, list_.collection, id));
    const Said said = SaidOf(id);
    RETURN_IF_ERROR(TakeBase(turn_, list_.collection, id, said, &document).status());
    // A deletion that has a version is remembered, until a list leaves it out.
    RETURN_IF_ERROR(RefoldAndStore(turn_, list_.collection, id, std::move(document),
                                   /*keep_tombstone=*/said.version != 0));
  }
  for (const std::string& id : gone_) {
    ASSIGN_OR_RETURN(cache::Document document, Load(*turn_, list_.collection, id));
    document.base.reset();
    RETURN_IF_ERROR(RefoldAndStore(turn_, list_.collection, id, std::move(document),
                                   /*keep_tombstone=*/false));
  }
  return absl::OkStatus();
}

// Of the open creates that the document may be: one in flight first, for its answer will tell; else
// the one that says most about its document.
Suspect* ListMerge::FindSuspect(const json::Value& document) {
  if (PLANTED_BUG(kOwnCreateNotSeen)) return nullptr;
  if (!ServerChoosesIds()) return nullptr;  // They show under the id that was made here.
  Suspect* best = nullptr;
  for (Suspect& suspect : suspects_) {
    if (suspect.seen && suspect.entry.push().hold() == PushState::VERIFY) continue;
    if (!LooksLike(suspect.change, &document)) continue;
    if (suspect.entry.push().hold() != PushState::VERIFY) return &suspect;
    const size_t says = suspect.change.members().size();
    if (best == nullptr || says > best->change.members().size()) best = &suspect;
  }
  return best;
}

absl::Status ListMerge::TakeNew(const std::string& id) {
  cache::Document fresh;
  RETURN_IF_ERROR(TakeBase(turn_, list_.collection, id, SaidOf(id), &fresh).status());
  return RefoldAndStore(turn_, list_.collection, id, std::move(fresh), /*keep_tombstone=*/false);
}

absl::Status ListMerge::AddUnknown() {
  for (const std::string& id : unknown_) {
    const json::Value& document = *said_.find(id)->second;
    Suspect* suspect = FindSuspect(document);
    if (suspect == nullptr) {
      RETURN_IF_ERROR(TakeNew(id));
      continue;
    }
    suspect->seen = true;
    const PushState& push = suspect->entry.push();
    if (push.hold() != PushState::VERIFY) {
      // Its answer is still under way, and will say whether this is the one. Until then nobody can
      // say that another create which it may be just as well is not there.
      Keep();
      for (Suspect& other : suspects_) {
        if (LooksLike(other.change, &document)) other.seen = true;
      }
    } else if (push.first_sent_generation() > 0) {
      RETURN_IF_ERROR(MergeConfirmed(turn_, {suspect->seq, document, id}));
    } else {
      // No list was ever read before the attempt, so this may as well be an older twin: a person
      // must say.
      RETURN_IF_ERROR(TakeNew(id));
      // What else the list confirmed may have changed it.
      ASSIGN_OR_RETURN(auto entry, log::Find(turn_->reader(), suspect->seq));
      if (!entry.has_value()) continue;
      RETURN_IF_ERROR(SetHold(turn_, suspect->seq, *std::move(entry), PushState::AMBIGUOUS));
    }
  }
  return absl::OkStatus();
}

absl::Status ListMerge::ConcludeFromAbsence() {
  for (Suspect& suspect : suspects_) {
    if (suspect.seen || suspect.entry.push().hold() != PushState::VERIFY) continue;
    if (!suspect.absence_is_proof && !PLANTED_BUG(kAbsenceAlwaysProves)) {
      Keep();
      continue;
    }
    RETURN_IF_ERROR(NeverArrived(turn_, suspect.seq));
  }
  return absl::OkStatus();
}

absl::Status ListMerge::Run() {
  const std::string& id_field = IdField(*turn_, list_.collection);
  for (const json::Value& document : list_.documents) {
    const json::Value* id = document.Find(id_field);
    // The upstream sees to it that there is one; but what cannot be a key must not stop us.
    if (id == nullptr || !id->is_string() || !base::CheckDocumentId(id->text()).ok()) continue;
    said_[id->text()] = &document;
  }
  RETURN_IF_ERROR(LoadSuspects());
  RETURN_IF_ERROR(SplitKnown());
  RETURN_IF_ERROR(ConfirmById());
  RETURN_IF_ERROR(UpdateKnown());
  RETURN_IF_ERROR(AddUnknown());
  RETURN_IF_ERROR(ConcludeFromAbsence());
  answer_->added = unknown_.size();
  answer_->updated = moved_.size();
  answer_->removed = gone_.size();
  ASSIGN_OR_RETURN(auto checkpoint, cache::ReadCheckpoint(turn_->reader(), list_.collection));
  checkpoint.set_last_full_sync_wall_ms(list_.asked_wall.ms);
  checkpoint.set_generation(checkpoint.generation() + 1);
  return cache::WriteCheckpoint(turn_->txn, list_.collection, checkpoint);
}

}  // namespace

absl::Status MergeList(Turn* turn, const List& list, MergeAnswer* answer) {
  return ListMerge(turn, list, answer).Run();
}

}  // namespace tideover::doors
