#include "api/reads.h"

#include <fmt/format.h>

#include "api/convert.h"
#include "api/failure.h"
#include "api/limits.h"
#include "log/mutation_log.h"

namespace tideover::api {
namespace {

grpc::Status NotFound(const Collection& collection, const std::string& id) {
  v1::ErrorDetail detail;
  detail.set_reason(v1::ERROR_REASON_DOCUMENT_NOT_FOUND);
  detail.set_collection(*collection.name);
  detail.set_document_id(id);
  return Fail(absl::NotFoundError(fmt::format("{}/{} does not exist", *collection.name, id)),
              std::move(detail));
}

// Every commit writes its number, so that the snapshot knows its own.
absl::StatusOr<uint64_t> CommitOf(const store::Reader& reader) {
  const auto counters = log::ReadCounters(reader);
  if (!counters.ok()) return counters.status();
  return counters->last_commit();
}

grpc::Status CheckKeys(const v1::BatchGetRequest& request) {
  if (request.keys().empty()) return FailField("keys", "the call names no key");
  if (static_cast<size_t>(request.keys_size()) <= kBatchKeysMax) return grpc::Status::OK;
  v1::ErrorDetail detail;
  detail.set_reason(v1::ERROR_REASON_TOO_MANY_ENTRIES);
  detail.set_field("keys");
  detail.set_limit(kBatchKeysMax);
  return Fail(absl::InvalidArgumentError(
                  fmt::format("a call names at most {} keys, this one {}: split it up",
                              kBatchKeysMax, request.keys_size())),
              std::move(detail));
}

}  // namespace

grpc::Status ReadOne(const Session& session, const Collection& collection,
                     const std::string& document_id, v1::GetResponse* response) {
  if (grpc::Status status = CheckDocumentId(document_id, "document_id"); !status.ok()) {
    return status;
  }
  const auto txn = session.env->BeginRead();
  if (!txn.ok()) return Fail(txn.status());
  const auto found = FindDocument(txn->reader(), collection.id, document_id);
  if (!found.ok()) return Fail(found.status());
  if (!found->exists()) return NotFound(collection, document_id);
  v1::Document* document = response->mutable_document();
  absl::Status filled =
      FillDocument(txn->reader(), collection, found->id, *found->record, document);
  if (!filled.ok()) return Fail(filled);
  if (found->id != document_id) document->set_previous_id(document_id);
  const auto commit = CommitOf(txn->reader());
  if (!commit.ok()) return Fail(commit.status());
  response->set_read_revision(*commit);
  return grpc::Status::OK;
}

grpc::Status ReadMany(const Session& session, const v1::BatchGetRequest& request,
                      v1::BatchGetResponse* response) {
  if (grpc::Status status = CheckKeys(request); !status.ok()) return status;
  const auto txn = session.env->BeginRead();
  if (!txn.ok()) return Fail(txn.status());
  size_t bytes = 0;
  for (const v1::DocumentKey& key : request.keys()) {
    Collection collection;
    if (grpc::Status status = FindCollection(session, key.collection(), &collection);
        !status.ok()) {
      return status;
    }
    if (grpc::Status status = CheckDocumentId(key.id(), "keys.id"); !status.ok()) return status;
    const auto found = FindDocument(txn->reader(), collection.id, key.id());
    if (!found.ok()) return Fail(found.status());
    v1::BatchGetResult* result = response->add_results();
    *result->mutable_key() = key;
    if (!found->exists()) continue;
    bytes += found->record->view->size();
    if (bytes > kBatchBytesMax) {
      v1::ErrorDetail detail;
      detail.set_reason(v1::ERROR_REASON_TOO_MANY_ENTRIES);
      detail.set_field("keys");
      detail.set_limit(kBatchBytesMax);
      return Fail(absl::InvalidArgumentError(fmt::format(
                      "these documents have more than {} bytes together: ask for fewer at a time",
                      kBatchBytesMax)),
                  std::move(detail));
    }
    v1::Document* document = result->mutable_document();
    absl::Status filled =
        FillDocument(txn->reader(), collection, found->id, *found->record, document);
    if (!filled.ok()) return Fail(filled);
    if (found->id != key.id()) document->set_previous_id(key.id());
  }
  const auto commit = CommitOf(txn->reader());
  if (!commit.ok()) return Fail(commit.status());
  response->set_read_revision(*commit);
  return grpc::Status::OK;
}

}  // namespace tideover::api
