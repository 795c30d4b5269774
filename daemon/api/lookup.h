// Finding what a request names: the session, a collection, a document. Pure functions of the
// session and a snapshot; any thread. Each error is ready to be the call's status.
#ifndef TIDEOVER_API_LOOKUP_H_
#define TIDEOVER_API_LOOKUP_H_

#include <grpcpp/support/status.h>

#include <optional>
#include <string>

#include "api/session.h"
#include "cache/documents.h"
#include "doors/rules.h"
#include "store/keys.h"

namespace tideover::api {

// A configured collection. Lives as long as the session.
struct Collection {
  store::CollectionId id = 0;
  const std::string* name = nullptr;
  const doors::CollectionRules* rules = nullptr;
};

// NOT_FOUND names the nearest collection.
grpc::Status FindCollection(const Session& session, const std::string& name,
                            Collection* collection);

grpc::Status CheckDocumentId(const std::string& id, const char* field);

// A document under the id that it has now. The texts die with the snapshot.
struct FoundDocument {
  std::string id;
  std::optional<cache::DocumentRef> record;  // Empty, or without a view: there is no document.

  bool exists() const { return record.has_value() && record->view.has_value(); }
};
absl::StatusOr<FoundDocument> FindDocument(const store::Reader& reader,
                                           store::CollectionId collection, const std::string& id);

}  // namespace tideover::api

#endif  // TIDEOVER_API_LOOKUP_H_
