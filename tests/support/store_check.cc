#include "support/store_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/status_macros.h"
#include "cache/documents.h"
#include "cache/id_map.h"
#include "doors/dependency.h"
#include "log/lanes.h"
#include "log/mutation_log.h"
#include "log/open.h"
#include "log/settled.h"
#include "view/commute.h"
#include "view/fold.h"

namespace tideover::support {
namespace {

using log::LogEntry;
using log::Mutation;
using log::PushState;
using log::SettledEntry;
using store::CollectionId;
using store::SettledClass;
using store::Table;

class StoreCheck {
 public:
  StoreCheck(const store::Reader& reader, const doors::RulesByCollection& rules,
             const store::Catalog& catalog)
      : reader_(reader), rules_(rules), catalog_(catalog) {}
  absl::Status Run();

 private:
  absl::Status CheckLog();
  void CheckReferences(uint64_t seq, const LogEntry& entry);
  absl::Status CheckNeeds();
  absl::Status CheckOpen();
  absl::Status CheckLanes();
  absl::Status CheckDocuments();
  absl::Status CheckDocument(CollectionId collection, const std::string& id,
                             const cache::DocumentRef& document);
  void CheckPush(uint64_t seq, const LogEntry& entry);
  void CheckSeen(const std::string& name, const cache::DocumentHeader& header,
                 const std::vector<LogEntry>& lane, bool versions);
  absl::Status CheckSettled();
  absl::Status CheckHistoryOrder();
  absl::Status CheckMutationIds();
  absl::Status CheckIdMap();

  void Say(std::string what) { wrong_ += "\n  " + std::move(what); }
  std::string Name(CollectionId collection, std::string_view id) const {
    return fmt::format("{}/{}", catalog_.NameOf(collection), id);
  }
  std::string IdField(CollectionId collection) const {
    const auto it = rules_.find(catalog_.NameOf(collection));
    return it == rules_.end() ? doors::CollectionRules().id_field : it->second.id_field;
  }

  const store::Reader& reader_;
  const doors::RulesByCollection& rules_;
  const store::Catalog& catalog_;
  log::Counters counters_;
  // Of every document that something is pending for: the log's entries, in order.
  std::map<std::pair<CollectionId, std::string>, std::vector<LogEntry>> pending_;
  // References of mutations: the document, and the mutation.
  std::set<std::tuple<CollectionId, std::string, uint64_t>> needs_;
  std::vector<uint64_t> open_;                  // What `open` must name.
  std::map<uint64_t, const char*> seen_;        // Every mutation, and in which table.
  std::map<std::string, uint64_t> client_ids_;  // Every id that an app gave.
  std::string wrong_;
};

absl::Status StoreCheck::CheckLog() {
  return log::ForEach(reader_, 0, [&](uint64_t seq, const LogEntry& entry) {
    const Mutation& mutation = entry.mutation();
    seen_.emplace(seq, "log");
    if (seq == 0 || seq > counters_.last_seq()) {
      Say(fmt::format("log {}: the newest number given is {}", seq, counters_.last_seq()));
    }
    if (mutation.kind() == Mutation::KIND_UNSPECIFIED) Say(fmt::format("log {}: no kind", seq));
    if (mutation.mutation_id().empty()) Say(fmt::format("log {}: no mutation id", seq));
    if (mutation.client_made_id()) client_ids_.emplace(log::GivenId(entry), seq);
    CheckPush(seq, entry);
    if (log::IsOpen(entry.push())) open_.push_back(seq);
    for (const auto& [collection, id] : log::LanesOf(seq, mutation)) {
      pending_[{collection, id}].push_back(entry);
      const auto lane = reader_.Get(Table::kLanes, store::LaneKey(collection, id, seq));
      if (!lane.ok() || !lane->has_value()) Say(fmt::format("log {}: not in its lane", seq));
    }
    CheckReferences(seq, entry);
    return true;
  });
}

// What its entry says of the way of a pending mutation.
void StoreCheck::CheckPush(uint64_t seq, const LogEntry& entry) {
  const PushState& push = entry.push();
  if (push.operator_hold() &&
      (push.hold() == PushState::NONE || push.hold() == PushState::OPERATOR)) {
    Say(fmt::format("log {}: an operator's hold beneath none", seq));
  }
  const bool may_have_arrived = push.open_attempt() || push.unanswered();
  if (!push.sent_json().empty() &&
      (!may_have_arrived || !view::Commutes(entry.mutation().kind()))) {
    Say(fmt::format("log {}: left as a patch, and did not", seq));
  }
  const bool conflicting = !entry.conflicting_json().empty() || entry.conflicting_version() != 0;
  if (conflicting && push.hold() != PushState::CONFLICT) {
    Say(fmt::format("log {}: in conflict, and not held", seq));
  }
  const Mutation& mutation = entry.mutation();
  if (entry.has_original() && entry.original().kind() == Mutation::KIND_UNSPECIFIED) {
    Say(fmt::format("log {}: was something, and does not say what", seq));
  }
  if (entry.original().mutation_id() == mutation.mutation_id()) {
    Say(fmt::format("log {}: its id is another, and is not", seq));
  }
}

// The base that a mutation saw is the base, or kept by the first of the lane that saw it.
void StoreCheck::CheckSeen(const std::string& name, const cache::DocumentHeader& header,
                           const std::vector<LogEntry>& lane, bool versions) {
  std::set<int64_t> kept;
  for (const LogEntry& entry : lane) {
    const log::SeenBase& seen = entry.seen();
    if (!versions && entry.has_seen()) Say(fmt::format("{}: a version, and there are none", name));
    if (seen.moved()) kept.insert(seen.version());
    if (seen.version() == 0 || seen.version() == header.server_version) continue;
    if (!kept.contains(seen.version())) {
      Say(fmt::format("{}: version {} was seen and nobody keeps it", name, seen.version()));
    }
  }
}

// What is open has no answer yet, and is found from its other end.
void StoreCheck::CheckReferences(uint64_t seq, const LogEntry& entry) {
  for (const log::DocumentName& name : entry.mutation().references()) {
    const auto& [collection, id] = log::KeyOf(name);
    if (!needs_.emplace(collection, id, seq).second) {
      Say(fmt::format("log {}: {} stands twice among its references", seq, Name(collection, id)));
    }
    if (entry.push().open_attempt() || entry.push().unanswered()) {
      Say(fmt::format("log {}: was sent while it waits for {}", seq, Name(collection, id)));
    }
    const auto known = cache::ResolveId(reader_, collection, id);
    const auto maker = known.ok() ? doors::MakerBefore(reader_, {collection, *known}, seq)
                                  : absl::StatusOr<std::optional<doors::Maker>>(known.status());
    const auto document = cache::Find(reader_, collection, known.value_or(id));
    if (!known.ok() || !maker.ok() || !document.ok()) {
      Say(fmt::format("log {}: what it references cannot be read", seq));
      continue;
    }
    const bool made = maker->has_value();
    const bool answered = document->has_value() && (*document)->base.has_value();
    if (!made && answered) {
      Say(fmt::format("log {}: {} is known to the server", seq, Name(collection, id)));
    }
    const bool lives = made && (*maker)->entry.push().hold() != log::PushState::DEPENDENCY;
    if (!lives && entry.push().hold() == log::PushState::NONE) {
      Say(fmt::format("log {}: nothing makes {}, and it is not held", seq, Name(collection, id)));
    }
  }
}

absl::Status StoreCheck::CheckNeeds() {
  store::Cursor cursor(reader_, Table::kNeeds);
  for (cursor.Seek(""); cursor.Valid(); cursor.Next()) {
    const std::string key(cursor.key());
    const CollectionId collection = store::ReadU32(key);
    const std::string id = key.substr(5, static_cast<unsigned char>(key[4]));
    const uint64_t seq = store::LaneSeqOf(key);
    if (needs_.erase({collection, id, seq}) == 0) {
      Say(fmt::format("needs: mutation {} does not reference {}", seq, Name(collection, id)));
    }
  }
  RETURN_IF_ERROR(cursor.status());
  for (const auto& [collection, id, seq] : needs_) {
    Say(fmt::format("needs: {} lacks mutation {}", Name(collection, id), seq));
  }
  return absl::OkStatus();
}

absl::Status StoreCheck::CheckOpen() {
  ASSIGN_OR_RETURN(const auto named, log::ReadOpen(reader_, 0, SIZE_MAX));
  std::vector<uint64_t> wrong;
  std::set_symmetric_difference(named.begin(), named.end(), open_.begin(), open_.end(),
                                std::back_inserter(wrong));
  for (const uint64_t seq : wrong) {
    const bool lacks = std::binary_search(open_.begin(), open_.end(), seq);
    Say(fmt::format("open: mutation {} {}", seq, lacks ? "is missing" : "is not open"));
  }
  return absl::OkStatus();
}

absl::Status StoreCheck::CheckLanes() {
  store::Cursor cursor(reader_, Table::kLanes);
  for (cursor.Seek(""); cursor.Valid(); cursor.Next()) {
    const std::string key(cursor.key());
    const size_t id_size = key.size() < 13 ? 0 : static_cast<unsigned char>(key[4]);
    if (key.size() != 4 + 1 + id_size + 8) {
      Say("lanes: a key has the wrong length");
      continue;
    }
    const CollectionId collection = store::ReadU32(key);
    const std::string id = key.substr(5, id_size);
    const uint64_t seq = store::LaneSeqOf(key);
    ASSIGN_OR_RETURN(const auto entry, log::Find(reader_, seq));
    const auto lanes =
        entry.has_value() ? log::LanesOf(seq, entry->mutation()) : std::vector<log::DocumentKey>();
    if (std::find(lanes.begin(), lanes.end(), log::DocumentKey(collection, id)) == lanes.end()) {
      Say(fmt::format("lanes: {} names mutation {}, which is not its own", Name(collection, id),
                      seq));
    }
    ASSIGN_OR_RETURN(const auto document, cache::Find(reader_, collection, id));
    if (!document.has_value() && collection != log::kNoCollection) {
      Say(fmt::format("lanes: {} has no document record", Name(collection, id)));
    }
  }
  return cursor.status();
}

absl::Status StoreCheck::CheckDocument(CollectionId collection, const std::string& id,
                                       const cache::DocumentRef& document) {
  const std::string name = Name(collection, id);
  const cache::DocumentHeader& header = document.header;
  const auto lane = pending_.find({collection, id});
  const size_t pending = lane == pending_.end() ? 0 : lane->second.size();
  if (header.pending != pending) {
    Say(fmt::format("{}: counts {} pending, the log has {}", name, header.pending, pending));
  }
  if (header.revision > counters_.last_commit() ||
      header.settled_commit > counters_.last_commit()) {
    Say(fmt::format("{}: revision {}, settled {}, newest commit {}", name, header.revision,
                    header.settled_commit, counters_.last_commit()));
  }
  if (pending == 0) {
    if (document.view != document.base) Say(fmt::format("{}: nothing pending, view != base", name));
    return absl::OkStatus();
  }
  const auto rules = rules_.find(catalog_.NameOf(collection));
  CheckSeen(name, header, lane->second,
            rules != rules_.end() && !rules->second.version_field.empty());
  std::optional<json::Value> base;
  if (document.base.has_value()) {
    ASSIGN_OR_RETURN(base, json::Parse(*document.base, {.bytes_max = SIZE_MAX}));
  }
  ASSIGN_OR_RETURN(const auto folded, view::Fold(std::move(base), lane->second, IdField(collection),
                                                 {collection, id}));
  const std::string want = folded.has_value() ? json::Write(*folded) : "(none)";
  const std::string have = document.view.has_value() ? std::string(*document.view) : "(none)";
  if (want != have) Say(fmt::format("{}: view {} is not the fold {}", name, have, want));
  return absl::OkStatus();
}

absl::Status StoreCheck::CheckDocuments() {
  uint64_t visited = 0;
  for (const auto& [name, collection] : catalog_.all()) {
    absl::Status inner;
    RETURN_IF_ERROR(cache::ForEach(
        reader_, collection, "",
        [&, collection = collection](std::string_view id, const cache::DocumentRef& document) {
          ++visited;
          inner = CheckDocument(collection, std::string(id), document);
          return inner.ok();
        }));
    RETURN_IF_ERROR(inner);
  }
  ASSIGN_OR_RETURN(const uint64_t total, reader_.Count(Table::kDocuments));
  if (total != visited) {
    Say(fmt::format("{} document records of collections that nobody knows", total - visited));
  }
  return absl::OkStatus();
}

absl::Status StoreCheck::CheckSettled() {
  uint64_t dead = 0;
  for (const SettledClass part : {SettledClass::kHistory, SettledClass::kDeadLetter}) {
    RETURN_IF_ERROR(
        log::ForEachSettled(reader_, part, 0, [&](uint64_t seq, const SettledEntry& entry) {
          const bool rejected = entry.outcome() == SettledEntry::REJECTED;
          if (rejected != (part == SettledClass::kDeadLetter) ||
              entry.outcome() == SettledEntry::OUTCOME_UNSPECIFIED) {
            Say(fmt::format("settled {}: outcome {} in the wrong part", seq,
                            static_cast<int>(entry.outcome())));
          }
          if (const auto [it, fresh] = seen_.emplace(seq, "settled"); !fresh) {
            Say(fmt::format("mutation {} is settled and also in {}", seq, it->second));
          }
          if (seq > counters_.last_seq()) Say(fmt::format("settled {}: never given", seq));
          const Mutation& mutation = entry.mutation();
          if (mutation.client_made_id()) client_ids_.emplace(log::GivenId(entry), seq);
          if (entry.push().hold() != PushState::NONE || entry.push().operator_hold()) {
            Say(fmt::format("settled {}: held", seq));
          }
          dead += rejected ? 1 : 0;
          return true;
        }));
  }
  RETURN_IF_ERROR(CheckHistoryOrder());
  if (dead != counters_.dead_letters()) {
    Say(fmt::format("{} dead letters, the counter says {}", dead, counters_.dead_letters()));
  }
  return absl::OkStatus();
}

// One place in the order for each entry of the history, and none beside.
absl::Status StoreCheck::CheckHistoryOrder() {
  std::set<uint64_t> placed;
  store::Cursor cursor(reader_, Table::kSettled);
  for (cursor.Seek(store::SettledKey(SettledClass::kHistoryOrder, 0)); cursor.Valid();
       cursor.Next()) {
    const uint64_t seq = store::ReadU64(cursor.value());
    ASSIGN_OR_RETURN(const auto entry,
                     reader_.Get(Table::kSettled, store::SettledKey(SettledClass::kHistory, seq)));
    if (!entry.has_value() || !placed.insert(seq).second) {
      Say(fmt::format("settled: mutation {} has a place in the history too many", seq));
    }
  }
  RETURN_IF_ERROR(cursor.status());
  ASSIGN_OR_RETURN(const uint64_t total, reader_.Count(Table::kSettled));
  if (total != 2 * placed.size() + counters_.dead_letters()) {
    Say(fmt::format("settled: {} records, {} places, {} dead letters", total, placed.size(),
                    counters_.dead_letters()));
  }
  return absl::OkStatus();
}

absl::Status StoreCheck::CheckMutationIds() {
  store::Cursor cursor(reader_, Table::kMutationIds);
  for (cursor.Seek(""); cursor.Valid(); cursor.Next()) {
    const std::string id(cursor.key());
    ASSIGN_OR_RETURN(const auto seq, log::SeqOf(reader_, id));
    const auto it = client_ids_.find(id);
    if (it == client_ids_.end()) {
      Say(fmt::format("mutation id {} leads nowhere", id));
      continue;
    }
    if (seq != it->second) Say(fmt::format("mutation id {} leads to another mutation", id));
    client_ids_.erase(it);
  }
  RETURN_IF_ERROR(cursor.status());
  for (const auto& [id, seq] : client_ids_) {
    Say(fmt::format("mutation id {} of mutation {} cannot be found", id, seq));
  }
  return absl::OkStatus();
}

absl::Status StoreCheck::CheckIdMap() {
  store::Cursor cursor(reader_, Table::kIdMap);
  for (cursor.Seek(""); cursor.Valid(); cursor.Next()) {
    const std::string key(cursor.key());
    const CollectionId collection = store::ReadU32(key);
    const std::string id(store::DocumentIdOf(key));
    ASSIGN_OR_RETURN(const auto document, cache::Find(reader_, collection, id));
    if (document.has_value()) Say(fmt::format("{} was renamed and is there", Name(collection, id)));
    if (pending_.contains({collection, id})) {
      Say(fmt::format("{} was renamed and has pending mutations", Name(collection, id)));
    }
  }
  return cursor.status();
}

absl::Status StoreCheck::Run() {
  ASSIGN_OR_RETURN(counters_, log::ReadCounters(reader_));
  RETURN_IF_ERROR(CheckLog());
  RETURN_IF_ERROR(CheckNeeds());
  RETURN_IF_ERROR(CheckOpen());
  RETURN_IF_ERROR(CheckLanes());
  RETURN_IF_ERROR(CheckDocuments());
  RETURN_IF_ERROR(CheckSettled());
  RETURN_IF_ERROR(CheckMutationIds());
  RETURN_IF_ERROR(CheckIdMap());
  if (wrong_.empty()) return absl::OkStatus();
  return absl::InternalError(
      fmt::format("the store of commit {} is wrong:{}", counters_.last_commit(), wrong_));
}

}  // namespace

absl::Status CheckStore(const store::Reader& reader, const doors::RulesByCollection& rules,
                        const store::Catalog& catalog) {
  return StoreCheck(reader, rules, catalog).Run();
}

}  // namespace tideover::support
