#include "api/outbox_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "api/failure.h"
#include "api/limits.h"
#include "api/lookup.h"
#include "api/outbox_scan.h"
#include "api/status_report.h"
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
  if (selection->states.empty()) selection->states = UnsettledStates();
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

}  // namespace tideover::api
