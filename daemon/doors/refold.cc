#include "doors/refold.h"

#include <fmt/format.h>

#include <cstdint>

#include "base/check.h"
#include "base/json.h"
#include "base/planted_bug.h"
#include "base/status_macros.h"
#include "cache/documents.h"
#include "doors/dependency.h"
#include "log/lanes.h"
#include "log/mutation_log.h"
#include "view/fold.h"

namespace tideover::doors {

absl::StatusOr<Pending> ReadPending(const store::Reader& reader, store::CollectionId collection,
                                    std::string_view id) {
  Pending pending;
  ASSIGN_OR_RETURN(pending.seqs, log::ReadLane(reader, collection, id));
  for (const uint64_t seq : pending.seqs) {
    ASSIGN_OR_RETURN(log::LogEntry entry, log::MustFind(reader, seq));
    pending.entries.push_back(std::move(entry));
  }
  return pending;
}

absl::StatusOr<std::optional<json::Value>> ParseStored(const std::optional<std::string>& text) {
  if (!text.has_value()) return std::optional<json::Value>();
  // A server's document may be larger and deeper than what apps may write: it was bounded on the
  // way in, by the limits on answers.
  absl::StatusOr<json::Value> value =
      json::Parse(*text, {.bytes_max = SIZE_MAX, .depth_max = SIZE_MAX});
  if (!value.ok()) {
    return absl::DataLossError(
        fmt::format("a stored document does not parse: {}", std::string(value.status().message())));
  }
  return *std::move(value);
}

const CollectionRules& RulesOf(const Turn& turn, store::CollectionId collection) {
  static const CollectionRules kDefault;
  const auto it = turn.rules->find(turn.catalog->NameOf(collection));
  return it == turn.rules->end() ? kDefault : it->second;
}

const std::string& IdField(const Turn& turn, store::CollectionId collection) {
  return RulesOf(turn, collection).id_field;
}

absl::StatusOr<cache::Document> Load(const Turn& turn, store::CollectionId collection,
                                     std::string_view id) {
  ASSIGN_OR_RETURN(const auto found, cache::Find(turn.reader(), collection, id));
  return found.has_value() ? found->Copy() : cache::Document();
}

absl::Status Store(Turn* turn, store::CollectionId collection, std::string_view id,
                   const std::optional<std::string>& old_view, cache::Document document,
                   bool keep_tombstone) {
  if (document.view != old_view) {
    if (!PLANTED_BUG(kRevisionNotMoved)) document.header.revision = turn->commit();
    const bool told = document.header.pending > 0 || !PLANTED_BUG(kChangeNotTold);
    if (told) turn->notice.changes.push_back({collection, std::string(id), {}});
  }
  if (document.is_tombstone() && document.header.pending == 0 && !keep_tombstone) {
    return cache::Remove(turn->txn, collection, id);
  }
  return cache::Put(turn->txn, collection, id, document);
}

absl::Status RefoldAndStore(Turn* turn, store::CollectionId collection, std::string_view id,
                            cache::Document document, bool keep_tombstone) {
  ASSIGN_OR_RETURN(const Pending pending, ReadPending(turn->reader(), collection, id));
  ASSIGN_OR_RETURN(auto base, ParseStored(document.base));
  const std::optional<std::string> old_view = std::move(document.view);
  if (pending.entries.empty()) {
    document.view = document.base;
  } else {
    ASSIGN_OR_RETURN(const auto view,
                     view::Fold(std::move(base), pending.entries, IdField(*turn, collection),
                                {collection, std::string(id)}));
    document.view = view.has_value() ? std::optional(json::Write(*view)) : std::nullopt;
  }
  document.header.pending = static_cast<uint32_t>(pending.seqs.size());
  const bool known = document.base.has_value();
  RETURN_IF_ERROR(Store(turn, collection, id, old_view, std::move(document), keep_tombstone));
  if (!known) return absl::OkStatus();
  return CloseReferences(turn, {collection, std::string(id)});
}

}  // namespace tideover::doors
