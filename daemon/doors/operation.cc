#include "doors/operation.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "base/ids.h"
#include "base/status_macros.h"
#include "base/text.h"
#include "store/record.h"
#include "view/commute.h"

namespace tideover::doors {
namespace {

using log::Mutation;

// Names the payload of a refusal in which the operation's index stands.
constexpr const char* kOperationPayload = "tideover.doors.Operation";

absl::StatusOr<const CollectionRules*> FindRules(const std::string& collection,
                                                 const RulesByCollection& rules) {
  const auto it = rules.find(collection);
  if (it != rules.end()) return &it->second;
  RETURN_IF_ERROR(base::CheckCollectionName(collection));
  std::vector<std::string> names;
  for (const auto& [name, unused] : rules) names.push_back(name);
  const std::string nearest = base::NearestWord(collection, names);
  return absl::NotFoundError(
      fmt::format("the configuration has no collection \"{}\"{}", collection,
                  nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest)));
}

absl::StatusOr<const OperationRules*> FindOperation(const std::string& name,
                                                    const RulesByOperation& operations) {
  const auto it = operations.find(name);
  if (it != operations.end()) return &it->second;
  std::vector<std::string> names;
  for (const auto& [each, unused] : operations) names.push_back(each);
  // It may be anything: only as much of it is said as a name can have.
  const std::string shown =
      base::IsValidUtf8(name) ? name.substr(0, base::kCollectionNameBytesMax) : "?";
  const std::string nearest = base::NearestWord(shown, names);
  return absl::NotFoundError(
      fmt::format("the backend has no operation \"{}\"{}", shown,
                  nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest)));
}

absl::Status CheckArguments(const json::Value& arguments, const OperationRules& rules,
                            const std::string& operation) {
  for (const json::Member& argument : arguments.members()) {
    if (rules.arguments.contains(argument.name)) continue;
    std::string known;
    for (const std::string& name : rules.arguments) known += (known.empty() ? "" : ", ") + name;
    return absl::InvalidArgumentError(
        fmt::format("the operation \"{}\" takes no argument \"{}\" and would lose it; it takes: {}",
                    operation, argument.name, known));
  }
  for (const std::string& name : rules.required) {
    if (arguments.Find(name) != nullptr) continue;
    return absl::InvalidArgumentError(
        fmt::format("the operation \"{}\" needs the argument \"{}\"", operation, name));
  }
  return absl::OkStatus();
}

absl::Status CheckOffered(const CollectionRules& rules, Mutation::Kind kind,
                          const std::string& collection) {
  const bool offered = kind == Mutation::CREATE ? rules.can_create
                       : kind == Mutation::DELETE
                           ? rules.can_delete
                           : rules.can_update || rules.sent_as_such.contains(kind);
  if (offered) return absl::OkStatus();
  return absl::FailedPreconditionError(
      fmt::format("the backend has no {} operation for \"{}\": bind one in the configuration, as "
                  "collections.{}",
                  kind == Mutation::CREATE   ? "create"
                  : kind == Mutation::DELETE ? "delete"
                                             : "update",
                  collection, collection));
}

absl::Status CheckFields(const json::Value& change, const CollectionRules& rules,
                         Mutation::Kind kind) {
  if (IsSentAsSuch(rules, kind, change)) return absl::OkStatus();
  if (kind != Mutation::CREATE && !rules.can_update) {
    return absl::InvalidArgumentError(
        "the backend's operation for it cannot carry just these members, and there is no update "
        "operation by which they could be sent: bind one in the configuration");
  }
  const auto& allowed = kind == Mutation::CREATE ? rules.create_fields : rules.update_fields;
  if (!allowed.has_value()) return absl::OkStatus();
  for (const json::Member& member : change.members()) {
    if (member.name == rules.id_field || allowed->contains(member.name)) continue;
    std::string known;
    for (const std::string& name : *allowed) known += (known.empty() ? "" : ", ") + name;
    return absl::InvalidArgumentError(
        fmt::format("the backend's {} takes no member \"{}\" and would lose it; it takes: {}",
                    kind == Mutation::CREATE ? "create" : "update", member.name, known));
  }
  return absl::OkStatus();
}

// A server-side id cannot be chosen here; a provisional one can, so that the app knows it
// beforehand.
absl::Status CheckChosenId(const Operation& operation) {
  if (operation.kind != Mutation::CREATE || operation.document_id.empty() ||
      operation.rules->ids != IdMode::kServer || base::IsProvisionalId(operation.document_id)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      fmt::format("the server chooses the ids of this collection: leave the id out, or give a "
                  "provisional one that starts with \"{}\"",
                  base::kProvisionalPrefix));
}

uint64_t HashOf(const OperationInput& input, const std::string& change_text,
                const std::string& effects = "") {
  std::string all;
  for (const std::string* part :
       {&input.collection, &input.document_id, &change_text, &input.scope}) {
    all += fmt::format("{}:", part->size());
    all += *part;
  }
  all += fmt::format("{}:{}:", static_cast<int>(input.kind), input.upsert);
  if (input.if_revision.has_value()) all += fmt::format("{}", *input.if_revision);
  if (input.kind == Mutation::INVOKE) all += input.operation + ":" + effects;
  return store::HashBytes(all);
}

absl::Status CheckKind(const OperationInput& input) {
  if (input.kind == Mutation::KIND_UNSPECIFIED) {
    return absl::InvalidArgumentError("the operation's kind is missing");
  }
  if (input.kind == Mutation::INVOKE) {
    return absl::InvalidArgumentError("an invoke is no operation on a document");
  }
  if (input.kind == Mutation::CREATE && input.upsert) {
    return absl::InvalidArgumentError("a create cannot upsert: use update or replace");
  }
  if (view::Commutes(input.kind) && input.upsert) {
    return absl::InvalidArgumentError(
        "an operation on members cannot upsert: create the document first");
  }
  return absl::OkStatus();
}

// What every operation says of itself, document or not.
absl::Status CheckNames(const OperationInput& input) {
  if (!input.mutation_id.empty()) RETURN_IF_ERROR(base::CheckMutationId(input.mutation_id));
  if (input.scope.size() <= kScopeBytesMax && base::IsValidUtf8(input.scope)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      fmt::format("the scope must be UTF-8 of at most {} bytes", kScopeBytesMax));
}

// `sent`: the backend must be able to carry it out.
absl::StatusOr<Operation> Check(const OperationInput& input, const store::Catalog& catalog,
                                const RulesByCollection& rules, bool sent) {
  Operation operation;
  ASSIGN_OR_RETURN(operation.rules, FindRules(input.collection, rules));
  const auto collection = catalog.IdOf(input.collection);
  if (!collection.has_value()) {
    return absl::NotFoundError(fmt::format("the store has no collection \"{}\"", input.collection));
  }
  operation.collection = *collection;
  operation.sent = sent;
  RETURN_IF_ERROR(CheckKind(input));
  if (sent) RETURN_IF_ERROR(CheckOffered(*operation.rules, input.kind, input.collection));
  RETURN_IF_ERROR(CheckNames(input));
  operation.mutation_id = input.mutation_id;
  operation.document_id = input.document_id;
  operation.kind = input.kind;
  operation.upsert = input.upsert;
  operation.if_revision = input.if_revision;
  operation.scope = input.scope;
  if (input.kind != Mutation::DELETE) {
    ASSIGN_OR_RETURN(operation.change, json::ParseObject(input.json));
    const std::string& id_field = operation.rules->id_field;
    RETURN_IF_ERROR(CheckIdMember(operation.change, id_field, &operation.document_id));
    if (sent) RETURN_IF_ERROR(CheckFields(operation.change, *operation.rules, input.kind));
    operation.change.Remove(id_field);
    if (view::Commutes(input.kind)) {
      RETURN_IF_ERROR(view::CheckOperands(input.kind, operation.change));
    }
    operation.change_text = json::Write(operation.change);
  } else if (!input.json.empty()) {
    return absl::InvalidArgumentError("a delete carries no JSON");
  }
  if (!operation.document_id.empty()) {
    RETURN_IF_ERROR(base::CheckDocumentId(operation.document_id));
  } else if (input.kind != Mutation::CREATE) {
    return absl::InvalidArgumentError("the document id is missing; only a create may leave it out");
  }
  RETURN_IF_ERROR(CheckChosenId(operation));
  operation.request_hash = HashOf(input, operation.change_text);
  return operation;
}

absl::StatusOr<Operation> CheckEffect(const OperationInput& input, const store::Catalog& catalog,
                                      const RulesByCollection& rules) {
  if (!input.mutation_id.empty() || !input.scope.empty() || input.if_revision.has_value()) {
    return absl::InvalidArgumentError("an effect has no mutation_id, scope or if_revision");
  }
  return Check(input, catalog, rules, /*sent=*/false);
}

}  // namespace

absl::Status AtOperation(absl::Status refusal, size_t index) {
  refusal.SetPayload(kOperationPayload, absl::Cord(std::to_string(index)));
  return refusal;
}

std::optional<size_t> RefusedOperation(const absl::Status& refusal) {
  const auto payload = refusal.GetPayload(kOperationPayload);
  if (!payload.has_value()) return std::nullopt;
  return std::strtoull(std::string(*payload).c_str(), nullptr, 10);
}

absl::Status CheckIdMember(const json::Value& change, const std::string& id_field,
                           std::string* document_id) {
  const json::Value* id = change.Find(id_field);
  if (id == nullptr) return absl::OkStatus();
  if (!id->is_string()) {
    return absl::InvalidArgumentError(
        fmt::format("the member \"{}\" holds the document's id and must be a string", id_field));
  }
  if (document_id->empty()) *document_id = id->text();
  if (id->text() == *document_id) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format(
      "the member \"{}\" says \"{}\" but the document id is \"{}\": ids cannot be changed",
      id_field, id->text(), *document_id));
}

absl::Status CheckSendable(const CollectionRules& rules, Mutation::Kind kind,
                           const json::Value& change, const std::string& collection) {
  RETURN_IF_ERROR(CheckOffered(rules, kind, collection));
  return CheckFields(change, rules, kind);
}

absl::StatusOr<Operation> CheckOperation(const OperationInput& input, const store::Catalog& catalog,
                                         const RulesByCollection& rules) {
  return Check(input, catalog, rules, /*sent=*/true);
}

absl::StatusOr<Operation> CheckInvoke(const OperationInput& input, const store::Catalog& catalog,
                                      const RulesByCollection& rules,
                                      const RulesByOperation& operations) {
  if (input.effects.size() > kEffectsMax) {
    return absl::InvalidArgumentError(fmt::format(
        "an invoke has at most {} effects; this one has {}", kEffectsMax, input.effects.size()));
  }
  Operation operation;
  std::string effects;
  for (size_t i = 0; i < input.effects.size(); ++i) {
    auto checked = CheckEffect(input.effects[i], catalog, rules);
    if (!checked.ok()) return AtOperation(checked.status(), i);
    effects += fmt::format("{:016x}", checked->request_hash);
    operation.effects.push_back(*std::move(checked));
  }
  RETURN_IF_ERROR(CheckNames(input));
  ASSIGN_OR_RETURN(const OperationRules* takes, FindOperation(input.operation, operations));
  operation.mutation_id = input.mutation_id;
  operation.kind = Mutation::INVOKE;
  operation.operation = input.operation;
  operation.scope = input.scope;
  ASSIGN_OR_RETURN(operation.change, json::ParseObject(input.json.empty() ? "{}" : input.json));
  RETURN_IF_ERROR(CheckArguments(operation.change, *takes, input.operation));
  operation.change_text = json::Write(operation.change);
  operation.request_hash = HashOf(input, operation.change_text, effects);
  return operation;
}

}  // namespace tideover::doors
