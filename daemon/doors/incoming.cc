#include "doors/incoming.h"

#include <utility>

#include "base/planted_bug.h"
#include "base/status_macros.h"
#include "doors/refold.h"
#include "view/fold.h"

namespace tideover::doors {
namespace {

using log::LogEntry;
using log::PushState;
using log::SeenBase;

// AppSync's names; that of the version is configured.
constexpr const char* kLastChangedAt = "_lastChangedAt";
constexpr const char* kDeleted = "_deleted";

std::string TextOf(const std::optional<json::Value>& document) {
  return document.has_value() ? json::Write(*document) : "";
}

SeenBase Moved(int64_t version, std::string json) {
  SeenBase seen;
  seen.set_version(version);
  seen.set_moved(true);
  seen.set_json(std::move(json));
  return seen;
}

// The base is about to move from `document` on to `said`.
absl::Status KeepSeen(Turn* turn, store::CollectionId collection, std::string_view id,
                      const Said& said, const cache::Document& document) {
  if (PLANTED_BUG(kSeenNotKept)) return absl::OkStatus();
  ASSIGN_OR_RETURN(Pending pending, ReadPending(turn->reader(), collection, id));
  const int64_t version = document.header.server_version;
  bool kept = false;
  for (size_t i = 0; i < pending.seqs.size(); ++i) {
    LogEntry& entry = pending.entries[i];
    if (entry.mutation().kind() == log::Mutation::INVOKE) continue;
    bool changed = false;
    if (!kept && entry.seen().version() == version) {
      kept = true;
      changed = !entry.seen().moved();
      if (changed) *entry.mutable_seen() = Moved(version, document.base.value_or(""));
    }
    if (entry.push().hold() == PushState::CONFLICT) {
      // The person who decides is to see what the server has now.
      changed = true;
      entry.set_conflicting_json(TextOf(said.document));
      entry.set_conflicting_version(said.version);
    }
    if (changed) RETURN_IF_ERROR(log::Rewrite(turn->txn, pending.seqs[i], entry));
  }
  return absl::OkStatus();
}

}  // namespace

Said TakeVersion(const CollectionRules& rules, json::Value document) {
  Said said;
  if (!rules.version_field.empty()) {
    const json::Value* version = document.Find(rules.version_field);
    const json::Value* changed = document.Find(kLastChangedAt);
    const json::Value* deleted = document.Find(kDeleted);
    if (version != nullptr) said.version = version->AsInt64().value_or(0);
    if (changed != nullptr) said.last_changed_ms = changed->AsInt64().value_or(0);
    if (deleted != nullptr && deleted->boolean()) return said;
    for (const std::string_view name :
         {std::string_view(rules.version_field), std::string_view(kLastChangedAt),
          std::string_view(kDeleted)}) {
      document.Remove(name);
    }
  }
  said.document = std::move(document);
  return said;
}

Said TakeVersion(const CollectionRules& rules, json::Value document, std::string_view id) {
  Said said = TakeVersion(rules, std::move(document));
  if (said.document.has_value()) view::SetId(&*said.document, rules.id_field, id);
  return said;
}

bool IsOlder(const Said& said, const cache::Document& document) {
  return said.version != 0 && said.version < document.header.server_version;
}

bool IsNews(const Said& said, const cache::Document& document) {
  return said.version == 0 || said.version > document.header.server_version;
}

absl::StatusOr<bool> TakeBase(Turn* turn, store::CollectionId collection, std::string_view id,
                              const Said& said, cache::Document* document) {
  if (!IsOlder(said, *document)) document->header.fetched_wall_ms = turn->now.ms;
  if (!IsNews(said, *document)) return false;
  if (!RulesOf(*turn, collection).version_field.empty()) {
    RETURN_IF_ERROR(KeepSeen(turn, collection, id, said, *document));
  }
  document->base.reset();
  if (said.document.has_value()) document->base = json::Write(*said.document);
  // Of a document that is gone no version is known, unless it was said: should it come back, the
  // server may count from the beginning.
  if (said.version != 0 || !said.document.has_value()) {
    document->header.server_version = said.version;
  }
  if (said.last_changed_ms != 0) document->header.last_changed_ms = said.last_changed_ms;
  return true;
}

absl::StatusOr<std::optional<json::Value>> BaseSeen(std::span<const LogEntry> pending,
                                                    int64_t version,
                                                    const cache::Document& document) {
  for (const LogEntry& entry : pending) {
    if (entry.seen().version() != version || !entry.seen().moved()) continue;
    if (entry.seen().json().empty()) return std::optional<json::Value>();
    return ParseStored(entry.seen().json());
  }
  return ParseStored(document.base);
}

void SeeVersion(int64_t version, LogEntry* entry) {
  entry->clear_seen();
  if (version != 0) entry->mutable_seen()->set_version(version);
}

absl::Status HandOnSeen(Turn* turn, const LogEntry& left) {
  if (!left.seen().moved()) return absl::OkStatus();
  const log::Mutation& mutation = left.mutation();
  ASSIGN_OR_RETURN(Pending pending,
                   ReadPending(turn->reader(), mutation.collection(), mutation.document_id()));
  for (size_t i = 0; i < pending.seqs.size(); ++i) {
    LogEntry& entry = pending.entries[i];
    if (entry.mutation().kind() == log::Mutation::INVOKE) continue;
    if (entry.seen().version() != left.seen().version()) continue;
    if (entry.seen().moved()) break;
    *entry.mutable_seen() = left.seen();
    return log::Rewrite(turn->txn, pending.seqs[i], entry);
  }
  return absl::OkStatus();
}

absl::Status SeeOwnWrite(Turn* turn, store::CollectionId collection, std::string_view id,
                         int64_t seen_version, const std::optional<json::Value>& made) {
  if (seen_version == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(Pending pending, ReadPending(turn->reader(), collection, id));
  for (size_t i = 0; i < pending.seqs.size(); ++i) {
    LogEntry& entry = pending.entries[i];
    if (entry.mutation().kind() == log::Mutation::INVOKE) continue;
    if (entry.seen().version() != seen_version) continue;
    // The first of them keeps it for all.
    *entry.mutable_seen() = Moved(seen_version, TextOf(made));
    return log::Rewrite(turn->txn, pending.seqs[i], entry);
  }
  return absl::OkStatus();
}

absl::Status FollowOwnWrite(Turn* turn, store::CollectionId collection, std::string_view id,
                            int64_t seen_version, const Said& said,
                            const cache::Document& document) {
  if (said.version == 0 || PLANTED_BUG(kOwnWriteNotFollowed)) return absl::OkStatus();
  ASSIGN_OR_RETURN(Pending pending, ReadPending(turn->reader(), collection, id));
  // Somebody else wrote after us, and a list told us first: ours is no base any more.
  const bool older = IsOlder(said, document);
  bool keep = older;
  for (size_t i = 0; i < pending.seqs.size(); ++i) {
    LogEntry& entry = pending.entries[i];
    if (entry.mutation().kind() == log::Mutation::INVOKE) continue;
    // What knew no version was carried out on whatever there was. (The server may count anew.)
    const int64_t version = entry.seen().version();
    const bool followed =
        seen_version == 0 ? !older || version < said.version : version == seen_version;
    if (!followed) continue;
    SeeVersion(said.version, &entry);
    if (std::exchange(keep, false)) {
      *entry.mutable_seen() = Moved(said.version, TextOf(said.document));
    }
    RETURN_IF_ERROR(log::Rewrite(turn->txn, pending.seqs[i], entry));
  }
  return absl::OkStatus();
}

}  // namespace tideover::doors
