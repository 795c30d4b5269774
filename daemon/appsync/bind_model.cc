#include "appsync/bind_model.h"

#include <fmt/format.h>

#include <utility>

namespace tideover::appsync {
namespace {

std::string Capitalised(std::string name) {
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') {
    name[0] = static_cast<char>(name[0] - 'a' + 'A');
  }
  return name;
}

TypeRef Optional(TypeRef type) {
  if (type.is_array) {
    type.is_array_nullable = true;
  } else {
    type.is_required = false;
  }
  return type;
}

enum class Verb { kCreate, kUpdate, kDelete };

// The members of the input type: all that is not the server's, for an update none of it required;
// for a delete the key alone.
std::vector<Argument> InputMembers(const Model& model, Verb verb) {
  std::vector<Argument> members;
  for (const Field& field : model.type.fields) {
    const bool key = field.name == model.key_fields[0];
    if (field.read_only || field.association || field.type.kind == TypeRef::Kind::kModel) continue;
    if (verb == Verb::kDelete && !key) continue;
    const bool optional = verb == Verb::kUpdate && !key;
    members.push_back({field.name, optional ? Optional(field.type) : field.type});
  }
  return members;
}

OperationBinding Mutation(const Model& model, const Selection& select, Verb verb) {
  static constexpr const char* kVerbs[] = {"create", "update", "delete"};
  const std::string word = kVerbs[static_cast<size_t>(verb)];
  const std::string type = Capitalised(model.type.name);
  OperationBinding operation;
  operation.field = word + type;
  operation.input_type = fmt::format("{}{}Input!", Capitalised(word), type);
  operation.arguments = InputMembers(model, verb);
  operation.id_argument = model.key_fields[0];
  operation.select = select;
  if (verb != Verb::kDelete) {
    operation.document = "";
    operation.document_is_whole = true;
  }
  return operation;
}

OperationBinding Subscription(const Model& model, const Selection& select, Verb verb) {
  static constexpr const char* kFields[] = {"onCreate", "onUpdate", "onDelete"};
  OperationBinding operation;
  operation.kind = OperationKind::kSubscription;
  operation.field = kFields[static_cast<size_t>(verb)] + Capitalised(model.type.name);
  operation.select = select;
  operation.document = "";
  operation.document_is_whole = true;
  operation.deletes = verb == Verb::kDelete;
  return operation;
}

void AddVersion(const std::string& version, OperationBinding* operation) {
  if (operation->FindArgument(version) == nullptr) {
    operation->arguments.push_back({version, {.name = "Int"}});
  }
  operation->version_argument = version;
}

OperationBinding List(const Model& model, const Selection& select) {
  OperationBinding operation;
  operation.kind = OperationKind::kQuery;
  operation.field = "list" + Capitalised(model.plural_name);
  operation.arguments = {{"limit", {.name = "Int"}}, {"nextToken", {.name = "String"}}};
  operation.select = {{"items", select}, {"nextToken", {}}};
  operation.items = "/items";
  operation.next_token = "/nextToken";
  return operation;
}

}  // namespace

absl::StatusOr<CollectionBinding> BindModel(const Introspection& schema, const Model& model,
                                            const std::string& name, const std::string& version) {
  if (model.key_fields.size() > 1) {
    return absl::FailedPreconditionError(
        fmt::format("model {} has a composite key ({}), which is not supported", model.type.name,
                    fmt::join(model.key_fields, ", ")));
  }
  if (model.type.Find(model.key_fields[0]) == nullptr) {
    return absl::InvalidArgumentError(fmt::format("model {} has no field for its key \"{}\"",
                                                  model.type.name, model.key_fields[0]));
  }
  TypeRef type;
  type.kind = TypeRef::Kind::kModel;
  type.name = model.type.name;
  Selection select = DefaultSelection(schema, type);
  if (!version.empty()) {
    for (const char* field : {version.c_str(), kLastChangedField, kDeletedField}) {
      if (!SelectsField(select, field)) select.push_back({field, {}});
    }
  }
  CollectionBinding collection;
  collection.name = name;
  collection.id_field = model.key_fields[0];
  collection.ids = doors::IdMode::kClientUuid;
  collection.list = List(model, select);
  collection.create = Mutation(model, select, Verb::kCreate);
  collection.update = Mutation(model, select, Verb::kUpdate);
  collection.remove = Mutation(model, select, Verb::kDelete);
  for (const Verb verb : {Verb::kCreate, Verb::kUpdate, Verb::kDelete}) {
    collection.subscriptions.push_back(Subscription(model, select, verb));
  }
  collection.version_field = version;
  if (!version.empty()) {
    AddVersion(version, &*collection.update);
    AddVersion(version, &*collection.remove);
  }
  return collection;
}

}  // namespace tideover::appsync
