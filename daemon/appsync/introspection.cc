#include "appsync/introspection.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/status_macros.h"

namespace tideover::appsync {
namespace {

using json::Value;

constexpr std::array<std::string_view, 14> kScalars = {
    "ID",          "String",   "Int",    "Float",        "Boolean", "AWSDate",  "AWSTime",
    "AWSDateTime", "AWSEmail", "AWSURL", "AWSIPAddress", "AWSJSON", "AWSPhone", "AWSTimestamp",
};

absl::Status Malformed(const std::string& where, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("model_introspection: {} {}", where, what));
}

bool Flag(const Value& object, std::string_view name, bool otherwise) {
  const Value* flag = object.Find(name);
  return flag != nullptr && flag->is_bool() ? flag->boolean() : otherwise;
}

absl::StatusOr<TypeRef> ReadType(const Value& object, const std::string& where) {
  static constexpr std::pair<std::string_view, TypeRef::Kind> kKinds[] = {
      {"enum", TypeRef::Kind::kEnum},
      {"model", TypeRef::Kind::kModel},
      {"nonModel", TypeRef::Kind::kNonModel},
      {"input", TypeRef::Kind::kInput},
  };
  TypeRef type;
  type.is_array = Flag(object, "isArray", false);
  type.is_required = Flag(object, "isRequired", false);
  type.is_array_nullable = Flag(object, "isArrayNullable", true);
  const Value* written = object.Find("type");
  if (written == nullptr) return Malformed(where, "has no type");
  if (written->is_string()) {
    type.name = written->text();
    return type;
  }
  for (const auto& [word, kind] : kKinds) {
    const Value* name = written->Find(word);
    if (name == nullptr || !name->is_string()) continue;
    type.kind = kind;
    type.name = name->text();
    return type;
  }
  return Malformed(where, "has a type of an unknown kind");
}

absl::StatusOr<ObjectType> ReadObjectType(const std::string& name, const Value& value) {
  ObjectType type;
  type.name = name;
  const Value* fields = value.Find("fields");
  if (fields == nullptr || !fields->is_object()) return Malformed(name, "has no fields");
  for (const json::Member& member : fields->members()) {
    Field field;
    field.name = member.name;
    ASSIGN_OR_RETURN(field.type, ReadType(member.value, fmt::format("{}.{}", name, member.name)));
    field.read_only = Flag(member.value, "isReadOnly", false);
    field.association = member.value.Find("association") != nullptr;
    type.fields.push_back(std::move(field));
  }
  return type;
}

absl::StatusOr<Model> ReadModel(const std::string& name, const Value& value) {
  Model model;
  ASSIGN_OR_RETURN(model.type, ReadObjectType(name, value));
  const Value* plural = value.Find("pluralName");
  model.plural_name = plural != nullptr && plural->is_string() ? plural->text() : name + "s";
  const Value* key = json::Resolve(value, "/primaryKeyInfo/primaryKeyFieldName");
  model.key_fields.push_back(key != nullptr && key->is_string() ? key->text() : "id");
  const Value* sort_keys = json::Resolve(value, "/primaryKeyInfo/sortKeyFieldNames");
  if (sort_keys != nullptr) {
    for (const Value& field : sort_keys->elements()) model.key_fields.push_back(field.text());
  }
  return model;
}

absl::StatusOr<SchemaOperation> ReadOperation(const std::string& name, const Value& value) {
  SchemaOperation operation;
  operation.name = name;
  ASSIGN_OR_RETURN(operation.type, ReadType(value, name));
  const Value* arguments = value.Find("arguments");
  if (arguments == nullptr) return operation;
  for (const json::Member& member : arguments->members()) {
    ASSIGN_OR_RETURN(TypeRef type,
                     ReadType(member.value, fmt::format("{}({})", name, member.name)));
    operation.arguments.push_back({member.name, std::move(type)});
  }
  return operation;
}

// Reads the members of `value[name]`, which may be missing, into `out`.
template <typename T, typename Read>
absl::Status ReadAll(const Value& value, std::string_view name, Read read,
                     std::map<std::string, T, std::less<>>* out) {
  const Value* members = value.Find(name);
  if (members == nullptr) return absl::OkStatus();
  for (const json::Member& member : members->members()) {
    ASSIGN_OR_RETURN(T one, read(member.name, member.value));
    out->emplace(member.name, std::move(one));
  }
  return absl::OkStatus();
}

bool IsName(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!letter && (c < '0' || c > '9')) return false;
  }
  return text[0] < '0' || text[0] > '9';
}

}  // namespace

std::string TypeRef::Written() const {
  const std::string element = name + (is_required ? "!" : "");
  return is_array ? fmt::format("[{}]{}", element, is_array_nullable ? "" : "!") : element;
}

absl::StatusOr<TypeRef> ParseTypeRef(std::string_view text) {
  const std::string_view whole = text;
  const auto take_bang = [&text] {
    if (text.empty() || text.back() != '!') return false;
    text.remove_suffix(1);
    return true;
  };
  TypeRef type;
  bool bang = take_bang();
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    type.is_array = true;
    type.is_array_nullable = !bang;
    text = text.substr(1, text.size() - 2);
    bang = take_bang();
  }
  type.is_required = bang;
  if (!IsName(text)) {
    return absl::InvalidArgumentError(
        fmt::format("\"{}\" is no GraphQL type; write ID, String! or [ID!]!", whole));
  }
  type.name = text;
  bool scalar = false;
  for (const std::string_view known : kScalars) scalar = scalar || known == text;
  type.kind = scalar ? TypeRef::Kind::kScalar : TypeRef::Kind::kInput;
  return type;
}

const Field* ObjectType::Find(std::string_view field) const {
  for (const Field& candidate : fields) {
    if (candidate.name == field) return &candidate;
  }
  return nullptr;
}

const Argument* SchemaOperation::Find(std::string_view argument) const {
  for (const Argument& candidate : arguments) {
    if (candidate.name == argument) return &candidate;
  }
  return nullptr;
}

const ObjectType* Introspection::FindType(const TypeRef& type) const {
  if (type.kind == TypeRef::Kind::kModel) {
    const auto it = models.find(type.name);
    return it == models.end() ? nullptr : &it->second.type;
  }
  if (type.kind == TypeRef::Kind::kNonModel) {
    const auto it = non_models.find(type.name);
    return it == non_models.end() ? nullptr : &it->second;
  }
  return nullptr;
}

absl::StatusOr<Introspection> ParseIntrospection(const Value& value) {
  if (!value.is_object()) return absl::InvalidArgumentError("model_introspection is no object");
  const Value* version = value.Find("version");
  if (version == nullptr || version->AsInt64() != 1) {
    return absl::InvalidArgumentError("model_introspection has another version than 1");
  }
  Introspection schema;
  RETURN_IF_ERROR(ReadAll(value, "models", ReadModel, &schema.models));
  RETURN_IF_ERROR(ReadAll(value, "nonModels", ReadObjectType, &schema.non_models));
  RETURN_IF_ERROR(ReadAll(value, "queries", ReadOperation, &schema.queries));
  RETURN_IF_ERROR(ReadAll(value, "mutations", ReadOperation, &schema.mutations));
  RETURN_IF_ERROR(ReadAll(value, "subscriptions", ReadOperation, &schema.subscriptions));
  return schema;
}

}  // namespace tideover::appsync
