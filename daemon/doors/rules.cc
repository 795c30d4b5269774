#include "doors/rules.h"

#include <algorithm>

namespace tideover::doors {

bool IsSentAsSuch(const CollectionRules& rules, log::Mutation::Kind kind,
                  const json::Value& change) {
  const auto offered = rules.sent_as_such.find(kind);
  if (offered == rules.sent_as_such.end()) return false;
  const auto& [arguments, required] = offered->second;
  for (const json::Member& member : change.members()) {
    if (member.name != rules.id_field && !arguments.contains(member.name)) return false;
  }
  return std::all_of(required.begin(), required.end(),
                     [&change](const std::string& name) { return change.Find(name) != nullptr; });
}

}  // namespace tideover::doors
