// CollectionRules: what the commit door must know of a collection to accept a write, filled from
// the configuration. A value; read-only after start, from any thread.
#ifndef TIDEOVER_DOORS_RULES_H_
#define TIDEOVER_DOORS_RULES_H_

#include <map>
#include <optional>
#include <set>
#include <string>

namespace tideover::doors {

enum class IdMode {
  kServer,          // The server chooses; documents made here carry a provisional id until then.
  kClientUuid,      // Ids are made here, UUIDv7, and the backend honours them.
  kClientObjectId,  // Ids are made here, ObjectIds, and the backend honours them.
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
};

using RulesByCollection = std::map<std::string, CollectionRules, std::less<>>;

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_RULES_H_
