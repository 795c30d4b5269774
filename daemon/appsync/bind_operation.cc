#include "appsync/bind_operation.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/status_macros.h"
#include "base/text.h"

namespace tideover::appsync {
namespace {

absl::Status Wrong(const OperationSource& source, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", source.where, what));
}

std::vector<std::string> NamesOf(const std::vector<Argument>& arguments) {
  std::vector<std::string> names;
  for (const Argument& argument : arguments) names.push_back(argument.name);
  return names;
}

// "content" or "content: String!".
absl::StatusOr<Argument> ParseArgument(const OperationSource& source, const std::string& written,
                                       const SchemaOperation* found) {
  const size_t colon = written.find(':');
  Argument argument;
  argument.name = written.substr(0, colon);
  while (!argument.name.empty() && argument.name.back() == ' ') argument.name.pop_back();
  if (colon != std::string::npos) {
    const size_t start = std::min(written.find_first_not_of(' ', colon + 1), written.size());
    absl::StatusOr<TypeRef> type = ParseTypeRef(std::string_view(written).substr(start));
    if (!type.ok()) return Wrong(source, std::string(type.status().message()));
    argument.type = *std::move(type);
  }
  if (found == nullptr) {
    if (!argument.type.name.empty()) return argument;
    return Wrong(source, fmt::format("without a schema the type of argument \"{}\" must be "
                                     "written: \"{}: String!\"",
                                     argument.name, argument.name));
  }
  const Argument* known = found->Find(argument.name);
  if (known == nullptr) {
    return Wrong(source,
                 fmt::format("{}", WhatExists(fmt::format("argument of {} named", found->name),
                                              argument.name, NamesOf(found->arguments))));
  }
  if (!argument.type.name.empty() && argument.type.Written() != known->type.Written()) {
    return Wrong(source, fmt::format("argument \"{}\" is {} in the schema, not {}", argument.name,
                                     known->type.Written(), argument.type.Written()));
  }
  return *known;
}

// The type at a pointer of field names; nullptr when it cannot be told.
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
    return Wrong(source,
                 fmt::format("{}: \"{}\" is no JSON pointer; it starts with /", key, pointer));
  }
  if (!IsSelected(selection, pointer)) {
    return Wrong(source, fmt::format("{}: \"{}\" is not selected; selected is: {}", key, pointer,
                                     WriteSelection(selection)));
  }
  return absl::OkStatus();
}

}  // namespace

std::string WhatExists(std::string_view kind, std::string_view name,
                       const std::vector<std::string>& names) {
  const std::string nearest = base::NearestWord(name, names);
  std::string text = fmt::format("the schema has no {} \"{}\"", kind, name);
  if (!nearest.empty()) return fmt::format("{}; the nearest is \"{}\"", text, nearest);
  if (names.empty()) return text + "; it has none";
  return fmt::format("{}; it has {}", text, fmt::join(names, ", "));
}

absl::StatusOr<OperationBinding> OperationBinder::BindField(const OperationSource& source,
                                                            OperationKind kind,
                                                            const SchemaOperation** found) const {
  OperationBinding operation;
  operation.kind = kind;
  operation.field = source.field;
  operation.ok = source.ok;
  operation.refusals = refusals_;
  *found = nullptr;
  if (schema_ != nullptr) {
    const bool query = kind == OperationKind::kQuery;
    const auto& fields = query ? schema_->queries : schema_->mutations;
    const auto it = fields.find(source.field);
    if (it == fields.end()) {
      return Wrong(
          source, WhatExists(query ? "query" : "mutation", source.field, appsync::NamesOf(fields)));
    }
    *found = &it->second;
  }
  if (source.select.has_value()) {
    absl::StatusOr<Selection> select = ParseSelection(*source.select);
    if (!select.ok()) return Wrong(source, std::string(select.status().message()));
    operation.select = *std::move(select);
  } else if (*found != nullptr) {
    operation.select = DefaultSelection(*schema_, (*found)->type);
  } else {
    return Wrong(source, "without a schema \"select\" must be given");
  }
  if (*found != nullptr) {
    const absl::Status checked = CheckSelection(*schema_, (*found)->type, operation.select);
    if (!checked.ok()) return Wrong(source, std::string(checked.message()));
  }
  for (const Condition& condition : source.ok) {
    RETURN_IF_ERROR(CheckSelected(source, "ok", condition.pointer, operation.select));
  }
  return operation;
}

absl::StatusOr<OperationBinding> OperationBinder::BindList(const OperationSource& source) const {
  const SchemaOperation* found = nullptr;
  if (source.document.has_value()) return Wrong(source, "a list has \"items\", not \"document\"");
  ASSIGN_OR_RETURN(OperationBinding operation, BindField(source, OperationKind::kQuery, &found));
  RETURN_IF_ERROR(BindPaging(source, found, &operation));
  RETURN_IF_ERROR(BindItems(source, found, &operation));
  return operation;
}

absl::Status OperationBinder::BindPaging(const OperationSource& source,
                                         const SchemaOperation* found,
                                         OperationBinding* operation) const {
  if (source.arguments.has_value()) {
    for (const std::string& written : *source.arguments) {
      ASSIGN_OR_RETURN(Argument argument, ParseArgument(source, written, found));
      operation->arguments.push_back(std::move(argument));
    }
  } else if (found != nullptr) {
    for (const Argument& argument : found->arguments) {
      const bool paging = argument.name == "limit" || argument.name == "nextToken";
      if (paging || argument.type.must_be_given()) operation->arguments.push_back(argument);
    }
  }
  for (const Argument& argument : operation->arguments) {
    if (argument.name != "limit" && argument.name != "nextToken") {
      return Wrong(source, fmt::format("argument \"{}\" cannot be given: a list takes only "
                                       "\"limit\" and \"nextToken\"",
                                       argument.name));
    }
  }
  const bool takes_token = operation->FindArgument("nextToken") != nullptr;
  if (source.next_token.has_value()) {
    if (!takes_token) return Wrong(source, "next_token is given, but no argument \"nextToken\"");
    RETURN_IF_ERROR(CheckSelected(source, "next_token", *source.next_token, operation->select));
    operation->next_token = *source.next_token;
  } else if (takes_token) {
    if (!IsSelected(operation->select, "/nextToken")) {
      return Wrong(source,
                   "it has pages (argument \"nextToken\"), but their token is not selected; "
                   "name its place by next_token");
    }
    operation->next_token = "/nextToken";
  }
  return absl::OkStatus();
}

std::vector<std::string> OperationBinder::PlacesOfId(const Selection& selection) const {
  std::vector<std::string> places;
  if (SelectsField(selection, id_field_)) places.emplace_back("");
  for (const SelectedField& field : selection) {
    if (SelectsField(field.children, id_field_)) places.push_back("/" + field.name);
  }
  return places;
}

absl::Status OperationBinder::BindItems(const OperationSource& source, const SchemaOperation* found,
                                        OperationBinding* operation) const {
  if (source.items.has_value()) {
    operation->items = *source.items;
  } else {
    const std::vector<std::string> places = PlacesOfId(operation->select);
    if (places.size() != 1) {
      return Wrong(source, fmt::format("where the documents are is not clear: {} places have \"{}\""
                                       "; name it by items",
                                       places.size(), id_field_));
    }
    operation->items = places[0];
  }
  RETURN_IF_ERROR(CheckSelected(source, "items", operation->items, operation->select));
  const TypeRef* type = found == nullptr ? nullptr : TypeAt(schema_, found->type, operation->items);
  if (type != nullptr && !type->is_array) {
    return Wrong(source,
                 fmt::format("items: \"{}\" is {}, no list", operation->items, type->Written()));
  }
  const Selection* shown = SelectionAt(operation->select, operation->items);
  if (shown == nullptr || !SelectsField(*shown, id_field_)) {
    return Wrong(source, fmt::format("items: \"{}\" does not select the id \"{}\"",
                                     operation->items, id_field_));
  }
  return absl::OkStatus();
}

absl::StatusOr<OperationBinding> OperationBinder::BindMutation(const OperationSource& source,
                                                               Role role,
                                                               const Selection* shown) const {
  const SchemaOperation* found = nullptr;
  if (source.items || source.next_token) {
    return Wrong(source, "\"items\" and \"next_token\" belong to a list");
  }
  ASSIGN_OR_RETURN(OperationBinding operation, BindField(source, OperationKind::kMutation, &found));
  RETURN_IF_ERROR(BindArguments(source, found, role, &operation));
  RETURN_IF_ERROR(BindDocument(source, role, shown, &operation));
  return operation;
}

absl::Status OperationBinder::BindArguments(const OperationSource& source,
                                            const SchemaOperation* found, Role role,
                                            OperationBinding* operation) const {
  const bool server_chooses = role == Role::kCreate && ids_ == doors::IdMode::kServer;
  if (source.arguments.has_value()) {
    for (const std::string& written : *source.arguments) {
      ASSIGN_OR_RETURN(Argument argument, ParseArgument(source, written, found));
      if (operation->FindArgument(argument.name) != nullptr) {
        return Wrong(source, fmt::format("argument \"{}\" is listed twice", argument.name));
      }
      operation->arguments.push_back(std::move(argument));
    }
  } else if (found != nullptr) {
    for (const Argument& argument : found->arguments) {
      if (server_chooses && argument.name == id_field_ && !argument.type.must_be_given()) continue;
      operation->arguments.push_back(argument);
    }
  } else {
    return Wrong(source, "without a schema \"arguments\" must be given");
  }
  if (found != nullptr) {
    for (const Argument& argument : found->arguments) {
      if (argument.type.must_be_given() && operation->FindArgument(argument.name) == nullptr) {
        return Wrong(source, fmt::format("the schema demands the argument \"{}: {}\"",
                                         argument.name, argument.type.Written()));
      }
    }
  }
  for (const std::string& name : {id_field_, std::string("id")}) {
    if (operation->id_argument.empty() && operation->FindArgument(name) != nullptr) {
      operation->id_argument = name;
    }
  }
  if (operation->id_argument.empty() && !server_chooses) {
    return Wrong(source, fmt::format("no argument carries the id; \"{}\" is expected among {}",
                                     id_field_, fmt::join(NamesOf(operation->arguments), ", ")));
  }
  return absl::OkStatus();
}

absl::Status OperationBinder::BindDocument(const OperationSource& source, Role role,
                                           const Selection* shown,
                                           OperationBinding* operation) const {
  if (source.document.has_value()) {
    RETURN_IF_ERROR(CheckSelected(source, "document", *source.document, operation->select));
    const Selection* at = SelectionAt(operation->select, *source.document);
    if (role != Role::kDelete && (at == nullptr || !SelectsField(*at, id_field_))) {
      return Wrong(source, fmt::format("document: \"{}\" does not select the id \"{}\"",
                                       *source.document, id_field_));
    }
    operation->document = source.document;
  } else {
    const std::vector<std::string> places = PlacesOfId(operation->select);
    if (places.size() == 1) operation->document = places[0];
  }
  if (role == Role::kDelete) operation->document = std::nullopt;
  if (operation->document.has_value()) {
    const Selection* at = SelectionAt(operation->select, *operation->document);
    operation->document_is_whole = at != nullptr && shown != nullptr && Covers(*at, *shown);
  } else if (role == Role::kCreate && ids_ == doors::IdMode::kServer) {
    return Wrong(source, fmt::format("the server chooses the id, but no document with \"{}\" is "
                                     "selected; name its place by document",
                                     id_field_));
  }
  return absl::OkStatus();
}

}  // namespace tideover::appsync
