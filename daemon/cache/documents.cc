#include "cache/documents.h"

#include "base/status_macros.h"

namespace tideover::cache {

using store::Table;

absl::StatusOr<std::optional<DocumentRef>> Find(const store::Reader& reader,
                                                store::CollectionId collection,
                                                std::string_view id) {
  ASSIGN_OR_RETURN(const auto bytes,
                   reader.Get(Table::kDocuments, store::DocumentKey(collection, id)));
  if (!bytes.has_value()) return std::optional<DocumentRef>();
  return DecodeDocument(*bytes);
}

absl::Status Put(store::WriteTxn* txn, store::CollectionId collection, std::string_view id,
                 const Document& document) {
  return txn->Put(Table::kDocuments, store::DocumentKey(collection, id), EncodeDocument(document));
}

absl::Status Remove(store::WriteTxn* txn, store::CollectionId collection, std::string_view id) {
  return txn->Delete(Table::kDocuments, store::DocumentKey(collection, id));
}

absl::Status ForEach(const store::Reader& reader, store::CollectionId collection,
                     std::string_view first_id,
                     absl::FunctionRef<bool(std::string_view, const DocumentRef&)> visit) {
  const std::string prefix = store::CollectionKey(collection);
  store::Cursor cursor(reader, Table::kDocuments);
  for (cursor.Seek(store::DocumentKey(collection, first_id));
       cursor.Valid() && cursor.key().starts_with(prefix); cursor.Next()) {
    ASSIGN_OR_RETURN(const DocumentRef document, DecodeDocument(cursor.value()));
    if (!visit(store::DocumentIdOf(cursor.key()), document)) return absl::OkStatus();
  }
  return cursor.status();
}

}  // namespace tideover::cache
