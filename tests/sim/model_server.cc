#include "sim/model_server.h"

#include <fmt/format.h>

#include <iterator>

#include "view/fold.h"

namespace tideover::sim {
namespace {

using sync::Mutation;
using sync::PushClass;
using sync::PushResult;

PushResult Refusal(std::string message) {
  PushResult result;
  result.outcome = PushClass::kRejected;
  result.error = {std::move(message), 200, "BadRequest"};
  return result;
}

}  // namespace

std::string ModelServer::NewId() { return fmt::format("s{:04}", next_id_++); }

PushResult ModelServer::Execute(int daemon, const std::string& collection,
                                const sync::PushRequest& request) {
  const Mutation& mutation = request.mutation;
  Documents& documents = collections_[collection];
  std::string id = mutation.document_id();
  const Author author{daemon, request.seq};
  // Who is at fault only a mutation that came alone tells.
  const bool single = request.seqs.size() == 1;
  if (mutation.json().find("poison") != std::string::npos) {
    if (single) refused_.insert(author);
    return Refusal("the content is refused");
  }
  if (mutation.kind() == Mutation::CREATE) {
    if (collection == "todos") id = NewId();
    if (documents.contains(id)) {
      if (single) refused_.insert(author);
      return Refusal("the document exists already");
    }
  }
  const auto found = documents.find(id);
  if (found != documents.end()) {
    const Author maker = makers_[id];
    if (maker.daemon != daemon) meddled_[maker] = true;
  }
  std::optional<json::Value> before;
  if (found != documents.end()) before = found->second;
  const auto after = view::Apply(std::move(before), mutation.kind(), request.change, "id", id);
  if (after.has_value()) {
    documents[id] = *after;
  } else if (found != documents.end()) {
    documents.erase(found);
  }
  if (mutation.kind() == Mutation::CREATE) makers_[id] = author;
  for (const uint64_t seq : request.seqs) ++applied_[{daemon, seq}];
  effects_.push_back({daemon, request.seqs, id});
  PushResult result;
  result.outcome = PushClass::kConfirmed;
  if (mutation.kind() == Mutation::CREATE) result.server_id = id;
  if (wide_ && after.has_value()) result.document = after;
  return result;
}

std::vector<json::Value> ModelServer::List(const std::string& collection) const {
  std::vector<json::Value> all;
  const auto it = collections_.find(collection);
  if (it == collections_.end()) return all;
  for (const auto& [id, document] : it->second) all.push_back(document);
  return all;
}

void ModelServer::ForeignWrite() {
  const std::string collection = world_.Chance(0.7) ? "todos" : "notes";
  Documents& documents = collections_[collection];
  const int64_t choice = documents.empty() ? 0 : world_.Between(0, 3);
  if (choice == 0) {
    const std::string id = NewId();
    const std::string content = world_.Chance(0.2) ? "milk" : "foreign " + id;
    json::Value document = json::Value::Object();
    view::SetId(&document, "id", id);
    document.Set("content", json::Value::String(content));
    documents[id] = std::move(document);
    makers_[id] = {-1, next_id_};
    world_.Note(fmt::format("foreign create {}/{} {}", collection, id, content));
    return;
  }
  auto it =
      std::next(documents.begin(), world_.Between(0, static_cast<int64_t>(documents.size()) - 1));
  const std::string id = it->first;
  meddled_[makers_[id]] = true;
  if (choice == 1) {
    documents.erase(it);
    world_.Note(fmt::format("foreign delete {}/{}", collection, id));
  } else {
    it->second.Set("content", json::Value::String(fmt::format("edited {}", world_.Mono().ms)));
    world_.Note(fmt::format("foreign update {}/{}", collection, id));
  }
}

Author ModelServer::MakerOf(const std::string& id) const {
  const auto it = makers_.find(id);
  return it == makers_.end() ? Author() : it->second;
}

int ModelServer::TimesApplied(Author author) const {
  const auto it = applied_.find(author);
  return it == applied_.end() ? 0 : it->second;
}

}  // namespace tideover::sim
