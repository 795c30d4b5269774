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

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "appsync/binding.h"
#include "appsync/introspection.h"
#include "log/mutation.h"

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
  // Of a subscription: see OperationBinding.
  bool deletes = false;
  // What is not selected where nothing is known of the schema is a scalar.
  bool may_be_scalar = false;
};

// A batch operation; see BatchBinding. `operation.document` and `ok` are relative to one result.
struct BatchSource {
  // Of `arguments` it has one, the list of items.
  OperationSource operation;
  std::string kind_member = "kind";
  // "create", "update", "delete" → the word for it. Nothing: all that the collection has, by these
  // words.
  std::optional<std::vector<std::pair<std::string, std::string>>> kinds;
  std::string mutation_member;
  std::string values_member;
  bool values_as_text = false;
  std::optional<std::string> results;
  std::vector<Condition> conflict;
  std::vector<Condition> retry;
  std::optional<std::string> error;
};

struct CollectionSource {
  // For errors: "tideover.toml:8:1: collections.todos".
  std::string where;
  std::string name;
  // A model of the schema, whose operations Amplify generates; then of what is below only the
  // version and `ids` are given.
  std::optional<std::string> model;
  // The member that holds the server's version of a document.
  std::optional<std::string> version_field;
  std::optional<std::string> id_field;
  std::optional<doors::IdMode> ids;
  std::optional<OperationSource> list;
  std::optional<OperationSource> create;
  std::optional<OperationSource> update;
  std::optional<OperationSource> remove;
  // See CollectionBinding.
  std::map<log::Mutation::Kind, OperationSource> commuting;
  std::optional<BatchSource> batch;
  std::vector<OperationSource> subscriptions;
  // False: nobody listens, not to a model's subscriptions either.
  bool live = true;
  std::vector<std::string> refusals;
};

// Subscriptions of one collection. All collections share a connection, on which AppSync allows 200.
inline constexpr size_t kSubscriptionsMax = 16;

// `schema` may be nullptr.
absl::StatusOr<CollectionBinding> BindCollection(const CollectionSource& source,
                                                 const Introspection* schema);

// A custom operation; `refusals` as in OperationBinding.
absl::StatusOr<OperationBinding> BindInvoke(const OperationSource& source,
                                            const std::vector<std::string>& refusals,
                                            const Introspection* schema);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_BIND_H_
