// What the model server's custom operations do: the part of ModelServer that no client can foresee.
#include <fmt/format.h>

#include "sim/model_server.h"
#include "view/fold.h"

namespace tideover::sim {

using sync::PushClass;
using sync::PushResult;

// What a mutation names must have come into being before it. (Of ids that are made by clients
// nobody can tell whether they are names.)
void ModelServer::CheckReferences(int daemon, const sync::PushRequest& request) {
  const auto check = [&](const json::Value& id) {
    if (!id.is_string() || !id.text().starts_with("s") || makers_.contains(id.text())) return;
    world_.Fail(fmt::format("d{}: {} names {}, which never was", daemon, request.seq, id.text()));
  };
  for (const char* member : {"todo", "parent", "links", "doc", "other"}) {
    const json::Value* value = request.change.Find(member);
    if (value == nullptr) continue;
    check(*value);
    for (const json::Value& element : value->elements()) check(element);
  }
}

void ModelServer::Finish(int daemon, const sync::PushRequest& request, const std::string& id) {
  for (const char* collection : {"todos", "notes"}) {
    const std::string place = Place(daemon, collection);
    Documents& documents = state_.collections[place];
    const auto found = documents.find(id);
    if (found == documents.end()) continue;
    const json::Value before = found->second;
    meddled_[makers_[id]] = true;
    by_invoke_.insert(id);
    found->second.Set("finished", *request.change.Find("text"));
    Changed(place, id,
            {0, {daemon, request.seq}, found->second, /*blind=*/false, /*invoked=*/true});
    bool expected = false;
    for (const auto& effect : request.mutation.effects()) {
      expected = expected || effect.document().document_id() == id;
    }
    effects_.push_back({daemon, request.seqs, request.attempt, 0, expected ? id : "", before,
                        found->second, HistoryOf(id).size()});
  }
}

void ModelServer::Make(int daemon, const sync::PushRequest& request) {
  const std::string id = NewId();
  json::Value document = json::Value::Object();
  view::SetId(&document, "id", id);
  document.Set("content", json::Value::String("made " + request.change.Find("text")->text()));
  const std::string place = Place(daemon, "todos");
  Changed(place, id, {0, {daemon, request.seq}, document});
  by_invoke_.insert(id);
  makers_[id] = {daemon, request.seq};
  state_.collections[place][id] = std::move(document);
}

PushResult ModelServer::Invoke(int daemon, const sync::PushRequest& request) {
  const std::string mutation_id = fmt::format("{} {}", daemon, request.mutation.mutation_id());
  if (plan_.ledger && state_.invoked.contains(mutation_id)) return state_.invoked.at(mutation_id);
  PushResult result;
  result.outcome = PushClass::kConfirmed;
  const json::Value* text = request.change.Find("text");
  if (text == nullptr || text->text().find("poison") != std::string::npos) {
    refused_.insert({daemon, request.seq});
    result.outcome = PushClass::kRejected;
    result.error = {"the arguments are refused", 200, "BadRequest"};
    return result;
  }
  ++applied_[{daemon, request.seq}];
  // Whatever else it does, it was carried out.
  effects_.push_back({daemon, request.seqs, request.attempt, 0, "", {}, {}, 0});
  for (const char* name : {"doc", "other"}) {
    const json::Value* id = request.change.Find(name);
    if (id != nullptr) Finish(daemon, request, id->text());
  }
  if (request.change.Find("make") != nullptr) Make(daemon, request);
  result.result_json = R"({"ok":true})";
  if (plan_.ledger) state_.invoked[mutation_id] = result;
  return result;
}

}  // namespace tideover::sim
