// What binding an operation checks and reads by small steps (bind_operation.cc, bind_batch.cc):
// arguments as the configuration writes them, types at pointers, pointers against selections. Pure.
// Every mistake is INVALID_ARGUMENT with the place of its source.
#ifndef TIDEOVER_APPSYNC_BIND_CHECKS_H_
#define TIDEOVER_APPSYNC_BIND_CHECKS_H_

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "appsync/bind.h"
#include "appsync/introspection.h"
#include "appsync/selection.h"

namespace tideover::appsync {

// INVALID_ARGUMENT: "tideover.toml:12:10: collections.todos.create: …".
absl::Status WrongAt(const OperationSource& source, std::string_view what);

std::vector<std::string> NamesOf(const std::vector<Argument>& arguments);

// "the schema has no mutation \"addTodos\"; the nearest is \"addTodo\""
std::string WhatExists(std::string_view kind, std::string_view name,
                       const std::vector<std::string>& names);

// "content" or "content: String!"; `found` is the schema's operation, or nullptr without one.
absl::StatusOr<Argument> ParseArgument(const OperationSource& source, const std::string& written,
                                       const SchemaOperation* found);

// All that the source lists, or else all that the schema has but `without`; what the schema demands
// is among them.
absl::StatusOr<std::vector<Argument>> ReadArguments(const OperationSource& source,
                                                    const SchemaOperation* found,
                                                    const std::vector<std::string>& without);

// The type at a pointer of field names; nullptr when it cannot be told.
const TypeRef* TypeAt(const Introspection* schema, const TypeRef& root, std::string_view pointer);

// The pointer is one, and what is there is selected. `key`: where it was written.
absl::Status CheckSelected(const OperationSource& source, std::string_view key,
                           const std::string& pointer, const Selection& selection);

// Pointers, at most one level deep, at which a selection has the field.
std::vector<std::string> PlacesOf(const std::string& field, const Selection& selection);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_BIND_CHECKS_H_
