// CollectionBinding: which operations of the backend stand for a collection, and how their answers
// are read. A value, made once at start (bind.h) and checked against the schema there; what is in
// it can be sent as it is.
#ifndef TIDEOVER_APPSYNC_BINDING_H_
#define TIDEOVER_APPSYNC_BINDING_H_

#include <optional>
#include <string>
#include <vector>

#include "appsync/introspection.h"
#include "appsync/selection.h"
#include "doors/rules.h"

namespace tideover::appsync {

// A success condition: what is found at the pointer, below the operation's field, reads as
// `expected` (a string's characters, a number's digits, true or false).
struct Condition {
  std::string pointer;
  std::string expected;

  bool operator==(const Condition&) const = default;
};

enum class OperationKind { kQuery, kMutation };

// One field of Query or Mutation as it is sent: typed arguments, a selection, and the meaning of
// what comes back. Pointers are RFC 6901, relative to the field's own value.
struct OperationBinding {
  OperationKind kind = OperationKind::kMutation;
  // "addTodo"
  std::string field;
  // In the order in which they are written.
  std::vector<Argument> arguments;
  // "CreateTaskInput!": the arguments are members of one argument `input` of this type. Empty: they
  // stand by themselves.
  std::string input_type;
  // The argument that carries the document's id; empty: none does.
  std::string id_argument;
  // Empty for an operation that returns a scalar.
  Selection select;
  std::vector<Condition> ok;
  // errorTypes of the backend's own that mean: refused, and nothing was applied.
  std::vector<std::string> refusals;

  // Mutations: where the document is, its id with it. Nothing: the answer holds none.
  std::optional<std::string> document;
  // The document there has everything that the list would show.
  bool document_is_whole = false;

  // Queries: where the array of documents is.
  std::string items;
  // Where the token of the next page is; empty: all comes in one answer. The operation has the
  // argument `nextToken` then.
  std::string next_token;

  const Argument* FindArgument(std::string_view name) const;
};

struct CollectionBinding {
  std::string name;
  std::string id_field = "id";
  doors::IdMode ids = doors::IdMode::kServer;
  OperationBinding list;
  std::optional<OperationBinding> create;
  std::optional<OperationBinding> update;
  std::optional<OperationBinding> remove;
};

// What the commit door must know: a write that the operations could not carry is refused at once.
doors::CollectionRules RulesOf(const CollectionBinding& collection);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_BINDING_H_
