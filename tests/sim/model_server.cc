#include "sim/model_server.h"

#include <fmt/format.h>

#include <iterator>

#include "view/fold.h"

namespace tideover::sim {
namespace {

using sync::Mutation;
using sync::PushClass;
using sync::PushResult;

PushResult Refuses(std::string message) {
  PushResult result;
  result.outcome = PushClass::kRejected;
  result.error = {std::move(message), 200, "BadRequest"};
  return result;
}

}  // namespace

std::string ModelServer::NewId() { return fmt::format("s{:04}", next_id_++); }

std::string ModelServer::Place(int daemon, const std::string& collection) const {
  return plan_.identities ? fmt::format("{} of {}", collection, daemon) : collection;
}

// What an app of one identity wrote must never come under the name of another.
void ModelServer::CheckTaint(int daemon, const sync::PushRequest& request) {
  const std::string& text = request.mutation.json();
  if (!plan_.identities || text.find(fmt::format("\"c{}-", 1 - daemon)) == std::string::npos)
    return;
  world_.Fail(fmt::format("d{} sends {}, which is another identity's", daemon, text));
}

// The ledger: what is not newer than what its device did to the document before was done before.
std::optional<PushResult> ModelServer::Repeated(const std::string& place, Author author,
                                                const sync::PushRequest& request) {
  if (!plan_.ledger) return std::nullopt;
  const std::string& id = request.mutation.document_id();
  const auto document = state_.devices.find(place + "/" + id);
  if (document == state_.devices.end()) return std::nullopt;
  const auto newest = document->second.find(author.daemon);
  if (newest == document->second.end()) return std::nullopt;
  const uint64_t seq = request.seqs.back();
  const bool edited =
      newest->second.seq == seq && newest->second.mutation_id != request.mutation.mutation_id();
  if (newest->second.seq < seq || edited) return std::nullopt;
  PushResult result;
  result.outcome = PushClass::kConfirmed;
  if (request.mutation.kind() == Mutation::CREATE) result.server_id = id;
  const Documents& documents = state_.collections[place];
  const auto found = documents.find(id);
  if (found != documents.end()) result.document = Said(id, found->second);
  return result;
}

std::optional<PushResult> ModelServer::Refusal(const Documents& documents, Author author,
                                               const sync::PushRequest& request,
                                               const std::string& id) {
  const bool poison = request.mutation.json().find("poison") != std::string::npos;
  const bool exists = request.mutation.kind() == Mutation::CREATE && documents.contains(id);
  const auto found = documents.find(id);
  const bool kept = request.mutation.kind() == Mutation::DELETE && found != documents.end() &&
                    json::Write(found->second).find(" kept") != std::string::npos;
  if (!poison && !exists && !kept) return std::nullopt;
  // Who is at fault only a mutation that came alone tells.
  if (request.seqs.size() == 1) refused_.insert(author);
  return Refuses(poison   ? "the content is refused"
                 : exists ? "the document exists already"
                          : "what is kept cannot be deleted");
}

// A write that knows no version is made on whatever there is.
std::optional<PushResult> ModelServer::Conflict(const Documents& documents,
                                                const sync::PushRequest& request, int daemon,
                                                const std::string& id) {
  const bool knows = request.base_version != 0 && request.mutation.kind() != Mutation::CREATE;
  if (!plan_.versions || !knows) return std::nullopt;
  const auto found = documents.find(id);
  const bool there = found != documents.end();
  if (there && HistoryOf(id).back().number == request.base_version) return std::nullopt;
  for (const uint64_t seq : request.seqs) refused_.insert({daemon, seq});
  PushResult result;
  result.outcome = PushClass::kConflict;
  result.error = {"another version", 200, "ConflictUnhandled"};
  if (there) result.document = Said(id, found->second);
  return result;
}

const std::vector<Version>& ModelServer::HistoryOf(const std::string& id) const {
  static const std::vector<Version> kNone;
  const auto it = history_.find(id);
  return it == history_.end() ? kNone : it->second;
}

void ModelServer::Changed(const std::string& place, const std::string& id, const Version& version) {
  if (plan_.versions) {
    std::vector<Version>& history = history_[id];
    history.push_back(version);
    history.back().number = static_cast<int64_t>(history.size());
  }
  json::Value gone = json::Value::Object();
  view::SetId(&gone, "id", id);
  json::Value said = Said(id, version.document.value_or(gone));
  if (!version.document.has_value()) said.Set("_deleted", json::Value::Bool(true));
  on_change(place, said);
}

json::Value ModelServer::Said(const std::string& id, const json::Value& document) const {
  json::Value said = document;
  if (!plan_.versions) return said;
  said.Set("_version", json::Value::Int(HistoryOf(id).back().number));
  said.Set("_lastChangedAt", json::Value::Int(world_.Mono().ms));
  said.Set("_deleted", json::Value());
  return said;
}

PushResult ModelServer::Execute(int daemon, const std::string& collection,
                                const sync::PushRequest& request) {
  const Mutation& mutation = request.mutation;
  const std::string place = Place(daemon, collection);
  const Author author{daemon, request.seq};
  CheckTaint(daemon, request);
  CheckReferences(daemon, request);
  if (mutation.kind() == Mutation::INVOKE) return Invoke(daemon, request);
  if (auto repeated = Repeated(place, author, request)) return *std::move(repeated);
  Documents& documents = state_.collections[place];
  const bool chooses_id =
      mutation.kind() == Mutation::CREATE && collection == "todos" && !plan_.ledger;
  const std::string id = chooses_id ? NewId() : mutation.document_id();
  if (auto refusal = Refusal(documents, author, request, id)) return *std::move(refusal);
  if (auto conflict = Conflict(documents, request, daemon, id)) return *std::move(conflict);
  const auto found = documents.find(id);
  std::optional<json::Value> before;
  if (found != documents.end()) {
    const Author maker = makers_[id];
    if (maker.daemon != daemon) meddled_[maker] = true;
    before = found->second;
  }
  const auto after = view::Apply(before, mutation.kind(), request.change, "id", id);
  if (after.has_value()) {
    documents[id] = *after;
  } else if (found != documents.end()) {
    documents.erase(found);
  }
  if (mutation.kind() == Mutation::CREATE) makers_[id] = author;
  for (const uint64_t seq : request.seqs) ++applied_[{daemon, seq}];
  if (plan_.ledger) {
    state_.devices[place + "/" + id][daemon] = {request.seqs.back(), mutation.mutation_id()};
  }
  effects_.push_back({daemon, request.seqs, request.attempt, request.base_version, id, before,
                      after, HistoryOf(id).size()});
  if (before.has_value() || after.has_value()) {
    Changed(place, id,
            {0, {daemon, request.seqs.back()}, after, /*blind=*/request.base_version == 0});
  }
  PushResult result;
  result.outcome = PushClass::kConfirmed;
  if (mutation.kind() == Mutation::CREATE) result.server_id = id;
  if (plan_.wide_answers && after.has_value()) result.document = Said(id, *after);
  return result;
}

void ModelServer::Backup() {
  backup_ = state_;
  world_.Note("the server is backed up");
}

void ModelServer::Restore() {
  for (const auto& [place, documents] : backup_.collections) {
    Documents& now = state_.collections[place];
    for (const auto& [id, document] : documents) {
      const auto found = now.find(id);
      if (found == now.end() || found->second != document)
        Changed(place, id, {0, {-1, 0}, document});
    }
  }
  for (const auto& [place, documents] : state_.collections) {
    const Documents& then = backup_.collections[place];
    for (const auto& [id, document] : documents) {
      if (!then.contains(id)) Changed(place, id, {0, {-1, 0}, std::nullopt});
    }
  }
  state_ = backup_;
  ++restores_;
  // Which of what was done is still there nobody can say.
  for (const auto& [author, times] : applied_) meddled_[author] = true;
  world_.Note("the server is restored from its backup");
}

std::vector<json::Value> ModelServer::List(int daemon, const std::string& collection) {
  std::vector<json::Value> all;
  for (const auto& [id, document] : documents(daemon, collection)) {
    all.push_back(Said(id, document));
  }
  return all;
}

void ModelServer::ForeignWrite() {
  const std::string collection = world_.Chance(0.7) ? "todos" : "notes";
  const auto owner = static_cast<int>(world_.Between(0, plan_.daemons - 1));
  const std::string place = Place(owner, collection);
  Documents& documents = state_.collections[place];
  const int64_t choice = documents.empty() ? 0 : world_.Between(0, 3);
  if (choice == 0) {
    const std::string id = NewId();
    const std::string content = world_.Chance(0.2) ? "milk" : "foreign " + id;
    json::Value document = json::Value::Object();
    view::SetId(&document, "id", id);
    document.Set("content", json::Value::String(content));
    Changed(place, id, {0, {-1, 0}, document});
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
    Changed(place, id, {0, {-1, 0}, std::nullopt});
    world_.Note(fmt::format("foreign delete {}/{}", collection, id));
  } else {
    const char* member = world_.Chance(0.7) ? "content" : "done";
    it->second.Set(member, json::Value::String(fmt::format("edited {}", world_.Mono().ms)));
    Changed(place, id, {0, {-1, 0}, it->second});
    world_.Note(fmt::format("foreign update {}/{} {}", collection, id, member));
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
