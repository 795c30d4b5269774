#include "doors/commit_door.h"

#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <set>
#include <utility>

#include "base/ids.h"
#include "base/planted_bug.h"
#include "base/status_macros.h"
#include "cache/id_map.h"
#include "doors/refold.h"
#include "log/settled.h"
#include "view/commute.h"
#include "view/fold.h"

namespace tideover::doors {
namespace {

using log::Mutation;

// Names the payload of a refusal in which the operation's index stands.
constexpr const char* kOperationPayload = "tideover.doors.Operation";

absl::Status AtOperation(absl::Status refusal, size_t index) {
  refusal.SetPayload(kOperationPayload, absl::Cord(std::to_string(index)));
  return refusal;
}

const std::string& GivenId(const std::optional<log::LogEntry>& pending,
                           const std::optional<log::SettledEntry>& settled) {
  return pending.has_value() ? log::GivenId(*pending) : log::GivenId(*settled);
}

// A document as this call has it so far: nothing is written before every operation was accepted.
struct Staged {
  std::optional<std::string> stored_view;  // What the record says.
  cache::Document document;
  std::optional<json::Value> view;
};

class Call {
 public:
  Call(Turn* turn, const CommitRequest& request) : turn_(turn), request_(request) {}
  absl::StatusOr<CommitAnswer> Run();

 private:
  absl::StatusOr<std::optional<OperationAnswer>> FindRepeated(const Operation& operation) const;
  absl::Status Stage(const Operation& operation);
  absl::StatusOr<std::string> ChooseId(const Operation& operation) const;
  absl::StatusOr<Staged*> Touch(store::CollectionId collection, const std::string& id);
  absl::StatusOr<Mutation::Kind> CheckAgainstView(const Operation& operation, const Staged& staged,
                                                  const std::string& id) const;
  absl::Status Flush();

  Turn* const turn_;
  const CommitRequest& request_;
  std::map<std::pair<store::CollectionId, std::string>, Staged> staged_;
  std::vector<std::pair<uint64_t, log::LogEntry>> appended_;
  CommitAnswer answer_;
};

absl::StatusOr<CommitAnswer> Call::Run() {
  if (request_.operations.empty() || request_.operations.size() > kOperationsMax) {
    return absl::InvalidArgumentError(
        fmt::format("a call carries 1 to {} operations; this one has {}", kOperationsMax,
                    request_.operations.size()));
  }
  size_t repeated = 0;
  size_t unlogged = 0;
  std::vector<OperationAnswer> earlier;
  std::set<std::string_view> ids;
  for (const Operation& operation : request_.operations) {
    if (!operation.mutation_id.empty() && !ids.insert(operation.mutation_id).second) {
      return absl::InvalidArgumentError(
          fmt::format("the mutation id \"{}\" stands twice in one call", operation.mutation_id));
    }
    ASSIGN_OR_RETURN(auto known, FindRepeated(operation));
    if (known.has_value()) {
      ++repeated;
      earlier.push_back(*std::move(known));
    } else if (operation.kind == Mutation::DELETE && operation.upsert) {
      // Its document was missing the first time, so that it left no trace.
      ++unlogged;
      earlier.push_back({operation.mutation_id, 0, operation.document_id, 0, true});
    }
  }
  answer_.commit = turn_->commit();
  if (repeated > 0 && repeated + unlogged == request_.operations.size()) {
    answer_.operations = std::move(earlier);
    return std::move(answer_);
  }
  if (repeated > 0) {
    return absl::FailedPreconditionError(fmt::format(
        "{} of the {} mutation ids of this call are already used: a call is repeated whole or not "
        "at all",
        repeated, request_.operations.size()));
  }
  for (size_t i = 0; i < request_.operations.size(); ++i) {
    absl::Status staged = Stage(request_.operations[i]);
    if (!staged.ok()) return AtOperation(std::move(staged), i);
  }
  RETURN_IF_ERROR(Flush());
  return std::move(answer_);
}

absl::StatusOr<std::optional<OperationAnswer>> Call::FindRepeated(
    const Operation& operation) const {
  if (PLANTED_BUG(kRepeatedCallApplied)) return std::optional<OperationAnswer>();
  if (operation.mutation_id.empty()) return std::optional<OperationAnswer>();
  ASSIGN_OR_RETURN(const auto seq, log::SeqOf(turn_->reader(), operation.mutation_id));
  if (!seq.has_value()) {
    if (!log::IsMadeHere(operation.mutation_id, *turn_->device_id)) {
      return std::optional<OperationAnswer>();
    }
    return absl::InvalidArgumentError(
        fmt::format("the mutation id \"{}\" has the form of those that are made here, and no such "
                    "mutation is remembered: choose another",
                    operation.mutation_id));
  }
  ASSIGN_OR_RETURN(const auto pending, log::Find(turn_->reader(), *seq));
  ASSIGN_OR_RETURN(const auto settled, log::FindSettled(turn_->reader(), *seq));
  if (!pending.has_value() && !settled.has_value()) {
    return absl::DataLossError(fmt::format("mutation id \"{}\" leads to mutation {}, which is gone",
                                           operation.mutation_id, *seq));
  }
  const Mutation& mutation = pending.has_value() ? pending->mutation() : settled->mutation();
  if (mutation.request_hash() != operation.request_hash ||
      GivenId(pending, settled) != operation.mutation_id) {
    return absl::FailedPreconditionError(
        fmt::format("the mutation id \"{}\" already stands for another write: give each write its "
                    "own",
                    operation.mutation_id));
  }
  ASSIGN_OR_RETURN(const std::string id, cache::ResolveId(turn_->reader(), mutation.collection(),
                                                          mutation.document_id()));
  ASSIGN_OR_RETURN(const cache::Document document, Load(*turn_, mutation.collection(), id));
  return OperationAnswer{operation.mutation_id,    *seq, id,
                         document.header.revision, true, mutation.collection()};
}

absl::StatusOr<std::string> Call::ChooseId(const Operation& operation) const {
  if (!operation.document_id.empty()) {
    return cache::ResolveId(turn_->reader(), operation.collection, operation.document_id);
  }
  switch (operation.rules->ids) {
    case IdMode::kServer:
      return base::NewProvisionalId(turn_->now, *turn_->random);
    case IdMode::kClientUuid:
      return base::NewUuid(turn_->now, *turn_->random);
    case IdMode::kClientObjectId:
      return base::NewObjectId(turn_->now, *turn_->random);
  }
  return absl::InternalError("an id mode is unknown");
}

absl::StatusOr<Staged*> Call::Touch(store::CollectionId collection, const std::string& id) {
  const auto key = std::make_pair(collection, id);
  if (const auto it = staged_.find(key); it != staged_.end()) return &it->second;
  Staged staged;
  ASSIGN_OR_RETURN(staged.document, Load(*turn_, collection, id));
  staged.stored_view = staged.document.view;
  ASSIGN_OR_RETURN(staged.view, ParseStored(staged.document.view));
  return &staged_.emplace(key, std::move(staged)).first->second;
}

// The kind as which the operation is logged: an upsert of a missing document is its create.
absl::StatusOr<Mutation::Kind> Call::CheckAgainstView(const Operation& operation,
                                                      const Staged& staged,
                                                      const std::string& id) const {
  const bool present = staged.view.has_value();
  const std::string& name = turn_->catalog->NameOf(operation.collection);
  // A tombstone has one as well, but to an app there is no document.
  const uint64_t revision = present ? staged.document.header.revision : 0;
  if (operation.if_revision.has_value() && *operation.if_revision != revision) {
    return absl::AbortedError(
        fmt::format("{}/{} has revision {}, not {}: read it again and decide anew", name, id,
                    revision, *operation.if_revision));
  }
  const bool may_choose_id = operation.rules->ids != IdMode::kServer || base::IsProvisionalId(id);
  if (operation.kind == Mutation::CREATE) {
    if (!present && may_choose_id) return Mutation::CREATE;
    return absl::AlreadyExistsError(
        present ? fmt::format("{}/{} exists already: update or replace it", name, id)
                : fmt::format("the provisional id \"{}\" already became {}/{}: choose another",
                              operation.document_id, name, id));
  }
  if (present) return operation.kind;
  if (operation.upsert && may_choose_id) {
    RETURN_IF_ERROR(CheckSendable(*operation.rules, Mutation::CREATE, operation.change, name));
    return Mutation::CREATE;
  }
  return absl::NotFoundError(fmt::format("{}/{} does not exist", name, id));
}

absl::Status Call::Stage(const Operation& operation) {
  ASSIGN_OR_RETURN(const std::string id, ChooseId(operation));
  ASSIGN_OR_RETURN(Staged * staged, Touch(operation.collection, id));
  if (operation.kind == Mutation::DELETE && operation.upsert && !staged->view.has_value()) {
    // Allowed to be missing: nothing is logged, and no record is made for it.
    answer_.operations.push_back(
        {operation.mutation_id, 0, id, staged->document.header.revision, false, 0});
    if (staged->document.header.pending == 0) staged_.erase({operation.collection, id});
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const Mutation::Kind kind, CheckAgainstView(operation, *staged, id));
  if (view::Commutes(kind)) {
    RETURN_IF_ERROR(view::CheckTargets(kind, operation.change, *staged->view));
  }
  json::Value change = operation.change;
  std::string change_text = operation.change_text;
  if (kind == Mutation::CREATE && operation.kind == Mutation::UPDATE) {
    // The patch of an upsert becomes a document: what it removes was never there.
    change = json::Value::Object();
    json::MergePatch(&change, operation.change);
    change_text = json::Write(change);
  }
  staged->view = view::Apply(std::move(staged->view), kind, change, operation.rules->id_field, id);
  cache::Document& document = staged->document;
  document.view =
      staged->view.has_value() ? std::optional(json::Write(*staged->view)) : std::nullopt;
  if (document.view.has_value() && document.view->size() > json::kDocumentBytesMax) {
    return absl::InvalidArgumentError(
        fmt::format("the document would have {} bytes; at most {} are allowed",
                    document.view->size(), json::kDocumentBytesMax));
  }
  ++document.header.pending;
  const uint64_t seq = turn_->counters.last_seq() + appended_.size() + 1;
  log::LogEntry entry;
  if (!operation.rules->version_field.empty() && document.header.server_version != 0) {
    entry.mutable_seen()->set_version(document.header.server_version);
  }
  Mutation& mutation = *entry.mutable_mutation();
  mutation.set_client_made_id(!operation.mutation_id.empty());
  mutation.set_mutation_id(operation.mutation_id.empty()
                               ? log::MadeMutationId(*turn_->device_id, seq)
                               : operation.mutation_id);
  mutation.set_collection(operation.collection);
  mutation.set_document_id(id);
  mutation.set_kind(kind);
  mutation.set_json(std::move(change_text));
  mutation.set_created_wall_ms(turn_->now.ms);
  mutation.set_upsert(operation.upsert);
  mutation.set_scope(operation.scope);
  mutation.set_request_hash(operation.request_hash);
  answer_.operations.push_back({mutation.mutation_id(), seq, id, 0, false, 0});
  appended_.emplace_back(seq, std::move(entry));
  return absl::OkStatus();
}

absl::Status Call::Flush() {
  for (const auto& [seq, entry] : appended_) {
    RETURN_IF_ERROR(log::Append(turn_->txn, seq, entry));
    const Mutation& mutation = entry.mutation();
    turn_->notice.enqueued.push_back(
        {seq, mutation.collection(), mutation.document_id(), mutation.scope()});
  }
  turn_->counters.set_last_seq(turn_->counters.last_seq() + appended_.size());
  for (size_t i = 0; i < answer_.operations.size(); ++i) {
    OperationAnswer& answer = answer_.operations[i];
    answer.collection = request_.operations[i].collection;
    const auto it = staged_.find({request_.operations[i].collection, answer.document_id});
    if (it == staged_.end()) continue;
    const bool changed = it->second.document.view != it->second.stored_view;
    answer.revision = changed ? turn_->commit() : it->second.document.header.revision;
  }
  for (auto& [key, staged] : staged_) {
    RETURN_IF_ERROR(Store(turn_, key.first, key.second, staged.stored_view,
                          std::move(staged.document), /*keep_tombstone=*/true));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CommitAnswer> Commit(Turn* turn, const CommitRequest& request) {
  return Call(turn, request).Run();
}

std::optional<size_t> RefusedOperation(const absl::Status& refusal) {
  const auto payload = refusal.GetPayload(kOperationPayload);
  if (!payload.has_value()) return std::nullopt;
  return std::strtoull(std::string(*payload).c_str(), nullptr, 10);
}

bool IsRefusal(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
      return true;
    default:
      return false;
  }
}

}  // namespace tideover::doors
