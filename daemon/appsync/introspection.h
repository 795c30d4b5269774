// Introspection: the part of a GraphQL schema that Amplify's generator writes down for clients
// (`model_introspection` in amplify_outputs.json): models, custom types, enums, queries,
// mutations and subscriptions with their arguments. A value, read once at start.
//
// What is unknown in the JSON is ignored, what is needed and missing is INVALID_ARGUMENT by name.
// It says nothing about versions, owners or sync: the generator does not write those down.
#ifndef TIDEOVER_APPSYNC_INTROSPECTION_H_
#define TIDEOVER_APPSYNC_INTROSPECTION_H_

#include <absl/status/statusor.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace tideover::appsync {

// The type of a field or an argument.
struct TypeRef {
  enum class Kind { kScalar, kEnum, kModel, kNonModel, kInput };
  Kind kind = Kind::kScalar;
  // "ID", "Todo", "Priority".
  std::string name;
  bool is_array = false;
  // Of the element where is_array.
  bool is_required = false;
  // Whether the array itself may be null.
  bool is_array_nullable = true;

  // Has fields of its own, so that a selection must go on below it.
  bool is_object() const { return kind == Kind::kModel || kind == Kind::kNonModel; }
  // A caller must give it.
  bool must_be_given() const { return is_array ? !is_array_nullable : is_required; }
  // "[ID!]!"
  std::string Written() const;

  bool operator==(const TypeRef&) const = default;
};

// Reads "[ID!]!"; a name that is no built-in scalar is taken for an input type.
absl::StatusOr<TypeRef> ParseTypeRef(std::string_view text);

struct Field {
  std::string name;
  TypeRef type;
  // Set by the server alone (createdAt).
  bool read_only = false;
  // A relation to another model, not a part of this one.
  bool association = false;
};

struct Argument {
  std::string name;
  TypeRef type;

  bool operator==(const Argument&) const = default;
};

struct ObjectType {
  std::string name;
  // In the order of the JSON.
  std::vector<Field> fields;

  const Field* Find(std::string_view field) const;
};

struct Model {
  ObjectType type;
  std::string plural_name;
  // One name; more for a composite key.
  std::vector<std::string> key_fields;
};

// A field of Query, Mutation or Subscription.
struct SchemaOperation {
  std::string name;
  TypeRef type;
  std::vector<Argument> arguments;

  const Argument* Find(std::string_view argument) const;
};

struct Introspection {
  std::map<std::string, Model, std::less<>> models;
  std::map<std::string, ObjectType, std::less<>> non_models;
  std::map<std::string, SchemaOperation, std::less<>> queries;
  std::map<std::string, SchemaOperation, std::less<>> mutations;
  // Those that are written in the schema; Amplify's own for models are in none of these.
  std::map<std::string, SchemaOperation, std::less<>> subscriptions;

  // nullptr when there is none or `type` has no fields.
  const ObjectType* FindType(const TypeRef& type) const;
};

absl::StatusOr<Introspection> ParseIntrospection(const json::Value& value);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_INTROSPECTION_H_
