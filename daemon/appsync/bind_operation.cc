#include "appsync/bind_operation.h"

#include <fmt/format.h>

#include <algorithm>

#include "appsync/bind_checks.h"
#include "base/status_macros.h"

namespace tideover::appsync {
namespace {

struct Root {
  const char* word;
  std::map<std::string, SchemaOperation, std::less<>> Introspection::*fields;
};

// By kind of operation.
constexpr Root kRoots[] = {{"query", &Introspection::queries},
                           {"mutation", &Introspection::mutations},
                           {"subscription", &Introspection::subscriptions}};

}  // namespace

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
    const Root& root = kRoots[static_cast<size_t>(kind)];
    const auto& fields = schema_->*root.fields;
    const auto it = fields.find(source.field);
    // Where the generator wrote down no subscription at all, there may be some all the same.
    const bool untold = kind == OperationKind::kSubscription && fields.empty();
    if (it == fields.end() && !untold) {
      return WrongAt(source, WhatExists(root.word, source.field, appsync::NamesOf(fields)));
    }
    if (it != fields.end()) *found = &it->second;
  }
  if (source.select.has_value()) {
    absl::StatusOr<Selection> select = ParseSelection(*source.select);
    if (!select.ok()) return WrongAt(source, std::string(select.status().message()));
    operation.select = *std::move(select);
  } else if (*found != nullptr) {
    operation.select = DefaultSelection(*schema_, (*found)->type);
  } else if (!source.may_be_scalar) {
    return WrongAt(source, schema_ == nullptr
                               ? "without a schema \"select\" must be given"
                               : "the schema tells of no subscriptions: \"select\" must be given");
  }
  if (*found != nullptr) {
    const absl::Status checked = CheckSelection(*schema_, (*found)->type, operation.select);
    if (!checked.ok()) return WrongAt(source, std::string(checked.message()));
  }
  for (const Condition& condition : source.ok) {
    RETURN_IF_ERROR(CheckSelected(source, "ok", condition.pointer, operation.select));
  }
  return operation;
}

absl::StatusOr<OperationBinding> OperationBinder::BindList(const OperationSource& source) const {
  const SchemaOperation* found = nullptr;
  if (source.document.has_value()) return WrongAt(source, "a list has \"items\", not \"document\"");
  ASSIGN_OR_RETURN(OperationBinding operation, BindField(source, OperationKind::kQuery, &found));
  RETURN_IF_ERROR(BindPaging(source, found, &operation));
  RETURN_IF_ERROR(BindItems(source, found, &operation));
  const Selection* shown = SelectionAt(operation.select, operation.items);
  if (!version_field_.empty() && !SelectsField(*shown, version_field_)) {
    return WrongAt(source,
                   fmt::format("version: \"{}\" is not selected in its documents", version_field_));
  }
  return operation;
}

absl::StatusOr<OperationBinding> OperationBinder::BindInvoke(const OperationSource& source) const {
  if (source.items || source.next_token || source.document) {
    return WrongAt(source, "\"items\", \"next_token\" and \"document\" belong to collections");
  }
  const SchemaOperation* found = nullptr;
  ASSIGN_OR_RETURN(OperationBinding operation, BindField(source, OperationKind::kMutation, &found));
  ASSIGN_OR_RETURN(operation.arguments, ReadArguments(source, found, {}));
  operation.null_is_answer = true;
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
      return WrongAt(source, fmt::format("argument \"{}\" cannot be given: a list takes only "
                                         "\"limit\" and \"nextToken\"",
                                         argument.name));
    }
  }
  const bool takes_token = operation->FindArgument("nextToken") != nullptr;
  if (source.next_token.has_value()) {
    if (!takes_token) return WrongAt(source, "next_token is given, but no argument \"nextToken\"");
    RETURN_IF_ERROR(CheckSelected(source, "next_token", *source.next_token, operation->select));
    operation->next_token = *source.next_token;
  } else if (takes_token) {
    if (!IsSelected(operation->select, "/nextToken")) {
      return WrongAt(source,
                     "it has pages (argument \"nextToken\"), but their token is not selected; "
                     "name its place by next_token");
    }
    operation->next_token = "/nextToken";
  }
  return absl::OkStatus();
}

absl::Status OperationBinder::BindItems(const OperationSource& source, const SchemaOperation* found,
                                        OperationBinding* operation) const {
  if (source.items.has_value()) {
    operation->items = *source.items;
  } else {
    const std::vector<std::string> places = PlacesOf(id_field_, operation->select);
    if (places.size() != 1) {
      return WrongAt(source,
                     fmt::format("where the documents are is not clear: {} places have \"{}\""
                                 "; name it by items",
                                 places.size(), id_field_));
    }
    operation->items = places[0];
  }
  RETURN_IF_ERROR(CheckSelected(source, "items", operation->items, operation->select));
  const TypeRef* type = found == nullptr ? nullptr : TypeAt(schema_, found->type, operation->items);
  if (type != nullptr && !type->is_array) {
    return WrongAt(source,
                   fmt::format("items: \"{}\" is {}, no list", operation->items, type->Written()));
  }
  const Selection* shown = SelectionAt(operation->select, operation->items);
  if (shown == nullptr || !SelectsField(*shown, id_field_)) {
    return WrongAt(source, fmt::format("items: \"{}\" does not select the id \"{}\"",
                                       operation->items, id_field_));
  }
  return absl::OkStatus();
}

absl::StatusOr<OperationBinding> OperationBinder::BindMutation(const OperationSource& source,
                                                               Role role,
                                                               const Selection* shown) const {
  const SchemaOperation* found = nullptr;
  if (source.items || source.next_token) {
    return WrongAt(source, "\"items\" and \"next_token\" belong to a list");
  }
  ASSIGN_OR_RETURN(OperationBinding operation, BindField(source, OperationKind::kMutation, &found));
  RETURN_IF_ERROR(BindArguments(source, found, role, &operation));
  RETURN_IF_ERROR(BindDocument(source, role, shown, &operation.select, &operation));
  return operation;
}

absl::Status OperationBinder::BindArguments(const OperationSource& source,
                                            const SchemaOperation* found, Role role,
                                            OperationBinding* operation) const {
  const bool server_chooses = role == Role::kCreate && ids_ == doors::IdMode::kServer;
  std::vector<std::string> without;
  if (server_chooses) without.push_back(id_field_);
  if (role == Role::kCreate && !version_field_.empty()) without.push_back(version_field_);
  ASSIGN_OR_RETURN(operation->arguments, ReadArguments(source, found, without));
  for (const std::string& name : {id_field_, std::string("id")}) {
    if (operation->id_argument.empty() && operation->FindArgument(name) != nullptr) {
      operation->id_argument = name;
    }
  }
  if (operation->id_argument.empty() && !server_chooses) {
    return WrongAt(source, fmt::format("no argument carries the id; \"{}\" is expected among {}",
                                       id_field_, fmt::join(NamesOf(operation->arguments), ", ")));
  }
  if (version_field_.empty() || role == Role::kCreate) return absl::OkStatus();
  const bool takes_version = operation->FindArgument(version_field_) != nullptr;
  if (role == Role::kCommute && !takes_version) return absl::OkStatus();
  if (!takes_version) {
    return WrongAt(source,
                   fmt::format("no argument carries the version; \"{}\" is expected among "
                               "{}, or a conflict would go unnoticed",
                               version_field_, fmt::join(NamesOf(operation->arguments), ", ")));
  }
  operation->version_argument = version_field_;
  return absl::OkStatus();
}

absl::Status OperationBinder::BindDocument(const OperationSource& source, Role role,
                                           const Selection* shown, const Selection* answer,
                                           OperationBinding* operation) const {
  if (source.document.has_value()) {
    RETURN_IF_ERROR(CheckSelected(source, "document", *source.document, *answer));
    const Selection* at = SelectionAt(*answer, *source.document);
    if (role != Role::kDelete && (at == nullptr || !SelectsField(*at, id_field_))) {
      return WrongAt(source, fmt::format("document: \"{}\" does not select the id \"{}\"",
                                         *source.document, id_field_));
    }
    operation->document = source.document;
  } else {
    const std::vector<std::string> places = PlacesOf(id_field_, *answer);
    if (places.size() == 1) operation->document = places[0];
  }
  if (role == Role::kDelete) operation->document = std::nullopt;
  if (operation->document.has_value()) {
    const Selection* at = SelectionAt(*answer, *operation->document);
    operation->document_is_whole = at != nullptr && shown != nullptr && Covers(*at, *shown);
  } else if (role == Role::kCreate && ids_ == doors::IdMode::kServer) {
    return WrongAt(source, fmt::format("the server chooses the id, but no document with \"{}\" is "
                                       "selected; name its place by document",
                                       id_field_));
  }
  return absl::OkStatus();
}

}  // namespace tideover::appsync
