#include "appsync/live_change.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "appsync/conditions.h"
#include "appsync/document.h"
#include "appsync/graphql_answer.h"

namespace tideover::appsync {
namespace {

// Every member that is selected has a value, at every level. `optional` may be null or missing at
// the top.
bool IsWhole(const json::Value& value, const Selection& shown, std::string_view optional) {
  if (value.is_array()) {
    return std::all_of(
        value.elements().begin(), value.elements().end(),
        [&shown](const json::Value& element) { return IsWhole(element, shown, ""); });
  }
  return std::all_of(shown.begin(), shown.end(), [&](const SelectedField& field) {
    const json::Value* member = value.Find(field.name);
    if (member == nullptr || member->is_null()) return field.name == optional;
    return field.children.empty() || IsWhole(*member, field.children, "");
  });
}

// What stands at the subscription's place; nothing when it says nothing that can be relied on.
std::optional<json::Value> DocumentIn(const OperationBinding& subscription, json::Value* payload) {
  if (!subscription.document.has_value() || !ReadErrors(*payload).empty()) return std::nullopt;
  json::Value* data = payload->Find("data");
  json::Value* field = data == nullptr ? nullptr : data->Find(subscription.field);
  if (field == nullptr || field->is_null()) return std::nullopt;
  const Checked checked = CheckConditions(subscription.ok, subscription.field, *field);
  if (checked.state != Checked::State::kHold) return std::nullopt;
  json::Value* found = json::Resolve(field, *subscription.document);
  if (found == nullptr) return std::nullopt;
  return std::move(*found);
}

// What is left of a document that is gone.
std::optional<json::Value> AsDeleted(const CollectionBinding& collection, json::Value found) {
  json::Value document = std::move(found);
  if (!document.is_object()) {
    json::Value only_id = json::Value::Object();
    only_id.Set(collection.id_field, std::move(document));
    document = std::move(only_id);
  }
  if (TakeId(collection, &document).empty()) return std::nullopt;
  if (!HasItsVersion(collection, document)) return std::nullopt;
  document.Set(kDeletedField, json::Value::Bool(true));
  return document;
}

}  // namespace

sync::LiveChange ReadChange(const CollectionBinding& collection,
                            const OperationBinding& subscription, json::Value payload) {
  std::optional<json::Value> found = DocumentIn(subscription, &payload);
  if (!found.has_value()) return {};
  const bool versioned = !collection.version_field.empty();
  if (subscription.deletes || (versioned && IsDeleted(*found))) {
    return {AsDeleted(collection, *std::move(found))};
  }
  // Without versions the mark is the backend's own, and no word of AppSync's.
  const bool unclear = IsDeleted(*found) || !found->is_object() || !subscription.document_is_whole;
  const Selection* shown = SelectionAt(collection.list.select, collection.list.items);
  if (unclear || shown == nullptr) return {};
  if (TakeId(collection, &*found).empty() || !HasItsVersion(collection, *found)) return {};
  if (!IsWhole(*found, *shown, versioned ? kDeletedField : "")) return {};
  return {std::move(found)};
}

}  // namespace tideover::appsync
