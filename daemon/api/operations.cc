#include "api/operations.h"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <string>

#include "api/convert.h"
#include "api/failure.h"
#include "api/lookup.h"
#include "base/ids.h"
#include "base/text.h"
#include "doors/commit_door.h"

namespace tideover::api {
namespace {

using log::Mutation;

const char* JsonField(Mutation::Kind kind) {
  switch (kind) {
    case Mutation::CREATE:
      return "operations.create.json";
    case Mutation::UPDATE:
      return "operations.update.json";
    case Mutation::INCREMENT:
      return "operations.increment.json";
    case Mutation::ADD_TO_SET:
      return "operations.add_to_set.json";
    case Mutation::REMOVE:
      return "operations.remove.json";
    default:
      return "operations.replace.json";
  }
}

// The same error, with the operation that it is about.
grpc::Status About(const absl::Status& status, v1::ErrorDetail detail, size_t index,
                   const doors::OperationInput& input) {
  detail.set_operation_index(static_cast<uint32_t>(index));
  detail.set_collection(input.collection.substr(0, base::kCollectionNameBytesMax));
  detail.set_document_id(input.document_id.substr(0, base::kDocumentIdBytesMax));
  detail.set_mutation_id(input.mutation_id.substr(0, base::kMutationIdBytesMax));
  return Fail(status, std::move(detail));
}

// Whether a create names an id although the server chooses the ids of its collection.
bool NamesForbiddenId(const doors::OperationInput& input, const doors::CollectionRules& rules) {
  if (input.kind != Mutation::CREATE || rules.ids != doors::IdMode::kServer) return false;
  std::string id = input.document_id;
  if (id.empty()) {
    const auto json = json::ParseObject(input.json);
    const json::Value* member = json.ok() ? json->Find(rules.id_field) : nullptr;
    if (member != nullptr && member->is_string()) id = member->text();
  }
  return !id.empty() && !base::IsProvisionalId(id);
}

v1::ErrorDetail Reason(v1::ErrorReason reason, const std::string& field) {
  v1::ErrorDetail detail;
  detail.set_reason(reason);
  detail.set_field(field);
  return detail;
}

// What CheckOperation's refusal means, in order of what it looks at. Only for what it refused.
grpc::Status ExplainCheck(const absl::Status& refusal, const doors::OperationInput& input,
                          const doors::CollectionRules& rules, size_t index) {
  if (absl::IsFailedPrecondition(refusal)) {
    return About(refusal, Reason(v1::ERROR_REASON_OPERATION_NOT_BOUND, "operations"), index, input);
  }
  if (const v1::ErrorDetail json = JsonDetail(refusal, JsonField(input.kind));
      json.reason() != v1::ERROR_REASON_UNSPECIFIED) {
    return About(refusal, json, index, input);
  }
  if (!input.mutation_id.empty() && !base::CheckMutationId(input.mutation_id).ok()) {
    return About(refusal, Reason(v1::ERROR_REASON_INVALID_MUTATION_ID, "operations.mutation_id"),
                 index, input);
  }
  if (input.document_id.empty() ? input.kind != Mutation::CREATE
                                : !base::CheckDocumentId(input.document_id).ok()) {
    v1::ErrorDetail detail = Reason(v1::ERROR_REASON_INVALID_DOCUMENT_ID, "operations.document_id");
    detail.set_limit(base::kDocumentIdBytesMax);
    return About(refusal, std::move(detail), index, input);
  }
  if (NamesForbiddenId(input, rules)) {
    return About(absl::FailedPreconditionError(std::string(refusal.message())),
                 Reason(v1::ERROR_REASON_DOCUMENT_ID_NOT_ALLOWED, "operations.document_id"), index,
                 input);
  }
  if (input.kind != Mutation::DELETE && !json::ParseObject(input.json).ok()) {
    return About(refusal, Reason(v1::ERROR_REASON_INVALID_JSON, JsonField(input.kind)), index,
                 input);
  }
  return About(refusal, Reason(v1::ERROR_REASON_INVALID_REQUEST, "operations"), index, input);
}

grpc::Status CheckOne(const Session& session, const v1::Operation& operation, size_t index,
                      doors::Operation* checked) {
  doors::OperationInput input;
  if (!FillOperation(operation, &input)) {
    return FailField("operations", fmt::format("operation {} does not say what to do", index));
  }
  Collection collection;
  if (grpc::Status status = FindCollection(session, input.collection, &collection); !status.ok()) {
    return status;
  }
  auto result = doors::CheckOperation(input, session.doors->catalog(), session.doors->rules());
  if (!result.ok()) return ExplainCheck(result.status(), input, *collection.rules, index);
  *checked = *std::move(result);
  return grpc::Status::OK;
}

grpc::Status CheckDistinctIds(const v1::MutateRequest& request) {
  std::set<std::string_view> ids;
  for (const v1::Operation& operation : request.operations()) {
    if (operation.mutation_id().empty() || ids.insert(operation.mutation_id()).second) continue;
    return FailField(
        "operations.mutation_id",
        fmt::format("the mutation id \"{}\" stands twice in one call", operation.mutation_id()),
        v1::ERROR_REASON_INVALID_MUTATION_ID);
  }
  return grpc::Status::OK;
}

}  // namespace

grpc::Status CheckOperations(const Session& session, const v1::MutateRequest& request,
                             doors::CommitRequest* commit) {
  const auto count = static_cast<size_t>(request.operations_size());
  if (count == 0) return FailField("operations", "the call carries no operation");
  if (count > doors::kOperationsMax) {
    v1::ErrorDetail detail = Reason(v1::ERROR_REASON_TOO_MANY_ENTRIES, "operations");
    detail.set_limit(doors::kOperationsMax);
    return Fail(absl::InvalidArgumentError(fmt::format(
                    "a call carries at most {} operations, this one {}: split it up, or use "
                    "several calls",
                    doors::kOperationsMax, count)),
                std::move(detail));
  }
  if (count > 1) {
    if (grpc::Status status = CheckDistinctIds(request); !status.ok()) return status;
  }
  commit->operations.resize(count);
  for (size_t i = 0; i < count; ++i) {
    grpc::Status status =
        CheckOne(session, request.operations(static_cast<int>(i)), i, &commit->operations[i]);
    if (!status.ok()) return status;
  }
  return grpc::Status::OK;
}

grpc::Status ExplainRefusal(const Session& session, const doors::CommitRequest& commit,
                            const absl::Status& refusal) {
  v1::ErrorDetail detail;
  std::optional<size_t> index = doors::RefusedOperation(refusal);
  if (commit.operations.size() == 1) index = 0;
  const doors::Operation* refused = nullptr;
  if (index.has_value() && *index < commit.operations.size()) {
    refused = &commit.operations[*index];
    detail.set_operation_index(static_cast<uint32_t>(*index));
    if (refused->collection != 0) {
      detail.set_collection(session.doors->catalog().NameOf(refused->collection));
    }
    detail.set_document_id(refused->document_id);
    detail.set_mutation_id(refused->mutation_id);
  }
  switch (refusal.code()) {
    case absl::StatusCode::kAlreadyExists:
      detail.set_reason(v1::ERROR_REASON_DOCUMENT_EXISTS);
      break;
    case absl::StatusCode::kNotFound:
      detail.set_reason(v1::ERROR_REASON_DOCUMENT_NOT_FOUND);
      break;
    case absl::StatusCode::kFailedPrecondition:
      detail.set_reason(v1::ERROR_REASON_MUTATION_ID_REUSED);
      break;
    case absl::StatusCode::kInvalidArgument:
      detail.set_reason(v1::ERROR_REASON_INVALID_REQUEST);
      if (!doors::IsTooLarge(refusal)) break;
      detail.set_reason(v1::ERROR_REASON_JSON_TOO_LARGE);
      detail.set_limit(json::kDocumentBytesMax);
      break;
    case absl::StatusCode::kResourceExhausted: {
      const bool full = session.env->UsedBytes() > session.env->options().quota_bytes;
      detail.set_reason(full ? v1::ERROR_REASON_STORE_FULL : v1::ERROR_REASON_QUEUE_FULL);
      break;
    }
    case absl::StatusCode::kAborted: {
      detail.set_reason(v1::ERROR_REASON_REVISION_STALE);
      if (refused == nullptr) break;
      const auto txn = session.env->BeginRead();
      if (!txn.ok()) break;
      const auto found = FindDocument(txn->reader(), refused->collection, refused->document_id);
      if (!found.ok()) break;
      detail.set_current_revision(found->exists() ? found->record->header.revision : 0);
      break;
    }
    default:
      break;
  }
  return Fail(refusal, std::move(detail));
}

}  // namespace tideover::api
