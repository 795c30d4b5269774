#include "view/query_order.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/status_macros.h"

namespace tideover::view {
namespace {

std::string_view Trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

bool IsFieldName(std::string_view name) {
  return !name.empty() && std::none_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '{' || c == '}';
  });
}

// The members are enough; what lists and objects hold has no order.
json::Value ScalarOf(const json::Value* value) {
  if (value == nullptr) return {};
  return value->is_array() || value->is_object() ? json::Value::Array() : *value;
}

}  // namespace

size_t SortKey::bytes() const {
  size_t bytes = sizeof(SortKey) + id.size();
  for (const json::Value& value : values) bytes += sizeof value + value.text().size();
  return bytes;
}

absl::StatusOr<QueryOrder> QueryOrder::Parse(std::string_view text, std::string_view id_field) {
  QueryOrder order;
  if (Trim(text).empty()) return order;
  if (text.size() > kOrderBytesMax) {
    return absl::InvalidArgumentError(fmt::format(
        "the order_by has {} bytes; at most {} are allowed", text.size(), kOrderBytesMax));
  }
  size_t offset = 0;
  while (offset <= text.size()) {
    const size_t end = std::min(text.find(',', offset), text.size());
    RETURN_IF_ERROR(order.Add(text.substr(offset, end - offset), offset, id_field));
    offset = end + 1;
  }
  return order;
}

absl::Status QueryOrder::Add(std::string_view item, size_t offset, std::string_view id_field) {
  std::string_view name = Trim(item);
  bool descends = false;
  if (const size_t space = name.find(' '); space != std::string_view::npos) {
    const std::string_view direction = Trim(name.substr(space));
    name = name.substr(0, space);
    descends = direction == "desc";
    if (!descends && direction != "asc") {
      return absl::InvalidArgumentError(
          fmt::format("the order_by is wrong at byte {}: \"{}\" is no direction; write \"desc\" "
                      "after the field, or nothing",
                      offset, direction));
    }
  }
  if (!IsFieldName(name)) {
    return absl::InvalidArgumentError(fmt::format(
        "the order_by is wrong at byte {}: fields are separated by commas, for example \"content "
        "desc, {}\"",
        offset, id_field));
  }
  if (id_seen_) return absl::OkStatus();  // Nothing after the id can decide any more.
  if (name == id_field) {
    id_seen_ = true;
    id_descends_ = descends;
    return absl::OkStatus();
  }
  if (fields_.size() >= kOrderFieldsMax) {
    return absl::InvalidArgumentError(
        fmt::format("the order_by names more than {} fields", kOrderFieldsMax));
  }
  fields_.push_back({FieldPath(name), descends});
  return absl::OkStatus();
}

SortKey QueryOrder::KeyOf(const json::Value& document, std::string_view id) const {
  SortKey key;
  key.id = id;
  for (const Field& field : fields_) key.values.push_back(ScalarOf(field.path.FindIn(document)));
  return key;
}

bool QueryOrder::Less(const SortKey& a, const SortKey& b) const {
  for (size_t i = 0; i < fields_.size(); ++i) {
    const int order = CompareValues(&a.values[i], &b.values[i]);
    if (order != 0) return fields_[i].descends ? order > 0 : order < 0;
  }
  return id_descends_ ? a.id > b.id : a.id < b.id;
}

}  // namespace tideover::view
