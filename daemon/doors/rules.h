// CollectionRules and OperationRules: what the commit door must know of a collection, or of a
// custom operation, to accept a write, filled from the configuration. Values; read-only after
// start, from any thread.
#ifndef TIDEOVER_DOORS_RULES_H_
#define TIDEOVER_DOORS_RULES_H_

#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/json.h"
#include "log/mutation.h"
#include "view/three_way.h"

namespace tideover::doors {

enum class IdMode {
  kServer,          // The server chooses; documents made here carry a provisional id until then.
  kClientUuid,      // Ids are made here, UUIDv7, and the backend honours them.
  kClientObjectId,  // Ids are made here, ObjectIds, and the backend honours them.
};

// What happens when the server's document moved on under a mutation.
enum class ConflictMode {
  kLastWriteWins,          // Nothing: the last arrival wins.
  kOptimisticConcurrency,  // The server's document stands, the mutation is a dead letter.
  kMerge,                  // Three-way by member; `prefer` decides what both changed.
  kManual,                 // Held until a person decides.
  kHandler,                // Held until an app that answers for the collection decides.
};

// Who wins a member that both sides changed, in mode kMerge.
using view::Prefer;

// What an operation takes that is called by its name: a custom one, or one that commutes.
struct OperationRules {
  // Arguments that it takes; what has another must not be sent as it, because that would be lost on
  // the way without a word.
  std::set<std::string> arguments;
  // Those that it cannot be sent without.
  std::set<std::string> required;
};

struct CollectionRules {
  // The member of a document that holds its id.
  std::string id_field = "id";
  IdMode ids = IdMode::kServer;
  // Members that the backend's operations can carry; nothing: any. A write of another member is
  // refused, because it would be lost on the way without a word.
  std::optional<std::set<std::string>> create_fields;
  std::optional<std::set<std::string>> update_fields;
  // Operations that the backend offers; a write that could never be sent is refused at once.
  bool can_create = true;
  bool can_update = true;
  bool can_delete = true;
  // The member that holds the server's version of a document ("_version"); empty: the backend has
  // none. It stands beside the document, not in it.
  std::string version_field;
  ConflictMode conflict = ConflictMode::kLastWriteWins;
  Prefer prefer = Prefer::kServer;
  // INCREMENT, ADD_TO_SET and REMOVE that the backend offers as operations, and the members that
  // they take. What one of them cannot carry whole is sent as a patch that is computed on the
  // newest base.
  std::map<log::Mutation::Kind, OperationRules> sent_as_such;
  // Members that hold ids of documents, and the collections of those.
  std::map<std::string, std::string> references;
};

// Whether such a mutation leaves as what it is, and not as a patch.
bool IsSentAsSuch(const CollectionRules& rules, log::Mutation::Kind kind,
                  const json::Value& change);

using RulesByCollection = std::map<std::string, CollectionRules, std::less<>>;

using RulesByOperation = std::map<std::string, OperationRules, std::less<>>;

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_RULES_H_
