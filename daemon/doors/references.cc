#include "doors/references.h"

#include <absl/functional/function_ref.h>

#include <utility>

#include "base/ids.h"
#include "base/planted_bug.h"
#include "base/status_macros.h"
#include "cache/documents.h"
#include "cache/id_map.h"
#include "doors/dependency.h"
#include "doors/refold.h"
#include "log/lanes.h"

namespace tideover::doors {
namespace {

using log::DocumentKey;
using log::Mutation;
using log::PushState;

using Visit = absl::FunctionRef<absl::Status(const DocumentKey&, json::Value*)>;

// Calls `visit` for each provisional id in a member that holds ids of documents.
absl::Status ForEachInMembers(const Turn& turn, store::CollectionId collection, json::Value* change,
                              Visit visit) {
  const auto rules = turn.rules->find(turn.catalog->NameOf(collection));
  if (rules == turn.rules->end()) return absl::OkStatus();
  for (const auto& [member, target] : rules->second.references) {
    json::Value* value = change->Find(member);
    const auto named = turn.rules->find(target);
    const auto number = turn.catalog->IdOf(target);
    if (value == nullptr || !number.has_value() || named == turn.rules->end() ||
        named->second.ids != IdMode::kServer) {
      continue;
    }
    const auto look = [&, number = *number](json::Value* each) -> absl::Status {
      if (!each->is_string() || !base::IsProvisionalId(each->text())) return absl::OkStatus();
      return visit({number, each->text()}, each);
    };
    RETURN_IF_ERROR(look(value));
    for (json::Value& element : value->elements()) RETURN_IF_ERROR(look(&element));
  }
  return absl::OkStatus();
}

// The same for each provisional id among arguments, at any depth: of which collection is not said.
absl::Status ForEachInArguments(json::Value* arguments,
                                absl::FunctionRef<absl::Status(json::Value*)> visit) {
  if (arguments->is_string() && base::IsProvisionalId(arguments->text())) return visit(arguments);
  for (json::Value& element : arguments->elements()) {
    RETURN_IF_ERROR(ForEachInArguments(&element, visit));
  }
  for (json::Member& member : arguments->members()) {
    RETURN_IF_ERROR(ForEachInArguments(&member.value, visit));
  }
  return absl::OkStatus();
}

// Changes one text of a logged mutation; the collection is kNoCollection for arguments.
using Rewrite = absl::FunctionRef<absl::Status(store::CollectionId, json::Value*)>;

absl::Status RewriteText(store::CollectionId collection, std::string* text, Rewrite rewrite) {
  if (text->empty()) return absl::OkStatus();
  absl::StatusOr<json::Value> change = json::Parse(*text);
  if (!change.ok()) return absl::DataLossError("a logged change does not parse");
  RETURN_IF_ERROR(rewrite(collection, &*change));
  *text = json::Write(*change);
  return absl::OkStatus();
}

// Its own and those of its effects.
absl::Status RewriteAll(Mutation* mutation, Rewrite rewrite) {
  RETURN_IF_ERROR(RewriteText(mutation->collection(), mutation->mutable_json(), rewrite));
  for (Mutation::Effect& effect : *mutation->mutable_effects()) {
    RETURN_IF_ERROR(RewriteText(effect.document().collection(), effect.mutable_json(), rewrite));
  }
  return absl::OkStatus();
}

}  // namespace

void References::AddOpen(DocumentKey document, const New& made, std::string* id) {
  open_.insert(std::move(document));
  lacking_ = lacking_ || made.held;
  *id = made.known_as;
}

absl::Status References::Look(const DocumentKey& named, std::string* id) {
  ASSIGN_OR_RETURN(std::string known, cache::ResolveId(turn_.reader(), named.first, named.second));
  DocumentKey document(named.first, std::move(known));
  if (own_.contains(document)) {
    names_own_ = true;
    return absl::OkStatus();
  }
  if (const auto made = made_.find(document); made != made_.end()) {
    AddOpen(std::move(document), made->second, id);
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const auto maker, MakerBefore(turn_.reader(), document, seq_));
  if (maker.has_value()) {
    const Mutation& mutation = maker->entry.mutation();
    const New made{KnownAs(mutation, document),
                   maker->entry.push().hold() == PushState::DEPENDENCY};
    AddOpen(std::move(document), made, id);
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const bool has_base, HasBase(turn_.reader(), document));
  if (has_base || document != named) {
    *id = std::move(document.second);
    return absl::OkStatus();
  }
  AddOpen(std::move(document), {named.second, /*held=*/true}, id);
  return absl::OkStatus();
}

absl::Status References::LookInMembers(store::CollectionId collection, json::Value* change) {
  return ForEachInMembers(turn_, collection, change,
                          [this](const DocumentKey& named, json::Value* value) -> absl::Status {
                            std::string id = named.second;
                            RETURN_IF_ERROR(Look(named, &id));
                            if (id != named.second) *value = json::Value::String(id);
                            return absl::OkStatus();
                          });
}

// An argument that looks like a provisional id is one when there is, or was, such a document.
absl::Status References::LookInArgument(json::Value* value) {
  for (const auto& [name, rules] : *turn_.rules) {
    const auto collection = turn_.catalog->IdOf(name);
    if (rules.ids != IdMode::kServer || !collection.has_value()) continue;
    const DocumentKey named(*collection, value->text());
    ASSIGN_OR_RETURN(const std::string known,
                     cache::ResolveId(turn_.reader(), named.first, named.second));
    ASSIGN_OR_RETURN(const auto found, cache::Find(turn_.reader(), named.first, known));
    const bool is_name =
        known != named.second || found.has_value() || own_.contains(named) || made_.contains(named);
    if (!is_name) continue;
    std::string id = named.second;
    RETURN_IF_ERROR(Look(named, &id));
    *value = json::Value::String(id);
    return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status References::LookInArguments(json::Value* arguments) {
  return ForEachInArguments(arguments,
                            [this](json::Value* value) { return LookInArgument(value); });
}

void References::WriteTo(Mutation* mutation) const {
  mutation->clear_references();
  if (PLANTED_BUG(kReferenceSentEarly)) return;
  for (const auto& [collection, id] : open_) {
    log::DocumentName& name = *mutation->add_references();
    name.set_collection(collection);
    name.set_document_id(id);
  }
}

absl::Status RenewReferences(const Turn& turn, uint64_t seq, Mutation* mutation) {
  const References::MadeInCall nothing{};
  References references(turn, seq, nothing);
  for (const DocumentKey& lane : log::LanesOf(seq, *mutation)) {
    if (Makes(*mutation, lane)) references.AddOwn(lane);
  }
  RETURN_IF_ERROR(RewriteAll(mutation, [&](store::CollectionId collection, json::Value* change) {
    return collection == log::kNoCollection ? references.LookInArguments(change)
                                            : references.LookInMembers(collection, change);
  }));
  references.WriteTo(mutation);
  return absl::OkStatus();
}

absl::Status WriteIdInto(const Turn& turn, const DocumentKey& document, Mutation* mutation) {
  const auto write = [&](const DocumentKey& named, json::Value* value) -> absl::Status {
    if (named.first != document.first) return absl::OkStatus();
    ASSIGN_OR_RETURN(std::string known, cache::ResolveId(turn.reader(), named.first, named.second));
    if (known == document.second) *value = json::Value::String(std::move(known));
    return absl::OkStatus();
  };
  // An argument may be an id of any collection: it is taken for one of this document's.
  const auto write_argument = [&](json::Value* value) {
    return write({document.first, value->text()}, value);
  };
  return RewriteAll(mutation, [&](store::CollectionId collection, json::Value* change) {
    return collection == log::kNoCollection ? ForEachInArguments(change, write_argument)
                                            : ForEachInMembers(turn, collection, change, write);
  });
}

}  // namespace tideover::doors
