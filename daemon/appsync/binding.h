// CollectionBinding: which operations of the backend stand for a collection, and how their answers
// are read. A value, made once at start (bind.h) and checked against the schema there; what is in
// it can be sent as it is.
#ifndef TIDEOVER_APPSYNC_BINDING_H_
#define TIDEOVER_APPSYNC_BINDING_H_

#include <map>
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

enum class OperationKind { kQuery, kMutation, kSubscription };

// One field of Query, Mutation or Subscription as it is sent: typed arguments, a selection, and the
// meaning of what comes back. Pointers are RFC 6901, relative to the field's own value.
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
  // The argument that carries the version that the change was made on; empty: none does.
  std::string version_argument;
  // Empty for an operation that returns a scalar.
  Selection select;
  std::vector<Condition> ok;
  // errorTypes of the backend's own that mean: refused, and nothing was applied.
  std::vector<std::string> refusals;
  // Null and no error that says why: the operation has nothing to say, and is done.
  bool null_is_answer = false;

  // Mutations and subscriptions: where the document is, its id with it. Nothing: the answer holds
  // none.
  std::optional<std::string> document;
  // The document there has everything that the list would show.
  bool document_is_whole = false;
  // Subscriptions: it tells that the document there is gone; there may be its id alone.
  bool deletes = false;

  // Queries: where the array of documents is.
  std::string items;
  // Where the token of the next page is; empty: all comes in one answer. The operation has the
  // argument `nextToken` then.
  std::string next_token;

  const Argument* FindArgument(std::string_view name) const;
};

// One field that carries several writes of a collection: a list of input objects goes in, a list of
// results comes out, the n-th of the n-th write. An item has the arguments of the collection's own
// operation for its kind, and beside them:
struct BatchBinding {
  // `arguments` has one, the list; `ok` is empty, and `document` relative to one result, as are the
  // pointers of the conditions below.
  OperationBinding operation;
  // The item's member that says what it does, and the words for it; empty: that kind of write is
  // sent by itself.
  std::string kind_member = "kind";
  std::string create_word;
  std::string update_word;
  std::string delete_word;
  // The item's member that carries the mutation's id, for a backend that remembers them; empty:
  // none.
  std::string mutation_member;
  // The item's member that holds the arguments; empty: they stand in the item itself.
  std::string values_member;
  // They are there as JSON text (AWSJSON).
  bool values_as_text = false;
  // Where the array of results is.
  std::string results;
  // What makes a result a success; that fail by their value, a refusal.
  std::vector<Condition> ok;
  // What makes it a conflict, and one that may be tried again; empty: nothing does.
  std::vector<Condition> conflict;
  std::vector<Condition> retry;
  // Where a result has the reason of a refusal, for people; nothing: nowhere.
  std::optional<std::string> error;
};

struct CollectionBinding {
  std::string name;
  std::string id_field = "id";
  doors::IdMode ids = doors::IdMode::kServer;
  // "_version": the member of a document that is the server's version of it; empty: there is none.
  std::string version_field;
  OperationBinding list;
  std::optional<OperationBinding> create;
  std::optional<OperationBinding> update;
  std::optional<OperationBinding> remove;
  // INCREMENT, ADD_TO_SET, REMOVE: their arguments are what is added or taken out. Without one,
  // such a mutation is sent as an update.
  std::map<log::Mutation::Kind, OperationBinding> commuting;
  std::optional<BatchBinding> batch;
  // By which the backend tells what has changed; empty: it does not, or is not asked. They have no
  // arguments.
  std::vector<OperationBinding> subscriptions;
};

// All that can be sent: the collections in the configuration's order, and the custom operations by
// the names that apps call them.
struct Bindings {
  std::vector<CollectionBinding> collections;
  std::map<std::string, OperationBinding, std::less<>> operations;
};

// AppSync's member of a document that is gone and still remembered.
inline constexpr const char* kDeletedField = "_deleted";
inline constexpr const char* kLastChangedField = "_lastChangedAt";

// What the commit door must know: a write that the operations could not carry is refused at once.
doors::CollectionRules RulesOf(const CollectionBinding& collection);
doors::OperationRules RulesOf(const OperationBinding& operation);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_BINDING_H_
