#include "appsync/arguments.h"

#include <fmt/format.h>

#include <utility>

namespace tideover::appsync {
namespace {

using sync::Mutation;

// AWSJSON travels as JSON text inside a string.
json::Value ForType(const TypeRef& type, const json::Value& value) {
  const bool as_text = type.kind == TypeRef::Kind::kScalar && type.name == "AWSJSON" &&
                       !type.is_array && !value.is_string() && !value.is_null();
  return as_text ? json::Value::String(json::Write(value)) : value;
}

// The value for one argument; nullptr when it is not to be given.
const json::Value* ValueOf(const Argument& argument, const sync::PushRequest& request) {
  static const json::Value null;
  const json::Value* changed = request.change.Find(argument.name);
  const json::Value* whole =
      request.document.has_value() ? request.document->Find(argument.name) : nullptr;
  switch (request.mutation.kind()) {
    case Mutation::UPDATE:
      // A patch may hold a part of a nested value; operations take such a value whole.
      if (changed != nullptr && changed->is_object() && whole != nullptr) return whole;
      if (changed != nullptr) return changed;
      break;
    case Mutation::REPLACE:
      // What the document no longer has must go.
      if (changed != nullptr) return changed;
      return argument.type.must_be_given() ? nullptr : &null;
    default:
      if (changed != nullptr) return changed;
      break;
  }
  return argument.type.must_be_given() ? whole : nullptr;
}

}  // namespace

const OperationBinding* OperationFor(const CollectionBinding& collection,
                                     const Mutation& mutation) {
  const auto pointer = [](const std::optional<OperationBinding>& operation) {
    return operation.has_value() ? &*operation : nullptr;
  };
  switch (mutation.kind()) {
    case Mutation::CREATE:
      return pointer(collection.create);
    case Mutation::UPDATE:
    case Mutation::REPLACE:
      return pointer(collection.update);
    case Mutation::DELETE:
      return pointer(collection.remove);
    default:
      return nullptr;
  }
}

absl::StatusOr<json::Value> ArgumentsFor(const OperationBinding& operation,
                                         const sync::PushRequest& request) {
  json::Value values = json::Value::Object();
  for (const Argument& argument : operation.arguments) {
    if (argument.name == operation.id_argument) {
      values.Set(argument.name, json::Value::String(request.mutation.document_id()));
      continue;
    }
    const json::Value* value = ValueOf(argument, request);
    if (argument.type.must_be_given() && (value == nullptr || value->is_null())) {
      return absl::InvalidArgumentError(
          fmt::format("{} demands \"{}\" ({}), and the document has none", operation.field,
                      argument.name, argument.type.Written()));
    }
    if (value != nullptr) values.Set(argument.name, ForType(argument.type, *value));
  }
  return values;
}

}  // namespace tideover::appsync
