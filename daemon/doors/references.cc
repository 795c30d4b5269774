#include "doors/references.h"

#include <absl/functional/function_ref.h>

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "base/status_macros.h"
#include "cache/documents.h"
#include "cache/id_map.h"
#include "doors/dependency.h"
#include "doors/refold.h"
#include "log/lanes.h"
#include "view/fold.h"

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

void ReplaceStrings(json::Value* value, const std::string& from, const std::string& to) {
  if (value->is_string() && value->text() == from) *value = json::Value::String(to);
  for (json::Value& element : value->elements()) ReplaceStrings(&element, from, to);
  for (json::Member& member : value->members()) ReplaceStrings(&member.value, from, to);
}

absl::StatusOr<json::Value> ParseLogged(const std::string& text) {
  absl::StatusOr<json::Value> value = json::Parse(text);
  if (!value.ok()) return absl::DataLossError("a logged change does not parse");
  return value;
}

}  // namespace

absl::Status References::Look(const DocumentKey& named, std::string* id) {
  if (own_.contains(named)) {
    names_own_ = true;
    return absl::OkStatus();
  }
  if (const auto made = made_.find(named); made != made_.end()) {
    open_.insert(named);
    lacking_ = lacking_ || made->second;
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(std::string known, cache::ResolveId(turn_.reader(), named.first, named.second));
  const DocumentKey document(named.first, known);
  ASSIGN_OR_RETURN(const auto found, cache::Find(turn_.reader(), named.first, known));
  const bool has_base = found.has_value() && found->base.has_value();
  ASSIGN_OR_RETURN(const auto maker,
                   has_base ? std::optional<Maker>() : FirstMaker(turn_.reader(), document));
  if (has_base || (!maker.has_value() && known != named.second)) {
    *id = std::move(known);
    return absl::OkStatus();
  }
  open_.insert(named);
  lacking_ = lacking_ || !maker.has_value() || maker->seq >= seq_ ||
             maker->entry.push().hold() == PushState::DEPENDENCY;
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
    ASSIGN_OR_RETURN(const auto found, cache::Find(turn_.reader(), named.first, named.second));
    if (known == named.second && !found.has_value() && !own_.contains(named) &&
        !made_.contains(named)) {
      continue;
    }
    std::string id = named.second;
    RETURN_IF_ERROR(Look(named, &id));
    *value = json::Value::String(id);
    return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status References::LookInArguments(json::Value* arguments) {
  if (arguments->is_string() && base::IsProvisionalId(arguments->text())) {
    return LookInArgument(arguments);
  }
  for (json::Value& element : arguments->elements()) RETURN_IF_ERROR(LookInArguments(&element));
  for (json::Member& member : arguments->members()) {
    RETURN_IF_ERROR(LookInArguments(&member.value));
  }
  return absl::OkStatus();
}

void References::WriteTo(Mutation* mutation) const {
  mutation->clear_references();
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
  const auto renew = [&](store::CollectionId collection, std::string* text) -> absl::Status {
    if (text->empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(json::Value change, ParseLogged(*text));
    RETURN_IF_ERROR(collection == log::kNoCollection
                        ? references.LookInArguments(&change)
                        : references.LookInMembers(collection, &change));
    *text = json::Write(change);
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(renew(mutation->collection(), mutation->mutable_json()));
  for (Mutation::Effect& effect : *mutation->mutable_effects()) {
    RETURN_IF_ERROR(renew(effect.document().collection(), effect.mutable_json()));
  }
  references.WriteTo(mutation);
  return absl::OkStatus();
}

absl::Status WriteIdInto(const Turn& turn, const DocumentKey& provisional, const std::string& id,
                         Mutation* mutation) {
  const auto write = [&](const DocumentKey& named, json::Value* value) {
    if (named == provisional) *value = json::Value::String(id);
    return absl::OkStatus();
  };
  const auto rewrite = [&](store::CollectionId collection, std::string* text) -> absl::Status {
    if (text->empty() || provisional.second == id) return absl::OkStatus();
    ASSIGN_OR_RETURN(json::Value change, ParseLogged(*text));
    if (collection == log::kNoCollection) {
      ReplaceStrings(&change, provisional.second, id);
    } else {
      RETURN_IF_ERROR(ForEachInMembers(turn, collection, &change, write));
    }
    *text = json::Write(change);
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(rewrite(mutation->collection(), mutation->mutable_json()));
  for (Mutation::Effect& effect : *mutation->mutable_effects()) {
    RETURN_IF_ERROR(rewrite(effect.document().collection(), effect.mutable_json()));
  }
  return absl::OkStatus();
}

}  // namespace tideover::doors
