#include "cli/collection_table.h"

#include "cli/words.h"

namespace tideover::cli {
namespace {

// Whether changes of others come by themselves; nothing where the backend does not tell them.
std::string LiveWords(const v1::CollectionStatus& collection) {
  if (collection.live() == v1::LIVE_STATE_ESTABLISHED) return ", live";
  return collection.live_error().empty() ? "" : ", not live: " + collection.live_error();
}

Cell CollectionStateCell(const v1::CollectionStatus& collection) {
  if (collection.syncing()) {
    return {"fetching " + ProgressWords(collection.progress()), Colour::kGreen};
  }
  if (collection.has_last_error()) {
    return {"failed: " + collection.last_error().message(), Colour::kRed};
  }
  const std::string live = LiveWords(collection);
  return collection.stale() ? Cell{"stale" + live, Colour::kYellow} : Cell{"fresh" + live};
}

Cell CountCell(const v1::CollectionStatus& collection, uint64_t count) {
  const bool counted = collection.has_counted_at() || collection.documents() > 0;
  return {counted ? std::to_string(count) : "...", Colour::kNone, true};
}

}  // namespace

void PrintCollections(Context& context,
                      const google::protobuf::RepeatedPtrField<v1::CollectionStatus>& collections) {
  Table table({"COLLECTION", "DOCUMENTS", "PENDING", "FETCHED", "STATE"});
  for (const v1::CollectionStatus& collection : collections) {
    table.Add({{collection.collection()},
               CountCell(collection, collection.documents()),
               CountCell(collection, collection.pending_documents()),
               {AgeWords(collection.has_last_sync_at(), collection.last_sync_at(),
                         context.environment.now())},
               CollectionStateCell(collection)});
  }
  if (!table.empty()) table.Print(context.out(), context.Style());
}

std::string ProgressWords(const v1::Progress& progress) {
  std::string words = std::to_string(progress.done());
  if (progress.has_total()) words += " of " + std::to_string(progress.total());
  return words;
}

}  // namespace tideover::cli
