#include "api/lookup.h"

#include <fmt/format.h>

#include <vector>

#include "api/failure.h"
#include "base/status_macros.h"
#include "base/text.h"
#include "cache/id_map.h"

namespace tideover::api {

grpc::Status FindCollection(const Session& session, const std::string& name,
                            Collection* collection) {
  if (name.empty()) return FailField("collection", "the collection is missing");
  const doors::RulesByCollection& rules = session.doors->rules();
  const auto it = rules.find(name);
  const auto id = session.doors->catalog().IdOf(name);
  if (it != rules.end() && id.has_value()) {
    *collection = {*id, &it->first, &it->second};
    return grpc::Status::OK;
  }
  std::vector<std::string> names;
  std::string known;
  for (const auto& [configured, unused] : rules) {
    names.push_back(configured);
    known += (known.empty() ? "" : ", ") + configured;
  }
  const std::string nearest = base::NearestWord(name, names);
  v1::ErrorDetail detail;
  detail.set_reason(v1::ERROR_REASON_COLLECTION_UNKNOWN);
  detail.set_collection(name.substr(0, base::kCollectionNameBytesMax));
  detail.set_field("collection");
  detail.set_remedy(nearest.empty() ? fmt::format("Name one of: {}.", known)
                                    : fmt::format("Did you mean \"{}\"?", nearest));
  const std::string message =
      fmt::format("the configuration has no collection \"{}\"{}", detail.collection(),
                  nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest));
  return Fail(absl::NotFoundError(message), std::move(detail));
}

grpc::Status CheckDocumentId(const std::string& id, const char* field) {
  const absl::Status status = base::CheckDocumentId(id);
  if (status.ok()) return grpc::Status::OK;
  v1::ErrorDetail detail;
  detail.set_reason(v1::ERROR_REASON_INVALID_DOCUMENT_ID);
  detail.set_field(field);
  if (id.size() > base::kDocumentIdBytesMax) detail.set_limit(base::kDocumentIdBytesMax);
  return Fail(status, std::move(detail));
}

absl::StatusOr<FoundDocument> FindDocument(const store::Reader& reader,
                                           store::CollectionId collection, const std::string& id) {
  FoundDocument found;
  ASSIGN_OR_RETURN(found.id, cache::ResolveId(reader, collection, id));
  ASSIGN_OR_RETURN(found.record, cache::Find(reader, collection, found.id));
  return found;
}

}  // namespace tideover::api
