// The table of documents: one record for each document that is cached, pending, or remembered as a
// tombstone. Stateless functions over the caller's transaction.
#ifndef TIDEOVER_CACHE_DOCUMENTS_H_
#define TIDEOVER_CACHE_DOCUMENTS_H_

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <optional>
#include <string_view>

#include "cache/document.h"
#include "store/keys.h"
#include "store/txn.h"

namespace tideover::cache {

// Empty when nothing is known of the document. The texts die with the transaction or its next
// write.
absl::StatusOr<std::optional<DocumentRef>> Find(const store::Reader& reader,
                                                store::CollectionId collection,
                                                std::string_view id);

absl::Status Put(store::WriteTxn* txn, store::CollectionId collection, std::string_view id,
                 const Document& document);
absl::Status Remove(store::WriteTxn* txn, store::CollectionId collection, std::string_view id);

// Calls `visit` for the documents (tombstones too) of a collection in the order of their ids, from
// `first_id` on ("": from the start), until it returns false.
absl::Status ForEach(const store::Reader& reader, store::CollectionId collection,
                     std::string_view first_id,
                     absl::FunctionRef<bool(std::string_view id, const DocumentRef&)> visit);

}  // namespace tideover::cache

#endif  // TIDEOVER_CACHE_DOCUMENTS_H_
