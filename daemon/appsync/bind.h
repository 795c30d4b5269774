// Bind: from what the configuration says about collections, and the schema, to bindings that can be
// used. Pure functions, called once at start.
//
// What the schema tells need not be said: argument types, arguments, selections, where the
// documents are. What is said is checked, and a mistake is INVALID_ARGUMENT with its place, its
// name and the nearest name that exists. Without a schema, arguments must be written with their
// types ("content: String!") and selections in full.
#ifndef TIDEOVER_APPSYNC_BIND_H_
#define TIDEOVER_APPSYNC_BIND_H_

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <vector>

#include "appsync/binding.h"
#include "appsync/introspection.h"

namespace tideover::appsync {

// An operation as the configuration names it.
struct OperationSource {
  // For errors: "tideover.toml:12:10: collections.todos.create".
  std::string where;
  std::string field;
  // Each "content" or "content: String!". Nothing: all that the schema has.
  std::optional<std::vector<std::string>> arguments;
  std::optional<std::string> select;
  std::optional<std::string> document;
  std::optional<std::string> items;
  std::optional<std::string> next_token;
  std::vector<Condition> ok;
};

struct CollectionSource {
  // For errors: "tideover.toml:8:1: collections.todos".
  std::string where;
  std::string name;
  // A model of the schema, whose operations Amplify generates; then nothing below is given.
  std::optional<std::string> model;
  std::optional<std::string> id_field;
  std::optional<doors::IdMode> ids;
  std::optional<OperationSource> list;
  std::optional<OperationSource> create;
  std::optional<OperationSource> update;
  std::optional<OperationSource> remove;
  std::vector<std::string> refusals;
};

// `schema` may be nullptr.
absl::StatusOr<CollectionBinding> BindCollection(const CollectionSource& source,
                                                 const Introspection* schema);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_BIND_H_
