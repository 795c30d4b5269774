#include "appsync/arguments.h"

#include <fmt/format.h>

#include <utility>

#include "base/status_macros.h"

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
    case Mutation::INCREMENT:
    case Mutation::ADD_TO_SET:
    case Mutation::REMOVE:
      // What it comes to is no operand.
      return changed;
    default:
      if (changed != nullptr) return changed;
      break;
  }
  return argument.type.must_be_given() ? whole : nullptr;
}

absl::Status Missing(const OperationBinding& operation, const Argument& argument,
                     std::string_view found) {
  return absl::InvalidArgumentError(fmt::format("{} demands \"{}\" ({}), {}", operation.field,
                                                argument.name, argument.type.Written(), found));
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
    case Mutation::INCREMENT:
    case Mutation::ADD_TO_SET:
    case Mutation::REMOVE: {
      const auto offered = collection.commuting.find(mutation.kind());
      return offered == collection.commuting.end() ? nullptr : &offered->second;
    }
    case Mutation::DELETE:
      return pointer(collection.remove);
    default:
      return nullptr;
  }
}

const std::string& WordFor(const BatchBinding& batch, const Mutation& mutation) {
  static const std::string none;
  switch (mutation.kind()) {
    case Mutation::CREATE:
      return batch.create_word;
    case Mutation::UPDATE:
    case Mutation::REPLACE:
      return batch.update_word;
    case Mutation::DELETE:
      return batch.delete_word;
    default:
      return none;
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
    const bool version = argument.name == operation.version_argument;
    if (version && request.base_version != 0) {
      values.Set(argument.name, json::Value::Int(request.base_version));
      continue;
    }
    const json::Value* value = version ? nullptr : ValueOf(argument, request);
    if (argument.type.must_be_given() && (value == nullptr || value->is_null())) {
      return Missing(operation, argument, "and the document has none");
    }
    if (value != nullptr) values.Set(argument.name, ForType(argument.type, *value));
  }
  return values;
}

absl::StatusOr<json::Value> ArgumentsForInvoke(const OperationBinding& operation,
                                               const Mutation& mutation) {
  json::Value given = json::Value::Object();
  if (!mutation.json().empty()) {
    ASSIGN_OR_RETURN(given, json::ParseObject(mutation.json()));
  }
  for (const json::Member& member : given.members()) {
    if (operation.FindArgument(member.name) == nullptr) {
      return absl::InvalidArgumentError(
          fmt::format("{} has no argument \"{}\"", operation.field, member.name));
    }
  }
  json::Value values = json::Value::Object();
  for (const Argument& argument : operation.arguments) {
    const json::Value* value = given.Find(argument.name);
    if (argument.type.must_be_given() && (value == nullptr || value->is_null())) {
      return Missing(operation, argument, "and it was not given");
    }
    if (value != nullptr) values.Set(argument.name, ForType(argument.type, *value));
  }
  return values;
}

json::Value BatchItem(const BatchBinding& batch, const Mutation& mutation, json::Value arguments) {
  json::Value item = json::Value::Object();
  item.Set(batch.kind_member, json::Value::String(WordFor(batch, mutation)));
  if (!batch.mutation_member.empty()) {
    item.Set(batch.mutation_member, json::Value::String(mutation.mutation_id()));
  }
  if (batch.values_member.empty()) {
    for (json::Member& member : arguments.members()) item.members().push_back(std::move(member));
  } else if (batch.values_as_text) {
    item.Set(batch.values_member, json::Value::String(json::Write(arguments)));
  } else {
    item.Set(batch.values_member, std::move(arguments));
  }
  return item;
}

}  // namespace tideover::appsync
