#include "api/mutation_details.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "api/convert.h"
#include "api/dependants.h"
#include "api/failure.h"
#include "api/limits.h"
#include "api/lookup.h"
#include "base/status_macros.h"
#include "doors/dependency.h"
#include "log/mutation_log.h"
#include "log/settled.h"

namespace tideover::api {
namespace {

using google::protobuf::RepeatedPtrField;

absl::Status AddIds(const store::Reader& reader, const std::vector<uint64_t>& seqs,
                    RepeatedPtrField<std::string>* ids) {
  for (const uint64_t seq : seqs) {
    ASSIGN_OR_RETURN(const auto entry, log::Find(reader, seq));
    if (entry.has_value()) *ids->Add() = entry->mutation().mutation_id();
  }
  return absl::OkStatus();
}

std::vector<uint64_t> First(std::vector<uint64_t> seqs) {
  seqs.resize(std::min(seqs.size(), kRelatedMax));
  return seqs;
}

// What the app saw when it made the mutation, where the server's document moved on since.
bool AddSeenBase(const storage::v1::SeenBase& seen, v1::Mutation* out) {
  if (!seen.moved()) return false;
  if (!seen.json().empty()) out->set_base_json(seen.json());
  return true;
}

// By its id, or by the one that it had before this device's state was copied: its number stayed.
template <typename Entry>
bool HasIdHere(const Entry& entry, uint64_t seq, const std::string& mutation_id) {
  if (HasId(entry, mutation_id)) return true;
  return !entry.mutation().client_made_id() && mutation_id.ends_with(fmt::format("-{}", seq));
}

// An id of the form that is made here may name a number that another mutation has.
absl::StatusOr<bool> IsNamed(const store::Reader& reader, uint64_t seq,
                             const std::string& mutation_id) {
  ASSIGN_OR_RETURN(const auto pending, log::Find(reader, seq));
  if (pending.has_value()) return HasIdHere(*pending, seq, mutation_id);
  ASSIGN_OR_RETURN(const auto settled, log::FindSettled(reader, seq));
  return settled.has_value() && HasIdHere(*settled, seq, mutation_id);
}

// What would make a document that it needs, when that is a dead letter: what a mutation in hold
// DEPENDENCY waits for.
absl::Status AddRefusedMakers(const store::Reader& reader, uint64_t seq,
                              const log::Mutation& mutation, v1::Mutation* out) {
  const std::vector<log::DocumentKey> documents = DocumentsNeededBy(seq, mutation);
  return log::ForEachSettled(
      reader, store::SettledClass::kDeadLetter, 1,
      [&](uint64_t other, const log::SettledEntry& entry) {
        const auto is_made = [&](const log::DocumentKey& document) {
          return doors::Makes(entry.mutation(), document);
        };
        if (other < seq && std::any_of(documents.begin(), documents.end(), is_made)) {
          out->add_depends_on(entry.mutation().mutation_id());
        }
        return other < seq;
      });
}

}  // namespace

absl::Status AddPendingDetails(const store::Reader& reader, uint64_t seq,
                               const log::LogEntry& entry, v1::Mutation* out) {
  const log::Mutation& mutation = entry.mutation();
  ASSIGN_OR_RETURN(const auto dependants, DependantsOf(reader, seq, mutation));
  RETURN_IF_ERROR(AddIds(reader, First(dependants), out->mutable_dependants()));
  if (entry.push().hold() == log::PushState::DEPENDENCY) {
    RETURN_IF_ERROR(AddRefusedMakers(reader, seq, mutation, out));
  }
  ASSIGN_OR_RETURN(auto before, NeedsOf(reader, seq, mutation));
  // Those next to it say most.
  if (before.size() > kRelatedMax) before.erase(before.begin(), before.end() - kRelatedMax);
  RETURN_IF_ERROR(AddIds(reader, before, out->mutable_depends_on()));
  if (entry.push().hold() == log::PushState::CONFLICT && !entry.conflicting_json().empty()) {
    out->set_server_document_json(entry.conflicting_json());
  }
  if (AddSeenBase(entry.seen(), out) || mutation.document_id().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto found,
                   FindDocument(reader, mutation.collection(), mutation.document_id()));
  if (found.record.has_value() && found.record->base.has_value()) {
    out->set_base_json(std::string(*found.record->base));
  }
  return absl::OkStatus();
}

absl::Status AddSettledDetails(const store::Reader& reader, uint64_t seq,
                               const log::SettledEntry& entry, v1::Mutation* out) {
  ASSIGN_OR_RETURN(const auto dependants, DependantsOf(reader, seq, entry.mutation()));
  RETURN_IF_ERROR(AddIds(reader, First(dependants), out->mutable_dependants()));
  if (!AddSeenBase(entry.seen(), out) && !entry.base_json().empty()) {
    out->set_base_json(entry.base_json());
  }
  if (!entry.server_json().empty()) out->set_server_document_json(entry.server_json());
  return absl::OkStatus();
}

absl::StatusOr<bool> ReadBySeq(const Session& session, const store::Reader& reader, uint64_t seq,
                               bool details, v1::Mutation* out) {
  ASSIGN_OR_RETURN(const auto pending, log::Find(reader, seq));
  if (pending.has_value()) {
    FillPending(session, seq, *pending, out);
    if (details) RETURN_IF_ERROR(AddPendingDetails(reader, seq, *pending, out));
    return true;
  }
  ASSIGN_OR_RETURN(const auto settled, log::FindSettled(reader, seq));
  if (!settled.has_value()) return false;
  FillSettled(session, seq, *settled, out);
  if (details) RETURN_IF_ERROR(AddSettledDetails(reader, seq, *settled, out));
  return true;
}

grpc::Status ReadMutation(const Session& session, const std::string& mutation_id,
                          v1::Mutation* out) {
  if (mutation_id.empty()) return FailField("mutation_id", "the mutation_id is missing");
  const auto read = [&]() -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(const store::ReadTxn txn, session.env->BeginRead());
    ASSIGN_OR_RETURN(const auto seq, log::SeqOf(txn.reader(), mutation_id));
    if (!seq.has_value()) return false;
    ASSIGN_OR_RETURN(const bool named, IsNamed(txn.reader(), *seq, mutation_id));
    if (!named) return false;
    return ReadBySeq(session, txn.reader(), *seq, /*details=*/true, out);
  };
  const absl::StatusOr<bool> found = read();
  if (!found.ok()) return Fail(found.status());
  return *found ? grpc::Status::OK : NoSuchMutation(mutation_id);
}

grpc::Status NoSuchMutation(const std::string& mutation_id) {
  v1::ErrorDetail detail;
  detail.set_reason(v1::ERROR_REASON_MUTATION_NOT_FOUND);
  detail.set_mutation_id(mutation_id);
  return Fail(
      absl::NotFoundError(fmt::format(
          "no mutation \"{}\": it was never made, or the history was trimmed since", mutation_id)),
      std::move(detail));
}

}  // namespace tideover::api
