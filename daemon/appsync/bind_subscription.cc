// The part of OperationBinder that binds a subscription: it has no arguments, and its document is
// where the configuration says, never where an id happens to be: a deletion's id looks the same.
#include <fmt/format.h>

#include "appsync/bind_checks.h"
#include "appsync/bind_operation.h"
#include "base/status_macros.h"

namespace tideover::appsync {
namespace {

absl::Status CheckKeys(const OperationSource& source) {
  if (source.arguments.has_value()) {
    return WrongAt(source, "a subscription is sent without arguments: leave out \"arguments\"");
  }
  if (source.deletes && !source.document.has_value()) {
    return WrongAt(source,
                   "\"deletes\" says that a document is gone: name the place of its id by "
                   "\"document\"");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<OperationBinding> OperationBinder::BindSubscription(const OperationSource& source,
                                                                   const Selection* shown) const {
  RETURN_IF_ERROR(CheckKeys(source));
  const SchemaOperation* found = nullptr;
  ASSIGN_OR_RETURN(OperationBinding operation,
                   BindField(source, OperationKind::kSubscription, &found));
  operation.deletes = source.deletes;
  if (found != nullptr) {
    for (const Argument& argument : found->arguments) {
      if (!argument.type.must_be_given()) continue;
      return WrongAt(source, fmt::format("the schema demands the argument \"{}: {}\", and a "
                                         "subscription is sent without arguments: make it optional "
                                         "there, or leave this subscription out",
                                         argument.name, argument.type.Written()));
    }
  }
  if (!source.document.has_value()) return operation;
  RETURN_IF_ERROR(CheckSelected(source, "document", *source.document, operation.select));
  const Selection* at = SelectionAt(operation.select, *source.document);
  // Of a deletion the id alone may be all that is told.
  const bool only_id = source.deletes && at != nullptr && at->empty() && version_field_.empty();
  for (const std::string& member : {id_field_, version_field_}) {
    if (only_id || member.empty() || (at != nullptr && SelectsField(*at, member))) continue;
    return WrongAt(source, fmt::format("document: \"{}\" does not select \"{}\": select it, or "
                                       "leave out \"document\", and each message makes the list be "
                                       "asked for",
                                       *source.document, member));
  }
  operation.document = source.document;
  operation.document_is_whole = source.deletes || (shown != nullptr && Covers(*at, *shown));
  return operation;
}

}  // namespace tideover::appsync
