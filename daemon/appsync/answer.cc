#include "appsync/answer.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "appsync/conditions.h"
#include "appsync/document.h"

namespace tideover::appsync {
namespace {

using sync::PushClass;

void Unfit(std::string what, ListPage* page) {
  page->result.outcome = PushClass::kRetry;
  page->result.error.message = std::move(what);
  page->result.documents.clear();
  page->next_token.clear();
}

// Outcome, error and what goes along with them.
sync::PushResult ResultOf(const Verdict& verdict) {
  sync::PushResult result;
  result.outcome = verdict.outcome;
  result.error = verdict.error;
  result.retry_after = verdict.retry_after;
  result.alone = verdict.alone;
  result.throttled = verdict.throttled;
  return result;
}

// The server's document of a conflict: what the error carries, or what that has where an answer
// would have the document.
std::optional<json::Value> ConflictingDocument(const CollectionBinding& collection,
                                               const OperationBinding& operation,
                                               const sync::Mutation& mutation, Verdict verdict) {
  if (!verdict.conflicting.has_value()) return std::nullopt;
  json::Value document = *std::move(verdict.conflicting);
  if (TakeId(collection, &document).empty()) {
    const json::Value* inner = json::Resolve(document, operation.document.value_or(""));
    if (inner != nullptr && inner->is_object()) document = json::Value(*inner);
  }
  if (IsDeleted(document)) return std::nullopt;
  if (TakeId(collection, &document).empty()) {
    document.Set(collection.id_field, json::Value::String(mutation.document_id()));
  }
  return document;
}

}  // namespace

sync::PushResult ReadPush(const CollectionBinding& collection, const OperationBinding& operation,
                          const sync::Mutation& mutation, Verdict verdict) {
  sync::PushResult result = ResultOf(verdict);
  if (verdict.outcome == PushClass::kConflict) {
    result.document = ConflictingDocument(collection, operation, mutation, std::move(verdict));
    return result;
  }
  if (verdict.outcome != PushClass::kConfirmed) return result;
  const bool creates = mutation.kind() == sync::Mutation::CREATE;
  const bool chooses = creates && collection.ids == doors::IdMode::kServer;
  const json::Value* found =
      operation.document.has_value() ? json::Resolve(verdict.data, *operation.document) : nullptr;
  std::optional<json::Value> document;
  std::string id;
  if (found != nullptr && found->is_object()) {
    document = *found;
    id = TakeId(collection, &*document);
  }
  if (chooses && id.empty()) {
    result.outcome = PushClass::kAmbiguous;
    result.error.message =
        fmt::format("{} succeeded, but its answer lacks the new document's \"{}\"", operation.field,
                    collection.id_field);
    return result;
  }
  if (chooses) result.server_id = id;
  const bool same = chooses || id == mutation.document_id();
  const bool deletes = mutation.kind() == sync::Mutation::DELETE;
  if (document.has_value() && same && operation.document_is_whole && !deletes &&
      !IsDeleted(*document)) {
    result.document = std::move(document);
  }
  return result;
}

sync::PushResult ReadInvoke(const OperationBinding& operation, const Verdict& verdict) {
  sync::PushResult result = ResultOf(verdict);
  // There is no document that two versions of could be.
  if (result.outcome == PushClass::kConflict) result.outcome = PushClass::kRejected;
  if (result.outcome != PushClass::kConfirmed) return result;
  result.result_json = json::Write(verdict.data);
  if (result.result_json.size() > kInvokeResultBytesMax) {
    result.error.message = fmt::format("{} answered {} bytes, of which none are kept",
                                       operation.field, result.result_json.size());
    result.result_json.clear();
  }
  return result;
}

namespace {

Verdict ReadBatchResult(const BatchBinding& batch, json::Value value, const Verdict& whole) {
  Verdict verdict;
  verdict.error.http_status = whole.error.http_status;
  verdict.retry_after = whole.retry_after;
  const auto hold = [&value](const std::vector<Condition>& conditions) {
    return !conditions.empty() &&
           CheckConditions(conditions, "", value).state == Checked::State::kHold;
  };
  const Checked checked = CheckConditions(batch.ok, batch.operation.field, value);
  if (checked.state == Checked::State::kHold) {
    verdict.outcome = PushClass::kConfirmed;
    verdict.data = std::move(value);
    return verdict;
  }
  const json::Value* reason =
      batch.error.has_value() ? json::Resolve(value, *batch.error) : nullptr;
  const bool told = reason != nullptr && reason->is_string() && !reason->text().empty();
  verdict.error.message = CutMessage(told ? reason->text() : checked.what);
  if (hold(batch.conflict)) {
    verdict.outcome = PushClass::kConflict;
    const json::Value* theirs = json::Resolve(value, batch.operation.document.value_or("/"));
    if (theirs != nullptr && theirs->is_object()) verdict.conflicting = *theirs;
  } else if (hold(batch.retry)) {
    verdict.outcome = PushClass::kRetry;
  } else if (checked.state == Checked::State::kFail) {
    verdict.outcome = PushClass::kRejected;
  }
  return verdict;
}

}  // namespace

std::vector<Verdict> ReadBatch(const BatchBinding& batch, size_t count, const Verdict& verdict) {
  if (verdict.outcome != PushClass::kConfirmed) return std::vector<Verdict>(count, verdict);
  std::vector<Verdict> verdicts;
  const json::Value* results = json::Resolve(verdict.data, batch.results);
  const size_t known = results == nullptr || !results->is_array() ? 0 : results->elements().size();
  for (size_t i = 0; i < count; ++i) {
    // Another number of results than of writes: whose is whose is not certain.
    if (known != count) {
      Verdict lost;
      lost.error.http_status = verdict.error.http_status;
      lost.error.message =
          fmt::format("{} answered {} results for {} writes", batch.operation.field, known, count);
      verdicts.push_back(std::move(lost));
    } else {
      verdicts.push_back(ReadBatchResult(batch, results->elements()[i], verdict));
    }
  }
  return verdicts;
}

ListPage ReadList(const CollectionBinding& collection, Verdict verdict) {
  const OperationBinding& operation = collection.list;
  ListPage page;
  page.result.outcome = verdict.outcome;
  page.result.error = std::move(verdict.error);
  page.result.retry_after = verdict.retry_after;
  if (verdict.outcome != PushClass::kConfirmed) return page;
  json::Value* items = json::Resolve(&verdict.data, operation.items);
  if (items == nullptr || !items->is_array()) {
    Unfit(
        fmt::format("{}{} is {}, not a list", operation.field, operation.items,
                    items == nullptr ? "missing" : (items->is_null() ? "null" : "something else")),
        &page);
    return page;
  }
  page.result.documents = std::move(items->elements());
  for (size_t i = 0; i < page.result.documents.size(); ++i) {
    json::Value& document = page.result.documents[i];
    if (document.is_object() && !TakeId(collection, &document).empty()) continue;
    Unfit(fmt::format("{}{}/{} is {}", operation.field, operation.items, i,
                      document.is_object()
                          ? fmt::format("a document without a usable \"{}\"", collection.id_field)
                          : "no document"),
          &page);
    return page;
  }
  if (!collection.version_field.empty()) std::erase_if(page.result.documents, IsDeleted);
  if (operation.next_token.empty()) return page;
  const json::Value* token = json::Resolve(verdict.data, operation.next_token);
  if (token != nullptr && token->is_string()) page.next_token = token->text();
  return page;
}

}  // namespace tideover::appsync
