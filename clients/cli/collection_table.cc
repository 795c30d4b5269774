#include "cli/collection_table.h"

#include "cli/words.h"

namespace tideover::cli {
namespace {

Cell CollectionStateCell(const v1::CollectionStatus& collection) {
  if (collection.syncing()) {
    return {"fetching " + ProgressWords(collection.progress()), Colour::kGreen};
  }
  if (collection.has_last_error()) {
    return {"failed: " + collection.last_error().message(), Colour::kRed};
  }
  return collection.stale() ? Cell{"stale", Colour::kYellow} : Cell{"fresh"};
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
