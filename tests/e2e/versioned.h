// The configuration for versioned.mjs, the small backend that keeps versions: to-dos with ids made
// here. A value for the tests that start it.
#ifndef TIDEOVER_TESTS_E2E_VERSIONED_H_
#define TIDEOVER_TESTS_E2E_VERSIONED_H_

#include <fmt/format.h>

#include <string>

namespace tideover::e2e {

// What its operations are asked to answer of a to-do.
inline constexpr const char* kVersionedMembers =
    "_id content note count _version _lastChangedAt _deleted";

// `more`: further keys of the collection, a line each.
inline std::string VersionedConfig(const std::string& url, const std::string& more) {
  return fmt::format(R"(
log_level = "debug"
[backend]
auth = "api_key"
url = "{0}"
api_key = "none"
[push]
backoff_base = "20ms"
backoff_cap = "300ms"
[collections.todos]
id = "_id"
ids = "client_uuid"
version = "_version"
poll_interval = "0s"
list = {{ field = "listTodo", items = "/items", select = "items {{ {1} }} nextToken" }}
create = {{ field = "addTodo", arguments = ["_id: ID!", "content: String", "note: String", "count: Int"], select = "{1}" }}
update = {{ field = "updateTodo", arguments = ["_id: ID!", "content: String", "note: String", "count: Int", "_version: Int"], select = "{1}" }}
delete = {{ field = "deleteTodo", arguments = ["_id: ID!", "_version: Int"], select = "{1}" }}
{2}
)",
                     url, kVersionedMembers, more);
}

}  // namespace tideover::e2e

#endif  // TIDEOVER_TESTS_E2E_VERSIONED_H_
