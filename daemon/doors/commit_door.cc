#include "doors/commit_door.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

#include "base/ids.h"
#include "base/status_macros.h"
#include "cache/id_map.h"
#include "doors/dependency.h"
#include "doors/references.h"
#include "doors/refold.h"
#include "doors/repeated_call.h"
#include "log/lanes.h"
#include "view/commute.h"
#include "view/fold.h"

namespace tideover::doors {
namespace {

using log::Mutation;

// Marks a refusal of a document that would be too large.
constexpr const char* kTooLargePayload = "tideover.doors.TooLarge";

// A document as this call has it so far: nothing is written before every operation was accepted.
struct Staged {
  std::optional<std::string> stored_view;  // What the record says.
  cache::Document document;
  std::optional<json::Value> view;
};

// Whether what is logged is what the app said, to the letter.
bool IsAsSaid(const Operation& operation, Mutation::Kind kind) {
  return operation.kind == kind && operation.rules->references.empty();
}

// What is logged otherwise.
absl::StatusOr<json::Value> ChangeOf(const Operation& operation, Mutation::Kind kind,
                                     References* references) {
  json::Value change = operation.change;
  if (kind == Mutation::CREATE && operation.kind == Mutation::UPDATE) {
    // The patch of an upsert becomes a document: what it removes was never there.
    change = json::Value::Object();
    json::MergePatch(&change, operation.change);
  }
  RETURN_IF_ERROR(references->LookInMembers(operation.collection, &change));
  return change;
}

// What one operation does to one document.
struct Written {
  log::DocumentKey document;
  Mutation::Kind kind = Mutation::KIND_UNSPECIFIED;
  std::string json;
};

class Call {
 public:
  Call(Turn* turn, const CommitRequest& request) : turn_(turn), request_(request) {}
  absl::StatusOr<CommitAnswer> Run();

 private:
  absl::Status StageWrite(const Operation& operation);
  absl::Status StageInvoke(const Operation& operation);
  absl::StatusOr<std::optional<Written>> Apply(const Operation& operation, References* references);
  log::LogEntry NewEntry(const Operation& operation) const;
  void Append(log::LogEntry entry, const References& references);
  absl::StatusOr<std::string> ChooseId(const Operation& operation) const;
  absl::StatusOr<Staged*> Touch(const log::DocumentKey& key);
  absl::StatusOr<Mutation::Kind> CheckAgainstView(const Operation& operation, const Staged& staged,
                                                  const std::string& id) const;
  absl::Status Flush();
  uint64_t NextSeq() const { return turn_->counters.last_seq() + appended_.size() + 1; }

  Turn* const turn_;
  const CommitRequest& request_;
  std::map<log::DocumentKey, Staged> staged_;
  References::MadeInCall made_;
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
    ASSIGN_OR_RETURN(auto known, FindRepeated(*turn_, operation));
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
    const Operation& operation = request_.operations[i];
    absl::Status staged =
        operation.kind == Mutation::INVOKE ? StageInvoke(operation) : StageWrite(operation);
    if (!staged.ok()) return AtOperation(std::move(staged), i);
  }
  RETURN_IF_ERROR(Flush());
  return std::move(answer_);
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

absl::StatusOr<Staged*> Call::Touch(const log::DocumentKey& key) {
  if (const auto it = staged_.find(key); it != staged_.end()) return &it->second;
  Staged staged;
  ASSIGN_OR_RETURN(staged.document, Load(*turn_, key.first, key.second));
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
    if (operation.sent) {
      RETURN_IF_ERROR(CheckSendable(*operation.rules, Mutation::CREATE, operation.change, name));
    }
    return Mutation::CREATE;
  }
  return absl::NotFoundError(fmt::format("{}/{} does not exist", name, id));
}

// What the operation does to its document, in the view of this call. Nothing: it does nothing, for
// the document is missing and may be.
absl::StatusOr<std::optional<Written>> Call::Apply(const Operation& operation,
                                                   References* references) {
  ASSIGN_OR_RETURN(std::string id, ChooseId(operation));
  const log::DocumentKey key(operation.collection, id);
  const bool fresh = !staged_.contains(key);
  ASSIGN_OR_RETURN(Staged * staged, Touch(key));
  if (operation.kind == Mutation::DELETE && operation.upsert && !staged->view.has_value()) {
    // No record is made for it.
    if (fresh) staged_.erase(key);
    return std::optional<Written>();
  }
  Written written{key, Mutation::KIND_UNSPECIFIED, {}};
  ASSIGN_OR_RETURN(written.kind, CheckAgainstView(operation, *staged, id));
  if (view::Commutes(written.kind)) {
    RETURN_IF_ERROR(view::CheckTargets(written.kind, operation.change, *staged->view));
  }
  if (written.kind == Mutation::CREATE) references->AddOwn(key);
  const json::Value* change = &operation.change;
  json::Value changed;
  if (IsAsSaid(operation, written.kind)) {
    written.json = operation.change_text;
  } else {
    ASSIGN_OR_RETURN(changed, ChangeOf(operation, written.kind, references));
    change = &changed;
    if (written.kind != Mutation::DELETE) written.json = json::Write(changed);
  }
  staged->view =
      view::Apply(std::move(staged->view), written.kind, *change, operation.rules->id_field, id);
  cache::Document& document = staged->document;
  document.view =
      staged->view.has_value() ? std::optional(json::Write(*staged->view)) : std::nullopt;
  if (document.view.has_value() && document.view->size() > json::kDocumentBytesMax) {
    absl::Status refusal = absl::InvalidArgumentError(
        fmt::format("the document would have {} bytes; at most {} are allowed",
                    document.view->size(), json::kDocumentBytesMax));
    refusal.SetPayload(kTooLargePayload, absl::Cord());
    return refusal;
  }
  return std::optional(std::move(written));
}

absl::Status Call::StageWrite(const Operation& operation) {
  References references(*turn_, NextSeq(), made_);
  ASSIGN_OR_RETURN(auto written, Apply(operation, &references));
  if (!written.has_value()) {
    ASSIGN_OR_RETURN(const std::string id, ChooseId(operation));
    ASSIGN_OR_RETURN(const cache::Document document, Load(*turn_, operation.collection, id));
    answer_.operations.push_back(
        {operation.mutation_id, 0, id, document.header.revision, false, 0});
    return absl::OkStatus();
  }
  if (references.names_own()) {
    return absl::InvalidArgumentError(
        fmt::format("the document names itself by its provisional id \"{}\", which the server will "
                    "replace: create it first, then update it",
                    written->document.second));
  }
  log::LogEntry entry = NewEntry(operation);
  const cache::DocumentHeader& header = staged_.at(written->document).document.header;
  if (!operation.rules->version_field.empty() && header.server_version != 0) {
    entry.mutable_seen()->set_version(header.server_version);
  }
  Mutation& mutation = *entry.mutable_mutation();
  mutation.set_collection(written->document.first);
  mutation.set_document_id(written->document.second);
  mutation.set_kind(written->kind);
  mutation.set_json(std::move(written->json));
  mutation.set_upsert(operation.upsert);
  Append(std::move(entry), references);
  return absl::OkStatus();
}

absl::Status Call::StageInvoke(const Operation& operation) {
  References references(*turn_, NextSeq(), made_);
  log::LogEntry entry = NewEntry(operation);
  Mutation& mutation = *entry.mutable_mutation();
  mutation.set_kind(Mutation::INVOKE);
  mutation.set_operation(operation.operation);
  for (const Operation& expected : operation.effects) {
    ASSIGN_OR_RETURN(auto written, Apply(expected, &references));
    if (!written.has_value()) continue;
    Mutation::Effect& effect = *mutation.add_effects();
    effect.mutable_document()->set_collection(written->document.first);
    effect.mutable_document()->set_document_id(written->document.second);
    effect.set_kind(written->kind);
    effect.set_json(std::move(written->json));
  }
  json::Value arguments = operation.change;
  RETURN_IF_ERROR(references.LookInArguments(&arguments));
  mutation.set_json(json::Write(arguments));
  Append(std::move(entry), references);
  return absl::OkStatus();
}

log::LogEntry Call::NewEntry(const Operation& operation) const {
  log::LogEntry entry;
  Mutation& mutation = *entry.mutable_mutation();
  mutation.set_client_made_id(!operation.mutation_id.empty());
  mutation.set_mutation_id(operation.mutation_id.empty()
                               ? log::MadeMutationId(*turn_->device_id, NextSeq())
                               : operation.mutation_id);
  mutation.set_created_wall_ms(turn_->now.ms);
  mutation.set_scope(operation.scope);
  mutation.set_request_hash(operation.request_hash);
  return entry;
}

void Call::Append(log::LogEntry entry, const References& references) {
  const uint64_t seq = NextSeq();
  Mutation& mutation = *entry.mutable_mutation();
  references.WriteTo(&mutation);
  if (references.lacking()) entry.mutable_push()->set_hold(log::PushState::DEPENDENCY);
  for (const log::DocumentKey& lane : log::LanesOf(seq, mutation)) {
    if (Makes(mutation, lane)) made_[lane] = {KnownAs(mutation, lane), references.lacking()};
    if (const auto it = staged_.find(lane); it != staged_.end()) {
      ++it->second.document.header.pending;
    }
  }
  answer_.operations.push_back(
      {mutation.mutation_id(), seq, mutation.document_id(), 0, false, 0, references.lacking()});
  appended_.emplace_back(seq, std::move(entry));
}

absl::Status Call::Flush() {
  for (const auto& [seq, entry] : appended_) {
    RETURN_IF_ERROR(log::Append(turn_->txn, seq, entry));
    const Mutation& mutation = entry.mutation();
    turn_->notice.enqueued.push_back(
        {seq, mutation.collection(), mutation.document_id(), mutation.scope()});
    if (entry.push().hold() == log::PushState::NONE) continue;
    turn_->notice.holds.push_back({seq, mutation.collection(), mutation.document_id(),
                                   log::SettledEntry::OUTCOME_UNSPECIFIED, entry.push().hold()});
  }
  turn_->counters.set_last_seq(turn_->counters.last_seq() + appended_.size());
  for (size_t i = 0; i < answer_.operations.size(); ++i) {
    OperationAnswer& answer = answer_.operations[i];
    answer.collection = request_.operations[i].collection;
    if (request_.operations[i].kind == Mutation::INVOKE) answer.revision = turn_->commit();
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

bool IsTooLarge(const absl::Status& refusal) {
  return refusal.GetPayload(kTooLargePayload).has_value();
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
