#include "appsync/answer.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/json.h"
#include "base/text.h"

namespace tideover::appsync {
namespace {

using sync::PushClass;

// The id as the engine knows it; empty when there is none that can be used. Makes it a string in
// the document, whatever the server's schema calls it.
std::string TakeId(const CollectionBinding& collection, json::Value* document) {
  json::Value* id = document->Find(collection.id_field);
  if (id == nullptr || (!id->is_string() && !id->is_number())) return "";
  if (!base::CheckDocumentId(id->text()).ok()) return "";
  if (id->is_number()) *id = json::Value::String(id->text());
  return id->text();
}

void Unfit(std::string what, ListPage* page) {
  page->result.outcome = PushClass::kRetry;
  page->result.error.message = std::move(what);
  page->result.documents.clear();
  page->next_token.clear();
}

}  // namespace

sync::PushResult ReadPush(const CollectionBinding& collection, const OperationBinding& operation,
                          const sync::Mutation& mutation, Verdict verdict) {
  sync::PushResult result;
  result.outcome = verdict.outcome;
  result.error = std::move(verdict.error);
  result.retry_after = verdict.retry_after;
  if (verdict.outcome == PushClass::kConflict) {
    result.document = std::move(verdict.conflicting);
    if (result.document.has_value() && TakeId(collection, &*result.document).empty()) {
      result.document->Set(collection.id_field, json::Value::String(mutation.document_id()));
    }
    return result;
  }
  if (verdict.outcome != PushClass::kConfirmed) return result;
  const bool creates = &operation == (collection.create ? &*collection.create : nullptr);
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
  if (document.has_value() && same && operation.document_is_whole) {
    result.document = std::move(document);
  }
  return result;
}

ListPage ReadList(const CollectionBinding& collection, Verdict verdict) {
  const OperationBinding& operation = collection.list;
  ListPage page;
  page.result.outcome = verdict.outcome;
  page.result.error = std::move(verdict.error);
  page.result.retry_after = verdict.retry_after;
  if (verdict.outcome != PushClass::kConfirmed) return page;
  const json::Value* items = json::Resolve(verdict.data, operation.items);
  if (items == nullptr || !items->is_array()) {
    Unfit(
        fmt::format("{}{} is {}, not a list", operation.field, operation.items,
                    items == nullptr ? "missing" : (items->is_null() ? "null" : "something else")),
        &page);
    return page;
  }
  page.result.documents = items->elements();
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
  if (operation.next_token.empty()) return page;
  const json::Value* token = json::Resolve(verdict.data, operation.next_token);
  if (token != nullptr && token->is_string()) page.next_token = token->text();
  return page;
}

}  // namespace tideover::appsync
