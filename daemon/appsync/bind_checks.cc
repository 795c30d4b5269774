#include "appsync/bind_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/status_macros.h"
#include "base/text.h"

namespace tideover::appsync {

absl::Status WrongAt(const OperationSource& source, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", source.where, what));
}

std::vector<std::string> NamesOf(const std::vector<Argument>& arguments) {
  std::vector<std::string> names;
  for (const Argument& argument : arguments) names.push_back(argument.name);
  return names;
}

std::string WhatExists(std::string_view kind, std::string_view name,
                       const std::vector<std::string>& names) {
  const std::string nearest = base::NearestWord(name, names);
  std::string text = fmt::format("the schema has no {} \"{}\"", kind, name);
  if (!nearest.empty()) return fmt::format("{}; the nearest is \"{}\"", text, nearest);
  if (names.empty()) return text + "; it has none";
  return fmt::format("{}; it has {}", text, fmt::join(names, ", "));
}

absl::StatusOr<Argument> ParseArgument(const OperationSource& source, const std::string& written,
                                       const SchemaOperation* found) {
  const size_t colon = written.find(':');
  Argument argument;
  argument.name = written.substr(0, colon);
  while (!argument.name.empty() && argument.name.back() == ' ') argument.name.pop_back();
  if (colon != std::string::npos) {
    const size_t start = std::min(written.find_first_not_of(' ', colon + 1), written.size());
    absl::StatusOr<TypeRef> type = ParseTypeRef(std::string_view(written).substr(start));
    if (!type.ok()) return WrongAt(source, std::string(type.status().message()));
    argument.type = *std::move(type);
  }
  if (found == nullptr) {
    if (!argument.type.name.empty()) return argument;
    return WrongAt(source, fmt::format("without a schema the type of argument \"{}\" must be "
                                       "written: \"{}: String!\"",
                                       argument.name, argument.name));
  }
  const Argument* known = found->Find(argument.name);
  if (known == nullptr) {
    return WrongAt(source,
                   fmt::format("{}", WhatExists(fmt::format("argument of {} named", found->name),
                                                argument.name, NamesOf(found->arguments))));
  }
  if (!argument.type.name.empty() && argument.type.Written() != known->type.Written()) {
    return WrongAt(source, fmt::format("argument \"{}\" is {} in the schema, not {}", argument.name,
                                       known->type.Written(), argument.type.Written()));
  }
  return *known;
}

absl::StatusOr<std::vector<Argument>> ReadArguments(const OperationSource& source,
                                                    const SchemaOperation* found,
                                                    const std::vector<std::string>& without) {
  std::vector<Argument> arguments;
  const auto has = [&arguments](const std::string& name) {
    return std::any_of(arguments.begin(), arguments.end(),
                       [&name](const Argument& argument) { return argument.name == name; });
  };
  if (source.arguments.has_value()) {
    for (const std::string& written : *source.arguments) {
      ASSIGN_OR_RETURN(Argument argument, ParseArgument(source, written, found));
      if (has(argument.name)) {
        return WrongAt(source, fmt::format("argument \"{}\" is listed twice", argument.name));
      }
      arguments.push_back(std::move(argument));
    }
  } else if (found != nullptr) {
    for (const Argument& argument : found->arguments) {
      const bool left_out = std::count(without.begin(), without.end(), argument.name) > 0;
      if (!left_out || argument.type.must_be_given()) arguments.push_back(argument);
    }
  } else {
    return WrongAt(source, "without a schema \"arguments\" must be given");
  }
  if (found == nullptr) return arguments;
  for (const Argument& argument : found->arguments) {
    if (argument.type.must_be_given() && !has(argument.name)) {
      return WrongAt(source, fmt::format("the schema demands the argument \"{}: {}\"",
                                         argument.name, argument.type.Written()));
    }
  }
  return arguments;
}

const TypeRef* TypeAt(const Introspection* schema, const TypeRef& root, std::string_view pointer) {
  const TypeRef* type = &root;
  while (schema != nullptr && !pointer.empty()) {
    pointer.remove_prefix(1);
    const size_t end = std::min(pointer.find('/'), pointer.size());
    const ObjectType* object = schema->FindType(*type);
    const Field* field = object == nullptr ? nullptr : object->Find(pointer.substr(0, end));
    if (field == nullptr) return nullptr;
    type = &field->type;
    pointer.remove_prefix(end);
  }
  return schema == nullptr ? nullptr : type;
}

absl::Status CheckSelected(const OperationSource& source, std::string_view key,
                           const std::string& pointer, const Selection& selection) {
  if (!json::CheckPointer(pointer).ok()) {
    return WrongAt(source,
                   fmt::format("{}: \"{}\" is no JSON pointer; it starts with /", key, pointer));
  }
  if (!IsSelected(selection, pointer)) {
    return WrongAt(source, fmt::format("{}: \"{}\" is not selected; selected is: {}", key, pointer,
                                       WriteSelection(selection)));
  }
  return absl::OkStatus();
}

std::vector<std::string> PlacesOf(const std::string& field, const Selection& selection) {
  std::vector<std::string> places;
  if (SelectsField(selection, field)) places.emplace_back("");
  for (const SelectedField& selected : selection) {
    if (SelectsField(selected.children, field)) places.push_back("/" + selected.name);
  }
  return places;
}

}  // namespace tideover::appsync
