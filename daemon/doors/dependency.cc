#include "doors/dependency.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/planted_bug.h"
#include "base/status_macros.h"
#include "cache/documents.h"
#include "doors/hold.h"
#include "doors/references.h"
#include "doors/refold.h"
#include "log/lanes.h"
#include "log/mutation_log.h"
#include "log/needs.h"

namespace tideover::doors {
namespace {

using log::DocumentKey;
using log::LogEntry;
using log::Mutation;
using log::PushState;

// What the mutation makes.
std::vector<DocumentKey> MadeBy(uint64_t seq, const Mutation& mutation) {
  std::vector<DocumentKey> made = log::LanesOf(seq, mutation);
  std::erase_if(made, [&](const DocumentKey& document) { return !Makes(mutation, document); });
  return made;
}

// It waits for no other lane any more.
void AnnounceFreed(Turn* turn, const std::vector<DocumentKey>& lanes) {
  turn->notice.freed.insert(turn->notice.freed.end(), lanes.begin(), lanes.end());
}

// Of a change of holds that spreads from one mutation to the next: each is looked at after all that
// it may need, for those are older.
class Spread {
 public:
  Spread(Turn* turn, PushState::Hold from, PushState::Hold to)
      : turn_(turn), from_(from), to_(to) {}
  // What references the document.
  absl::Status AddNeeding(const DocumentKey& document);
  // That, and what stands behind `seq` in its lane.
  absl::Status Start(uint64_t seq, const DocumentKey& document);
  absl::Status Run();

 private:
  absl::Status Look(uint64_t seq, LogEntry entry, bool lost_its_own);

  Turn* const turn_;
  const PushState::Hold from_;
  const PushState::Hold to_;
  std::map<uint64_t, bool> waiting_;  // And whether what made the document of its lane is lost.
};

absl::Status Spread::AddNeeding(const DocumentKey& document) {
  ASSIGN_OR_RETURN(const auto needing, log::ReadNeeds(turn_->reader(), document));
  for (const uint64_t seq : needing) waiting_.emplace(seq, false);
  return absl::OkStatus();
}

absl::Status Spread::Start(uint64_t seq, const DocumentKey& document) {
  RETURN_IF_ERROR(AddNeeding(document));
  ASSIGN_OR_RETURN(const std::vector<uint64_t> lane,
                   log::ReadLane(turn_->reader(), document.first, document.second));
  for (const uint64_t other : lane) {
    if (other <= seq) continue;
    ASSIGN_OR_RETURN(const auto entry, log::Find(turn_->reader(), other));
    if (!entry.has_value()) continue;
    if (Makes(entry->mutation(), document)) break;
    waiting_[other] = true;
  }
  return absl::OkStatus();
}

absl::Status Spread::Look(uint64_t seq, LogEntry entry, bool lost_its_own) {
  if (HoldBeneath(entry.push()) != from_) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool lacks, LacksWhatItNeeds(turn_->reader(), seq, entry.mutation()));
  if (to_ == PushState::DEPENDENCY ? !lacks && !lost_its_own : lacks) return absl::OkStatus();
  const Mutation mutation = entry.mutation();
  RETURN_IF_ERROR(SetHold(turn_, seq, std::move(entry), to_));
  for (const DocumentKey& made : MadeBy(seq, mutation)) RETURN_IF_ERROR(Start(seq, made));
  return absl::OkStatus();
}

absl::Status Spread::Run() {
  while (!waiting_.empty()) {
    const auto [seq, lost_its_own] = *waiting_.begin();
    waiting_.erase(waiting_.begin());
    ASSIGN_OR_RETURN(auto entry, log::Find(turn_->reader(), seq));
    if (entry.has_value()) RETURN_IF_ERROR(Look(seq, *std::move(entry), lost_its_own));
  }
  return absl::OkStatus();
}

// One mutation learns the id. Its documents show it, and it may be free to go.
absl::Status CloseOne(Turn* turn, uint64_t seq, const DocumentKey& document) {
  ASSIGN_OR_RETURN(LogEntry entry, log::MustFind(turn->reader(), seq));
  Mutation& mutation = *entry.mutable_mutation();
  RETURN_IF_ERROR(WriteIdInto(*turn, document, &mutation));
  auto& references = *mutation.mutable_references();
  references.erase(std::remove_if(references.begin(), references.end(),
                                  [&](const auto& name) { return log::KeyOf(name) == document; }),
                   references.end());
  RETURN_IF_ERROR(log::RemoveNeed(turn->txn, document, seq));
  RETURN_IF_ERROR(log::Rewrite(turn->txn, seq, entry));
  const std::vector<DocumentKey> lanes = log::LanesOf(seq, mutation);
  if (references.empty()) AnnounceFreed(turn, lanes);
  for (const DocumentKey& lane : lanes) {
    if (lane.first == log::kNoCollection) continue;
    ASSIGN_OR_RETURN(cache::Document shown, Load(*turn, lane.first, lane.second));
    RETURN_IF_ERROR(RefoldAndStore(turn, lane.first, lane.second, std::move(shown),
                                   /*keep_tombstone=*/true));
  }
  if (entry.push().hold() != PushState::DEPENDENCY) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool lacks, LacksWhatItNeeds(turn->reader(), seq, mutation));
  if (lacks) return absl::OkStatus();
  RETURN_IF_ERROR(SetHold(turn, seq, entry, PushState::NONE));
  return HoldDependants(turn, seq, mutation, PushState::DEPENDENCY, PushState::NONE);
}

}  // namespace

bool Makes(const Mutation& mutation, const DocumentKey& document) {
  if (mutation.kind() == Mutation::CREATE) {
    return mutation.collection() == document.first && mutation.document_id() == document.second;
  }
  return std::any_of(mutation.effects().begin(), mutation.effects().end(), [&](const auto& effect) {
    return effect.kind() == Mutation::CREATE && log::KeyOf(effect.document()) == document;
  });
}

std::string KnownAs(const Mutation& mutation, const DocumentKey& document) {
  std::string id = mutation.provisional_id();
  for (const Mutation::Effect& effect : mutation.effects()) {
    if (log::KeyOf(effect.document()) == document) id = effect.provisional_id();
  }
  return id.empty() ? document.second : id;
}

absl::StatusOr<std::optional<Maker>> MakerBefore(const store::Reader& reader,
                                                 const DocumentKey& document, uint64_t seq) {
  std::optional<Maker> maker;
  const std::string prefix = store::LanePrefix(document.first, document.second);
  store::Cursor cursor(reader, store::Table::kLanes);
  for (cursor.Seek(prefix); cursor.Valid() && cursor.key().starts_with(prefix); cursor.Next()) {
    const uint64_t other = store::LaneSeqOf(cursor.key());
    if (other >= seq) break;
    ASSIGN_OR_RETURN(auto entry, log::Find(reader, other));
    if (!entry.has_value() || !Makes(entry->mutation(), document)) continue;
    maker = Maker{other, *std::move(entry)};
  }
  if (!cursor.status().ok()) return cursor.status();
  return maker;
}

absl::StatusOr<bool> HasBase(const store::Reader& reader, const DocumentKey& document) {
  ASSIGN_OR_RETURN(const auto found, cache::Find(reader, document.first, document.second));
  return found.has_value() && found->base.has_value();
}

absl::StatusOr<bool> IsUnmade(const store::Reader& reader, const DocumentKey& document,
                              uint64_t seq) {
  ASSIGN_OR_RETURN(const auto maker, MakerBefore(reader, document, seq));
  if (maker.has_value()) return maker->entry.push().hold() == PushState::DEPENDENCY;
  ASSIGN_OR_RETURN(const bool has_base, HasBase(reader, document));
  return !has_base;
}

absl::StatusOr<bool> LacksWhatItNeeds(const store::Reader& reader, uint64_t seq,
                                      const Mutation& mutation) {
  for (const DocumentKey& lane : log::LanesOf(seq, mutation)) {
    if (!base::IsProvisionalId(lane.second) || Makes(mutation, lane)) continue;
    ASSIGN_OR_RETURN(const bool unmade, IsUnmade(reader, lane, seq));
    if (unmade) return true;
  }
  for (const log::DocumentName& name : mutation.references()) {
    ASSIGN_OR_RETURN(const bool unmade, IsUnmade(reader, log::KeyOf(name), seq));
    if (unmade) return true;
  }
  return false;
}

absl::Status HoldDependants(Turn* turn, uint64_t seq, const Mutation& maker, PushState::Hold from,
                            PushState::Hold to) {
  Spread spread(turn, from, to);
  for (const DocumentKey& made : MadeBy(seq, maker)) RETURN_IF_ERROR(spread.Start(seq, made));
  return spread.Run();
}

absl::Status LoseMaker(Turn* turn, uint64_t seq, const Mutation& maker) {
  Spread spread(turn, PushState::NONE, PushState::DEPENDENCY);
  for (const DocumentKey& made : MadeBy(seq, maker)) {
    ASSIGN_OR_RETURN(const bool has_base, HasBase(turn->reader(), made));
    RETURN_IF_ERROR(has_base ? CloseReferences(turn, made) : spread.Start(seq, made));
  }
  return spread.Run();
}

absl::Status RenameReferences(Turn* turn, const DocumentKey& from, const std::string& to) {
  ASSIGN_OR_RETURN(const auto needing, log::ReadNeeds(turn->reader(), from));
  for (const uint64_t seq : needing) {
    ASSIGN_OR_RETURN(LogEntry entry, log::MustFind(turn->reader(), seq));
    auto& references = *entry.mutable_mutation()->mutable_references();
    const auto is = [](const DocumentKey& document) {
      return [document](const log::DocumentName& name) { return log::KeyOf(name) == document; };
    };
    references.erase(std::remove_if(references.begin(), references.end(), is({from.first, to})),
                     references.end());
    std::find_if(references.begin(), references.end(), is(from))->set_document_id(to);
    RETURN_IF_ERROR(log::RemoveNeed(turn->txn, from, seq));
    RETURN_IF_ERROR(log::AddNeed(turn->txn, {from.first, to}, seq));
    RETURN_IF_ERROR(log::Rewrite(turn->txn, seq, entry));
  }
  return absl::OkStatus();
}

absl::Status CloseReferences(Turn* turn, const DocumentKey& document) {
  if (PLANTED_BUG(kReferencesNotClosed)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto needing, log::ReadNeeds(turn->reader(), document));
  if (needing.empty()) return absl::OkStatus();
  for (const uint64_t seq : needing) {
    // Of a document that is deleted and made once more, what comes after means the later one.
    ASSIGN_OR_RETURN(const auto maker, MakerBefore(turn->reader(), document, seq));
    if (maker.has_value()) continue;
    RETURN_IF_ERROR(CloseOne(turn, seq, document));
  }
  // And that one may be held.
  Spread spread(turn, PushState::NONE, PushState::DEPENDENCY);
  RETURN_IF_ERROR(spread.AddNeeding(document));
  return spread.Run();
}

absl::Status ChangeNeeds(Turn* turn, uint64_t seq, const Mutation& before, LogEntry* entry) {
  const Mutation& mutation = entry->mutation();
  for (const log::DocumentName& name : before.references()) {
    RETURN_IF_ERROR(log::RemoveNeed(turn->txn, log::KeyOf(name), seq));
  }
  for (const log::DocumentName& name : mutation.references()) {
    RETURN_IF_ERROR(log::AddNeed(turn->txn, log::KeyOf(name), seq));
  }
  if (before.references_size() > 0 && mutation.references_size() == 0) {
    AnnounceFreed(turn, log::LanesOf(seq, mutation));
  }
  ASSIGN_OR_RETURN(const bool lacks, LacksWhatItNeeds(turn->reader(), seq, mutation));
  const PushState::Hold hold = HoldBeneath(entry->push());
  if (lacks && hold == PushState::NONE) ChangeHold(entry, PushState::DEPENDENCY);
  if (!lacks && hold == PushState::DEPENDENCY) ChangeHold(entry, PushState::NONE);
  return absl::OkStatus();
}

absl::Status SpreadHold(Turn* turn, uint64_t seq, const LogEntry& entry) {
  const bool held = entry.push().hold() == PushState::DEPENDENCY;
  return HoldDependants(turn, seq, entry.mutation(), held ? PushState::NONE : PushState::DEPENDENCY,
                        held ? PushState::DEPENDENCY : PushState::NONE);
}

}  // namespace tideover::doors
