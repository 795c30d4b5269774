#include "api/convert.h"

#include <array>

#include "api/explain.h"
#include "base/ids.h"
#include "base/status_macros.h"
#include "log/lanes.h"
#include "log/mutation_log.h"

namespace tideover::api {
namespace {

using log::Mutation;
using log::PushState;
using log::SettledEntry;

v1::MutationKind KindOf(Mutation::Kind kind) {
  switch (kind) {
    case Mutation::CREATE:
      return v1::MUTATION_KIND_CREATE;
    case Mutation::UPDATE:
      return v1::MUTATION_KIND_UPDATE;
    case Mutation::REPLACE:
      return v1::MUTATION_KIND_REPLACE;
    case Mutation::DELETE:
      return v1::MUTATION_KIND_DELETE;
    case Mutation::INCREMENT:
      return v1::MUTATION_KIND_INCREMENT;
    case Mutation::ADD_TO_SET:
      return v1::MUTATION_KIND_ADD_TO_SET;
    case Mutation::REMOVE:
      return v1::MUTATION_KIND_REMOVE;
    case Mutation::INVOKE:
      return v1::MUTATION_KIND_INVOKE;
    default:
      return v1::MUTATION_KIND_UNSPECIFIED;
  }
}

v1::ErrorClass ErrorClassOf(const log::PushError& error) {
  if (error.http_status() == 429) return v1::ERROR_CLASS_THROTTLED;
  static const std::array<std::pair<std::string_view, v1::ErrorClass>, 5> kClasses = {{
      {"rejected", v1::ERROR_CLASS_REJECTED},
      {"retry", v1::ERROR_CLASS_RETRY},
      {"unauthorized", v1::ERROR_CLASS_UNAUTHORIZED},
      {"ambiguous", v1::ERROR_CLASS_AMBIGUOUS},
      {"conflict", v1::ERROR_CLASS_CONFLICT},
  }};
  for (const auto& [word, error_class] : kClasses) {
    if (error.outcome() == word) return error_class;
  }
  return v1::ERROR_CLASS_UNSPECIFIED;
}

bool HasError(const log::PushError& error) {
  return !error.outcome().empty() || !error.message().empty() || error.http_status() != 0;
}

// What log entries and settled ones share.
void FillCommon(const Session& session, uint64_t seq, const Mutation& mutation,
                const PushState& push, v1::Mutation* out) {
  out->set_mutation_id(mutation.mutation_id());
  out->set_seq(seq);
  // An invoke has none.
  if (mutation.collection() != 0) {
    out->set_collection(session.doors->catalog().NameOf(mutation.collection()));
  }
  out->set_document_id(mutation.document_id());
  out->set_previous_document_id(mutation.provisional_id());
  out->set_kind(KindOf(mutation.kind()));
  out->set_operation(mutation.operation());
  out->set_patch_json(mutation.json());
  out->set_scope(mutation.scope());
  out->set_attempts(push.attempts());
  out->set_may_have_been_sent(push.unanswered() || push.open_attempt());
  SetTime(mutation.created_wall_ms(), out->mutable_created_at());
  if (push.first_sent_wall_ms() != 0) {
    SetTime(push.first_sent_wall_ms(), out->mutable_first_sent_at());
  }
  if (HasError(push.last_error())) {
    FillError(push.last_error(), push.last_sent_wall_ms(), out->mutable_last_error());
  }
}

}  // namespace

void SetTime(int64_t wall_ms, google::protobuf::Timestamp* time) {
  time->set_seconds(wall_ms / 1000);
  time->set_nanos(static_cast<int32_t>(wall_ms % 1000) * 1'000'000);
}

absl::Status FillDocument(const store::Reader& reader, const Collection& collection,
                          std::string_view id, const cache::DocumentRef& record,
                          v1::Document* document) {
  const cache::DocumentHeader& header = record.header;
  document->set_collection(*collection.name);
  document->set_id(id.data(), id.size());
  document->set_json(record.view->data(), record.view->size());
  document->set_revision(header.revision);
  if (header.fetched_wall_ms != 0) SetTime(header.fetched_wall_ms, document->mutable_fetched_at());
  if (header.server_version != 0) document->set_version(header.server_version);
  if (header.last_changed_ms != 0) {
    SetTime(header.last_changed_ms, document->mutable_last_changed_at());
  }
  document->set_provisional(collection.rules->ids == doors::IdMode::kServer &&
                            base::IsProvisionalId(id));
  if (header.pending == 0) return absl::OkStatus();
  document->set_pending(true);
  ASSIGN_OR_RETURN(const auto lane, log::ReadLane(reader, collection.id, id));
  for (const uint64_t seq : lane) {
    ASSIGN_OR_RETURN(const auto entry, log::Find(reader, seq));
    if (!entry.has_value()) continue;
    document->add_pending_mutation_ids(entry->mutation().mutation_id());
    if (entry->mutation().kind() == Mutation::INVOKE) continue;
    document->set_previous_id(entry->mutation().provisional_id());
  }
  return absl::OkStatus();
}

bool FillOperation(const v1::Operation& operation, doors::OperationInput* input) {
  input->mutation_id = operation.mutation_id();
  input->collection = operation.collection();
  input->document_id = operation.document_id();
  input->scope = operation.scope();
  if (operation.has_if_revision()) input->if_revision = operation.if_revision();
  switch (operation.kind_case()) {
    case v1::Operation::kCreate:
      input->kind = Mutation::CREATE;
      input->json = operation.create().json();
      return true;
    case v1::Operation::kUpdate:
      input->kind = Mutation::UPDATE;
      input->json = operation.update().json();
      input->upsert = operation.update().upsert();
      return true;
    case v1::Operation::kReplace:
      input->kind = Mutation::REPLACE;
      input->json = operation.replace().json();
      input->upsert = operation.replace().upsert();
      return true;
    case v1::Operation::kDelete:
      input->kind = Mutation::DELETE;
      input->upsert = operation.delete_().allow_missing();
      return true;
    case v1::Operation::kIncrement:
      input->kind = Mutation::INCREMENT;
      input->json = operation.increment().json();
      return true;
    case v1::Operation::kAddToSet:
      input->kind = Mutation::ADD_TO_SET;
      input->json = operation.add_to_set().json();
      return true;
    case v1::Operation::kRemove:
      input->kind = Mutation::REMOVE;
      input->json = operation.remove().json();
      return true;
    default:
      return false;
  }
}

v1::MutationState StateOf(sync::MutationState state) {
  switch (state) {
    case sync::MutationState::kQueued:
      return v1::MUTATION_STATE_QUEUED;
    case sync::MutationState::kPaused:
      return v1::MUTATION_STATE_PAUSED;
    case sync::MutationState::kInFlight:
      return v1::MUTATION_STATE_IN_FLIGHT;
    case sync::MutationState::kHeld:
      return v1::MUTATION_STATE_HELD;
  }
  return v1::MUTATION_STATE_UNSPECIFIED;
}

v1::Outcome OutcomeOf(SettledEntry::Outcome outcome) {
  switch (outcome) {
    case SettledEntry::CONFIRMED:
      return v1::OUTCOME_CONFIRMED;
    case SettledEntry::REJECTED:
      return v1::OUTCOME_REJECTED;
    case SettledEntry::DISCARDED:
      return v1::OUTCOME_DISCARDED;
    case SettledEntry::CANCELLED:
      return v1::OUTCOME_CANCELLED;
    default:
      return v1::OUTCOME_UNSPECIFIED;
  }
}

v1::HoldReason HoldReasonOf(PushState::Hold hold, bool held_for_auth) {
  switch (hold) {
    case PushState::AMBIGUOUS:
      return v1::HOLD_REASON_AMBIGUOUS;
    case PushState::DEPENDENCY:
      return v1::HOLD_REASON_DEPENDENCY;
    case PushState::OPERATOR:
      return v1::HOLD_REASON_OPERATOR;
    case PushState::CONFLICT:
      return v1::HOLD_REASON_CONFLICT;
    default:
      return held_for_auth ? v1::HOLD_REASON_AUTH : v1::HOLD_REASON_UNSPECIFIED;
  }
}

void FillError(const log::PushError& error, int64_t failed_wall_ms, v1::MutationError* out) {
  out->set_error_class(ErrorClassOf(error));
  out->set_message(error.message());
  if (error.http_status() != 0) out->set_http_status(error.http_status());
  out->set_error_type(error.error_type());
  if (failed_wall_ms != 0) SetTime(failed_wall_ms, out->mutable_failed_at());
}

void FillError(const sync::PushError& error, int64_t failed_wall_ms, v1::MutationError* out) {
  out->set_error_class(error.http_status == 429 ? v1::ERROR_CLASS_THROTTLED
                                                : v1::ERROR_CLASS_UNSPECIFIED);
  out->set_message(error.message);
  if (error.http_status != 0) out->set_http_status(error.http_status);
  out->set_error_type(error.error_type);
  if (failed_wall_ms != 0) SetTime(failed_wall_ms, out->mutable_failed_at());
}

void FillSettlement(const SettledEntry& entry, v1::Settlement* out) {
  out->set_outcome(OutcomeOf(entry.outcome()));
  SetTime(entry.settled_wall_ms(), out->mutable_settled_at());
  out->set_document_id(entry.mutation().document_id());
  if (entry.outcome() == SettledEntry::REJECTED) {
    FillError(entry.push().last_error(), entry.settled_wall_ms(), out->mutable_error());
  }
  out->set_result_json(entry.result_json());
}

void FillPending(const Session& session, uint64_t seq, const log::LogEntry& entry,
                 v1::Mutation* out) {
  FillCommon(session, seq, entry.mutation(), entry.push(), out);
  const sync::MutationStatus status =
      session.board->StateOf(seq, entry.mutation().collection(), entry.push());
  out->set_state(StateOf(status.state));
  if (entry.push().hold() == PushState::VERIFY && status.state == sync::MutationState::kHeld) {
    // Nobody need do anything: the next list decides.
    out->set_state(v1::MUTATION_STATE_PAUSED);
    out->set_explanation(ExplainVerify());
    return;
  }
  if (status.state == sync::MutationState::kHeld) {
    out->set_hold_reason(HoldReasonOf(entry.push().hold(), status.held_for_auth));
  }
  if (status.next_attempt_wall_ms != 0) {
    SetTime(status.next_attempt_wall_ms, out->mutable_next_attempt_at());
  }
  out->set_explanation(Explain(*out));
}

void FillSettled(const Session& session, uint64_t seq, const SettledEntry& entry,
                 v1::Mutation* out) {
  FillCommon(session, seq, entry.mutation(), entry.push(), out);
  out->set_state(entry.outcome() == SettledEntry::REJECTED ? v1::MUTATION_STATE_DEAD_LETTERED
                                                           : v1::MUTATION_STATE_SETTLED);
  out->set_outcome(OutcomeOf(entry.outcome()));
  SetTime(entry.settled_wall_ms(), out->mutable_settled_at());
  out->set_explanation(Explain(*out));
}

void FillIdentity(const Session* session, v1::Identity* out) {
  if (session == nullptr) {
    out->set_state(v1::IDENTITY_STATE_SIGNED_OUT);
    return;
  }
  out->set_identity_id(session->identity.subject);
  out->set_username(session->identity.username);
  if (session->identity.kind != "cognito") {
    out->set_auth_mode("API_KEY");
    out->set_state(v1::IDENTITY_STATE_NOT_NEEDED);
    return;
  }
  out->set_auth_mode("AMAZON_COGNITO_USER_POOLS");
  const bool refused = session->board->Get().paused == sync::PauseReason::kAuth;
  out->set_state(refused ? v1::IDENTITY_STATE_EXPIRED : v1::IDENTITY_STATE_SIGNED_IN);
}

v1::NetworkSetting SettingOf(sync::NetworkSetting setting) {
  switch (setting) {
    case sync::NetworkSetting::kAuto:
      return v1::NETWORK_SETTING_AUTO;
    case sync::NetworkSetting::kOnline:
      return v1::NETWORK_SETTING_ONLINE;
    case sync::NetworkSetting::kOffline:
      return v1::NETWORK_SETTING_OFFLINE;
  }
  return v1::NETWORK_SETTING_UNSPECIFIED;
}

}  // namespace tideover::api
