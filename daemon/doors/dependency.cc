#include "doors/dependency.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/status_macros.h"
#include "cache/documents.h"
#include "cache/id_map.h"
#include "doors/hold.h"
#include "doors/references.h"
#include "doors/refold.h"
#include "log/lanes.h"
#include "log/needs.h"

namespace tideover::doors {
namespace {

using log::DocumentKey;
using log::LogEntry;
using log::Mutation;
using log::PushState;

// A document, and the id under which others may still name it: its own, or the one that it had.
struct Made {
  DocumentKey document;
  std::string known_as;
};

// What the mutation makes.
std::vector<Made> MadeBy(const Mutation& mutation) {
  std::vector<Made> made;
  const auto add = [&](Mutation::Kind kind, DocumentKey document, const std::string& provisional) {
    if (kind != Mutation::CREATE) return;
    const std::string known_as = provisional.empty() ? document.second : provisional;
    made.push_back({std::move(document), known_as});
  };
  add(mutation.kind(), {mutation.collection(), mutation.document_id()}, mutation.provisional_id());
  for (const Mutation::Effect& effect : mutation.effects()) {
    add(effect.kind(), log::KeyOf(effect.document()), effect.provisional_id());
  }
  return made;
}

absl::StatusOr<bool> HasBase(const store::Reader& reader, const DocumentKey& document) {
  ASSIGN_OR_RETURN(const auto found, cache::Find(reader, document.first, document.second));
  return found.has_value() && found->base.has_value();
}

// Of a change of holds that spreads from one mutation to the next: each is looked at after all that
// it may need, for those are older.
class Spread {
 public:
  Spread(Turn* turn, PushState::Hold from, PushState::Hold to)
      : turn_(turn), from_(from), to_(to) {}
  absl::Status Start(uint64_t seq, const Made& made);
  absl::Status Run();

 private:
  absl::Status AddNeeding(const DocumentKey& document);
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

absl::Status Spread::Start(uint64_t seq, const Made& made) {
  const DocumentKey& document = made.document;
  RETURN_IF_ERROR(AddNeeding({document.first, made.known_as}));
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
  for (const Made& made : MadeBy(mutation)) RETURN_IF_ERROR(Start(seq, made));
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

// The makers in a document's lane, ascending.
absl::StatusOr<std::vector<uint64_t>> MakersOf(const store::Reader& reader,
                                               const DocumentKey& document) {
  std::vector<uint64_t> makers;
  ASSIGN_OR_RETURN(const Pending pending, ReadPending(reader, document.first, document.second));
  for (size_t i = 0; i < pending.seqs.size(); ++i) {
    if (Makes(pending.entries[i].mutation(), document)) makers.push_back(pending.seqs[i]);
  }
  return makers;
}

// One mutation learns the id. Its documents show it, and it may be free to go.
absl::Status CloseOne(Turn* turn, uint64_t seq, const DocumentKey& provisional,
                      const std::string& id) {
  ASSIGN_OR_RETURN(auto entry, log::Find(turn->reader(), seq));
  if (!entry.has_value()) return absl::DataLossError("a need is of a mutation that is not logged");
  Mutation& mutation = *entry->mutable_mutation();
  RETURN_IF_ERROR(WriteIdInto(*turn, provisional, id, &mutation));
  auto& references = *mutation.mutable_references();
  references.erase(
      std::remove_if(references.begin(), references.end(),
                     [&](const auto& name) { return log::KeyOf(name) == provisional; }),
      references.end());
  RETURN_IF_ERROR(log::RemoveNeed(turn->txn, provisional, seq));
  RETURN_IF_ERROR(log::Rewrite(turn->txn, seq, *entry));
  const std::vector<DocumentKey> lanes = log::LanesOf(seq, mutation);
  if (references.empty()) {
    turn->notice.freed.insert(turn->notice.freed.end(), lanes.begin(), lanes.end());
  }
  for (const DocumentKey& lane : lanes) {
    if (lane.first == log::kNoCollection) continue;
    ASSIGN_OR_RETURN(cache::Document document, Load(*turn, lane.first, lane.second));
    RETURN_IF_ERROR(RefoldAndStore(turn, lane.first, lane.second, std::move(document),
                                   /*keep_tombstone=*/true));
  }
  if (entry->push().hold() != PushState::DEPENDENCY) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool lacks, LacksWhatItNeeds(turn->reader(), seq, mutation));
  if (lacks) return absl::OkStatus();
  RETURN_IF_ERROR(SetHold(turn, seq, *entry, PushState::NONE));
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

absl::StatusOr<std::optional<Maker>> FirstMaker(const store::Reader& reader,
                                                const DocumentKey& document) {
  const std::string prefix = store::LanePrefix(document.first, document.second);
  store::Cursor cursor(reader, store::Table::kLanes);
  for (cursor.Seek(prefix); cursor.Valid() && cursor.key().starts_with(prefix); cursor.Next()) {
    const uint64_t seq = store::LaneSeqOf(cursor.key());
    ASSIGN_OR_RETURN(auto entry, log::Find(reader, seq));
    if (entry.has_value() && Makes(entry->mutation(), document)) {
      return std::optional<Maker>({seq, *std::move(entry)});
    }
  }
  if (!cursor.status().ok()) return cursor.status();
  return std::optional<Maker>();
}

absl::StatusOr<bool> IsUnmade(const store::Reader& reader, const DocumentKey& document,
                              uint64_t seq) {
  ASSIGN_OR_RETURN(const bool has_base, HasBase(reader, document));
  if (has_base) return false;
  ASSIGN_OR_RETURN(const auto maker, FirstMaker(reader, document));
  return !maker.has_value() || maker->seq >= seq ||
         maker->entry.push().hold() == PushState::DEPENDENCY;
}

absl::StatusOr<bool> LacksWhatItNeeds(const store::Reader& reader, uint64_t seq,
                                      const Mutation& mutation) {
  for (const DocumentKey& lane : log::LanesOf(seq, mutation)) {
    if (!base::IsProvisionalId(lane.second) || Makes(mutation, lane)) continue;
    ASSIGN_OR_RETURN(const bool unmade, IsUnmade(reader, lane, seq));
    if (unmade) return true;
  }
  for (const log::DocumentName& name : mutation.references()) {
    ASSIGN_OR_RETURN(std::string id,
                     cache::ResolveId(reader, name.collection(), name.document_id()));
    ASSIGN_OR_RETURN(const bool unmade, IsUnmade(reader, {name.collection(), std::move(id)}, seq));
    if (unmade) return true;
  }
  return false;
}

absl::Status HoldDependants(Turn* turn, uint64_t seq, const Mutation& maker, PushState::Hold from,
                            PushState::Hold to) {
  Spread spread(turn, from, to);
  for (const Made& made : MadeBy(maker)) RETURN_IF_ERROR(spread.Start(seq, made));
  return spread.Run();
}

absl::Status LoseMaker(Turn* turn, uint64_t seq, const Mutation& maker) {
  Spread spread(turn, PushState::NONE, PushState::DEPENDENCY);
  for (const Made& made : MadeBy(maker)) {
    const auto& [collection, id] = made.document;
    ASSIGN_OR_RETURN(const bool has_base, HasBase(turn->reader(), made.document));
    RETURN_IF_ERROR(has_base ? CloseReferences(turn, collection, made.known_as, id)
                             : spread.Start(seq, made));
  }
  return spread.Run();
}

absl::Status CloseReferences(Turn* turn, store::CollectionId collection,
                             const std::string& provisional, const std::string& id) {
  const DocumentKey known_as(collection, provisional);
  ASSIGN_OR_RETURN(const auto needing, log::ReadNeeds(turn->reader(), known_as));
  if (needing.empty()) return absl::OkStatus();
  // Of a document that is deleted and made once more, still unsent, what comes after means the
  // later one.
  ASSIGN_OR_RETURN(const auto makers, MakersOf(turn->reader(), {collection, id}));
  for (const uint64_t seq : needing) {
    if (!makers.empty() && makers.front() < seq) continue;
    RETURN_IF_ERROR(CloseOne(turn, seq, known_as, id));
  }
  return absl::OkStatus();
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
    const std::vector<DocumentKey> lanes = log::LanesOf(seq, mutation);
    turn->notice.freed.insert(turn->notice.freed.end(), lanes.begin(), lanes.end());
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
