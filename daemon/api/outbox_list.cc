#include "api/outbox_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "api/convert.h"
#include "api/dependants.h"
#include "api/failure.h"
#include "api/limits.h"
#include "api/lookup.h"
#include "api/outbox_scan.h"
#include "api/status_report.h"
#include "base/status_macros.h"
#include "log/settled.h"
#include "store/record.h"

namespace tideover::api {
namespace {

using Call = UnaryCall<v1::ListMutationsResponse>;

// Length of a fingerprint in a page token, in hexadecimal digits.
constexpr size_t kFingerprintDigits = 16;

std::string FingerprintOf(const v1::ListMutationsRequest& request) {
  v1::ListMutationsRequest about = request;
  about.clear_page_token();
  about.clear_page_size();
  return fmt::format("{:016x}", store::HashBytes(about.SerializeAsString()));
}

// "<fingerprint><seq>": the last mutation of the page before.
std::optional<uint64_t> ReadToken(const std::string& token, const std::string& fingerprint) {
  if (!token.starts_with(fingerprint)) return std::nullopt;
  uint64_t seq = 0;
  const char* end = token.data() + token.size();
  const auto [parsed, error] = std::from_chars(token.data() + kFingerprintDigits, end, seq);
  if (error != std::errc() || parsed != end) return std::nullopt;
  return seq;
}

class ListTask : public std::enable_shared_from_this<ListTask> {
 public:
  ListTask(const Shared& shared, std::shared_ptr<const Session> session, OutboxSelection selection,
           size_t page_size, std::string fingerprint, std::shared_ptr<Call> call)
      : shared_(shared),
        session_(session),
        scan_(std::move(session), std::move(selection)),
        page_size_(page_size),
        fingerprint_(std::move(fingerprint)),
        call_(std::move(call)) {}

  void Post() {
    shared_.pool->Post([self = shared_from_this()] { self->Run(); });
  }

 private:
  void Run() {
    if (call_->finished()) return;  // The caller gave up.
    const absl::StatusOr<bool> done = scan_.Step(
        *shared_.clock,
        [this](uint64_t seq, v1::Mutation mutation) { return Take(seq, std::move(mutation)); });
    if (!done.ok()) {
      call_->Fail(Fail(done.status()));
    } else if (!*done) {
      Post();
    } else {
      Answer();
    }
  }

  bool Take(uint64_t seq, v1::Mutation mutation) {
    if (static_cast<size_t>(response_.mutations_size()) >= page_size_ ||
        bytes_ >= kMessageFillBytes) {
      response_.set_next_page_token(fmt::format("{}{}", fingerprint_, last_seq_));
      return false;
    }
    bytes_ += mutation.ByteSizeLong();
    last_seq_ = seq;
    *response_.add_mutations() = std::move(mutation);
    return true;
  }

  void Answer() {
    const absl::Status counted = FillCounts(shared_, session_, response_.mutable_counts());
    if (counted.ok()) {
      call_->Answer(std::move(response_));
    } else {
      call_->Fail(Fail(counted));
    }
  }

  const Shared shared_;
  const std::shared_ptr<const Session> session_;
  OutboxScan scan_;
  const size_t page_size_;
  const std::string fingerprint_;
  const std::shared_ptr<Call> call_;
  v1::ListMutationsResponse response_;
  size_t bytes_ = 0;
  uint64_t last_seq_ = 0;
};

grpc::Status Select(const Session& session, const v1::ListMutationsRequest& request,
                    OutboxSelection* selection) {
  if (request.page_size() < 0) return FailField("page_size", "the page_size is negative");
  for (const int state : request.states()) {
    selection->states.insert(static_cast<v1::MutationState>(state));
  }
  if (selection->states.empty()) {
    selection->states = {v1::MUTATION_STATE_QUEUED, v1::MUTATION_STATE_PAUSED,
                         v1::MUTATION_STATE_IN_FLIGHT, v1::MUTATION_STATE_HELD,
                         v1::MUTATION_STATE_DEAD_LETTERED};
  }
  if (!request.document_id().empty() && request.collection().empty()) {
    return FailField("document_id", "a document_id needs its collection");
  }
  if (!request.collection().empty()) {
    Collection collection;
    grpc::Status status = FindCollection(session, request.collection(), &collection);
    if (!status.ok()) return status;
    selection->collection = collection.id;
    selection->document_id = request.document_id();
  }
  if (request.page_token().empty()) return grpc::Status::OK;
  const auto after = ReadToken(request.page_token(), FingerprintOf(request));
  if (!after.has_value()) {
    return FailField("page_token", "the page_token is none of ours, or belongs to another list",
                     v1::ERROR_REASON_INVALID_PAGE_TOKEN);
  }
  selection->after_seq = *after;
  return grpc::Status::OK;
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

absl::Status FillDependants(const store::Reader& reader, uint64_t seq,
                            const log::Mutation& mutation, v1::Mutation* out) {
  ASSIGN_OR_RETURN(const auto dependants, DependantsOf(reader, seq, mutation));
  for (const uint64_t other : dependants) {
    ASSIGN_OR_RETURN(const auto entry, log::Find(reader, other));
    if (entry.has_value()) out->add_dependants(entry->mutation().mutation_id());
  }
  return absl::OkStatus();
}

// What only a pending one has.
absl::Status FillPendingDetails(const store::Reader& reader, uint64_t seq,
                                const log::LogEntry& entry, v1::Mutation* out) {
  const log::Mutation& mutation = entry.mutation();
  ASSIGN_OR_RETURN(const auto needs, NeedsOf(reader, seq, entry));
  for (const std::string& other : needs) out->add_depends_on(other);
  ASSIGN_OR_RETURN(const auto found,
                   FindDocument(reader, mutation.collection(), mutation.document_id()));
  if (found.record.has_value() && found.record->base.has_value()) {
    out->set_base_json(std::string(*found.record->base));
  }
  return absl::OkStatus();
}

// By its id, or by the one that it had before an edit.
template <typename Entry>
bool IsNamed(const Entry& entry, const std::string& mutation_id) {
  return entry.mutation().mutation_id() == mutation_id || log::GivenId(entry) == mutation_id;
}

absl::StatusOr<bool> Read(const Session& session, const std::string& mutation_id,
                          v1::Mutation* out) {
  ASSIGN_OR_RETURN(const store::ReadTxn txn, session.env->BeginRead());
  const store::Reader& reader = txn.reader();
  ASSIGN_OR_RETURN(const auto seq, log::SeqOf(reader, mutation_id));
  if (!seq.has_value()) return false;
  ASSIGN_OR_RETURN(const auto pending, log::Find(reader, *seq));
  if (pending.has_value() && IsNamed(*pending, mutation_id)) {
    FillPending(session, *seq, *pending, out);
    RETURN_IF_ERROR(FillDependants(reader, *seq, pending->mutation(), out));
    RETURN_IF_ERROR(FillPendingDetails(reader, *seq, *pending, out));
    return true;
  }
  ASSIGN_OR_RETURN(const auto settled, log::FindSettled(reader, *seq));
  if (!settled.has_value() || !IsNamed(*settled, mutation_id)) return false;
  FillSettled(session, *seq, *settled, out);
  RETURN_IF_ERROR(FillDependants(reader, *seq, settled->mutation(), out));
  if (!settled->base_json().empty()) out->set_base_json(settled->base_json());
  if (!settled->server_json().empty()) out->set_server_document_json(settled->server_json());
  return true;
}

}  // namespace

void StartList(const Shared& shared, std::shared_ptr<const Session> session,
               const v1::ListMutationsRequest& request, std::shared_ptr<Call> call) {
  OutboxSelection selection;
  grpc::Status status = Select(*session, request, &selection);
  if (!status.ok()) {
    call->Fail(std::move(status));
    return;
  }
  const size_t page_size = request.page_size() == 0
                               ? kOutboxPageDefault
                               : std::min<size_t>(request.page_size(), kOutboxPageMax);
  std::make_shared<ListTask>(shared, std::move(session), std::move(selection), page_size,
                             FingerprintOf(request), std::move(call))
      ->Post();
}

grpc::Status ReadMutation(const Session& session, const std::string& mutation_id,
                          v1::Mutation* mutation) {
  if (mutation_id.empty()) return FailField("mutation_id", "the mutation_id is missing");
  const absl::StatusOr<bool> found = Read(session, mutation_id, mutation);
  if (!found.ok()) return Fail(found.status());
  return *found ? grpc::Status::OK : NoSuchMutation(mutation_id);
}

}  // namespace tideover::api
