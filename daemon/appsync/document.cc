#include "appsync/document.h"

#include "base/text.h"

namespace tideover::appsync {

std::string TakeId(const CollectionBinding& collection, json::Value* document) {
  json::Value* id = document->Find(collection.id_field);
  if (id == nullptr || (!id->is_string() && !id->is_number())) return "";
  if (!base::CheckDocumentId(id->text()).ok()) return "";
  if (id->is_number()) *id = json::Value::String(id->text());
  return id->text();
}

bool HasItsVersion(const CollectionBinding& collection, const json::Value& document) {
  if (collection.version_field.empty()) return true;
  const json::Value* version = document.Find(collection.version_field);
  return version != nullptr && version->is_number() && version->AsInt64().has_value();
}

bool IsDeleted(const json::Value& document) {
  const json::Value* mark = document.Find(kDeletedField);
  return mark != nullptr && mark->is_bool() && mark->boolean();
}

}  // namespace tideover::appsync
