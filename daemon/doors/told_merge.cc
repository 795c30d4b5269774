#include "doors/told_merge.h"

#include <utility>

#include "base/planted_bug.h"
#include "base/status_macros.h"
#include "base/text.h"
#include "doors/bundle.h"
#include "doors/incoming.h"
#include "doors/refold.h"

namespace tideover::doors {
namespace {

// What the message comes to for a document.
enum class News {
  kNone,     // It says nothing that is not known.
  kTaken,    // It is newer.
  kDoubtful  // Only a list can tell.
};

absl::StatusOr<News> Weigh(const Turn& turn, const Told& told, std::string_view id,
                           const Said& said, const cache::Document& document) {
  const cache::DocumentHeader& header = document.header;
  if (said.version == 0 || header.server_version == 0) return News::kDoubtful;
  if (!IsNews(said, document) && !PLANTED_BUG(kOlderMessageAccepted)) {
    // Where a deletion makes no version of its own, it is told with the one that is here.
    const bool ended = !said.document.has_value() && said.version == header.server_version;
    return ended && document.base.has_value() ? News::kDoubtful : News::kNone;
  }
  // A list that is under way may have been read before this one came to be: only lists make it.
  if (!document.base.has_value()) return News::kDoubtful;
  ASSIGN_OR_RETURN(const bool adds, AddsAtPresent(turn.reader(), told.collection, id, header));
  return adds ? News::kDoubtful : News::kTaken;
}

}  // namespace

absl::Status MergeTold(Turn* turn, const Told& told, MergeAnswer* answer) {
  const json::Value* id = told.document.Find(IdField(*turn, told.collection));
  // The upstream sees to it that there is one; but what cannot be a key must not stop us.
  if (id == nullptr || !id->is_string() || !base::CheckDocumentId(id->text()).ok()) {
    return absl::OkStatus();
  }
  const std::string name = id->text();
  const Said said = TakeVersion(RulesOf(*turn, told.collection), told.document);
  ASSIGN_OR_RETURN(cache::Document document, Load(*turn, told.collection, name));
  ASSIGN_OR_RETURN(const News news, Weigh(*turn, told, name, said, document));
  if (news == News::kDoubtful) answer->list_again = true;
  if (news != News::kTaken) return absl::OkStatus();
  if (PLANTED_BUG(kOlderMessageAccepted)) document.header.server_version = 0;
  // Among the versions that nobody told there may be a deletion, which a list that was asked for
  // before may show.
  const bool gap = said.version - 1 > document.header.server_version;
  if (gap && said.document.has_value()) document.header.settled_commit = turn->commit();
  ++(said.document.has_value() ? answer->updated : answer->removed);
  RETURN_IF_ERROR(TakeBase(turn, told.collection, name, said, &document).status());
  return RefoldAndStore(turn, told.collection, name, std::move(document), /*keep_tombstone=*/true);
}

}  // namespace tideover::doors
