#include "appsync/binding.h"

#include <set>

namespace tideover::appsync {
namespace {

std::optional<std::set<std::string>> FieldsOf(const CollectionBinding& collection,
                                              const std::optional<OperationBinding>& operation) {
  if (!operation.has_value()) return std::nullopt;
  std::set<std::string> fields = {collection.id_field};
  for (const Argument& argument : operation->arguments) {
    const bool ours =
        argument.name == operation->id_argument || argument.name == operation->version_argument;
    if (!ours) fields.insert(argument.name);
  }
  return fields;
}

// Id and version go by themselves.
doors::OperationRules OperandsOf(const OperationBinding& operation) {
  doors::OperationRules operands = RulesOf(operation);
  for (const std::string& own : {operation.id_argument, operation.version_argument}) {
    operands.arguments.erase(own);
    operands.required.erase(own);
  }
  return operands;
}

}  // namespace

const Argument* OperationBinding::FindArgument(std::string_view name) const {
  for (const Argument& argument : arguments) {
    if (argument.name == name) return &argument;
  }
  return nullptr;
}

doors::CollectionRules RulesOf(const CollectionBinding& collection) {
  doors::CollectionRules rules;
  rules.id_field = collection.id_field;
  rules.ids = collection.ids;
  rules.create_fields = FieldsOf(collection, collection.create);
  rules.update_fields = FieldsOf(collection, collection.update);
  rules.can_create = collection.create.has_value();
  rules.can_update = collection.update.has_value();
  rules.can_delete = collection.remove.has_value();
  rules.version_field = collection.version_field;
  for (const auto& [kind, operation] : collection.commuting) {
    rules.sent_as_such[kind] = OperandsOf(operation);
  }
  return rules;
}

doors::OperationRules RulesOf(const OperationBinding& operation) {
  doors::OperationRules rules;
  for (const Argument& argument : operation.arguments) {
    rules.arguments.insert(argument.name);
    if (argument.type.must_be_given()) rules.required.insert(argument.name);
  }
  return rules;
}

}  // namespace tideover::appsync
