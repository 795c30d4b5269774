#include "api/watch.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "api/convert.h"
#include "api/failure.h"
#include "api/limits.h"
#include "base/status_macros.h"
#include "cache/documents.h"
#include "cache/id_map.h"
#include "log/mutation_log.h"
#include "store/record.h"

namespace tideover::api {
namespace {

// Rows of a snapshot that are looked at in one slice.
constexpr size_t kSliceRowsMax = 1000;
// Ids that a filtered watch remembers to have given to its client.
constexpr size_t kGivenMax = 100'000;

absl::Status SetReadRevision(const store::Reader& reader, v1::WatchResponse* message) {
  ASSIGN_OR_RETURN(const log::Counters counters, log::ReadCounters(reader));
  message->set_read_revision(counters.last_commit());
  return absl::OkStatus();
}

// "<epoch>:<commit>"; empty when it has another form.
std::optional<std::pair<std::string, uint64_t>> SplitToken(const std::string& token) {
  const size_t colon = token.find(':');
  if (colon == std::string::npos) return std::nullopt;
  uint64_t commit = 0;
  const char* end = token.data() + token.size();
  const auto [parsed, error] = std::from_chars(token.data() + colon + 1, end, commit);
  if (error != std::errc() || parsed != end) return std::nullopt;
  return std::make_pair(token.substr(0, colon), commit);
}

grpc::Status CheckIds(const v1::WatchRequest& request) {
  const auto count = static_cast<size_t>(request.document_ids_size());
  if (count > kWatchIdsMax) {
    v1::ErrorDetail detail;
    detail.set_reason(v1::ERROR_REASON_TOO_MANY_ENTRIES);
    detail.set_field("document_ids");
    detail.set_limit(kWatchIdsMax);
    return Fail(absl::InvalidArgumentError(fmt::format(
                    "a watch names at most {} documents, this one {}", kWatchIdsMax, count)),
                std::move(detail));
  }
  if (count > 0 && !request.filter().empty()) {
    return FailField("filter", "a watch takes a filter or document_ids, not both");
  }
  for (const std::string& id : request.document_ids()) {
    if (grpc::Status status = CheckDocumentId(id, "document_ids"); !status.ok()) return status;
  }
  return grpc::Status::OK;
}

}  // namespace

grpc::Status Watch::Make(const Shared& shared, std::shared_ptr<const Session> session,
                         const v1::WatchRequest& request, std::unique_ptr<Watch>* watch) {
  std::unique_ptr<Watch> made(new Watch(std::move(session)));
  made->epoch_ = shared.states->Of(made->session_)->epoch;
  if (grpc::Status status = made->ReadRequest(request); !status.ok()) return status;
  if (request.policy() != v1::READ_POLICY_CACHE_ONLY) {
    made->counted_by_ = shared.freshness;
    shared.freshness->CountWatch(*made->collection_.name, 1);
  }
  *watch = std::move(made);
  return grpc::Status::OK;
}

Watch::~Watch() {
  if (counted_by_ != nullptr) counted_by_->CountWatch(*collection_.name, -1);
}

grpc::Status Watch::ReadRequest(const v1::WatchRequest& request) {
  grpc::Status status = FindCollection(*session_, request.collection(), &collection_);
  if (!status.ok()) return status;
  status = CheckIds(request);
  if (!status.ok()) return status;
  auto filter = view::Filter::Parse(request.filter());
  if (!filter.ok()) return FailFilter(filter.status());
  filter_ = *std::move(filter);
  asked_ids_.assign(request.document_ids().begin(), request.document_ids().end());
  if (!request.resume_token().empty()) {
    const auto token = SplitToken(request.resume_token());
    if (!token.has_value()) {
      return FailField("resume_token", "the resume_token is none of ours: pass it on as it came");
    }
    if (token->first == epoch_) resume_after_ = token->second;
    reset_first_ = token->first != epoch_;
  }
  return grpc::Status::OK;
}

void Watch::Begin(std::function<void()> wake) {
  ids_.insert(asked_ids_.begin(), asked_ids_.end());
  if (const auto txn = session_->env->BeginRead(); txn.ok()) {
    for (const std::string& id : asked_ids_) {
      const auto resolved = cache::ResolveId(txn->reader(), collection_.id, id);
      if (resolved.ok()) ids_.insert(*resolved);
    }
  }
  if (resume_after_.has_value()) {
    subscription_ = session_->feed->Resume(*resume_after_, wake);
    if (subscription_ != nullptr) {
      phase_ = Phase::kLive;
      commit_ = *resume_after_;
      up_to_date_pending_ = true;
      return;
    }
    reset_first_ = true;
  }
  subscription_ = session_->feed->Subscribe(std::move(wake));
  StartSnapshot();
  if (reset_first_) phase_ = Phase::kReset;
}

// Changes from here on come after the snapshot, which is read later than this.
void Watch::StartSnapshot() {
  commit_ = subscription_->Take().commit;
  phase_ = Phase::kSnapshot;
  next_id_.clear();
  next_asked_ = 0;
  snapshot_count_ = 0;
  changes_.clear();
  given_.clear();
  remembers_ = !filter_.matches_all();
  up_to_date_pending_ = false;
}

Produced Watch::Produce(v1::WatchResponse* message, grpc::Status* end) {
  absl::StatusOr<Produced> produced = Produced::kIdle;
  switch (phase_) {
    case Phase::kReset:
      message->mutable_reset();
      phase_ = Phase::kSnapshot;
      return Produced::kMessage;
    case Phase::kSnapshot:
      produced = asked_ids_.empty() ? ProduceSnapshot(message) : ProduceNamed(message);
      break;
    case Phase::kSnapshotEnd:
      return ProduceSnapshotEnd(message);
    case Phase::kLive:
      produced = ProduceChanges(message);
      break;
  }
  if (produced.ok()) return *produced;
  *end = Fail(produced.status());
  return Produced::kEnd;
}

absl::StatusOr<Produced> Watch::ProduceSnapshot(v1::WatchResponse* message) {
  ASSIGN_OR_RETURN(const store::ReadTxn txn, session_->env->BeginRead());
  size_t rows = 0;
  size_t bytes = 0;
  bool sliced = false;
  absl::Status filled;
  v1::WatchSnapshot* snapshot = message->mutable_snapshot();
  const auto take = [&](std::string_view id, const cache::DocumentRef& record) -> absl::Status {
    ASSIGN_OR_RETURN(const bool wanted, Wants(record));
    if (!wanted) return absl::OkStatus();
    Remember(std::string(id));
    bytes += record.view->size();
    return FillDocument(txn.reader(), collection_, id, record, snapshot->add_documents());
  };
  RETURN_IF_ERROR(cache::ForEach(txn.reader(), collection_.id, next_id_,
                                 [&](std::string_view id, const cache::DocumentRef& record) {
                                   filled = take(id, record);
                                   next_id_.assign(id);
                                   next_id_.push_back('\0');
                                   sliced = ++rows >= kSliceRowsMax || bytes >= kMessageFillBytes ||
                                            snapshot->documents_size() >=
                                                static_cast<int>(kWatchSnapshotMax);
                                   return filled.ok() && !sliced;
                                 }));
  RETURN_IF_ERROR(filled);
  if (!sliced) phase_ = Phase::kSnapshotEnd;
  if (snapshot->documents().empty()) return Produced::kAgain;
  snapshot_count_ += static_cast<uint64_t>(snapshot->documents_size());
  RETURN_IF_ERROR(SetReadRevision(txn.reader(), message));
  return Produced::kMessage;
}

absl::StatusOr<Produced> Watch::ProduceNamed(v1::WatchResponse* message) {
  ASSIGN_OR_RETURN(const store::ReadTxn txn, session_->env->BeginRead());
  size_t bytes = 0;
  v1::WatchSnapshot* snapshot = message->mutable_snapshot();
  while (next_asked_ < asked_ids_.size() && bytes < kMessageFillBytes) {
    const std::string& asked = asked_ids_[next_asked_++];
    ASSIGN_OR_RETURN(const FoundDocument found, FindDocument(txn.reader(), collection_.id, asked));
    if (!found.exists()) continue;
    v1::Document* document = snapshot->add_documents();
    RETURN_IF_ERROR(FillDocument(txn.reader(), collection_, found.id, *found.record, document));
    if (found.id != asked) document->set_previous_id(asked);
    bytes += found.record->view->size();
  }
  if (next_asked_ == asked_ids_.size()) phase_ = Phase::kSnapshotEnd;
  if (snapshot->documents().empty()) return Produced::kAgain;
  snapshot_count_ += static_cast<uint64_t>(snapshot->documents_size());
  RETURN_IF_ERROR(SetReadRevision(txn.reader(), message));
  return Produced::kMessage;
}

Produced Watch::ProduceSnapshotEnd(v1::WatchResponse* message) {
  message->mutable_snapshot_complete()->set_document_count(snapshot_count_);
  message->set_resume_token(Token(commit_));
  message->set_read_revision(commit_);
  phase_ = Phase::kLive;
  return Produced::kMessage;
}

void Watch::TakeBatch() {
  view::FeedBatch batch = subscription_->Take();
  if (batch.overflow) {
    StartSnapshot();
    phase_ = Phase::kReset;
    return;
  }
  std::set<std::string> ids;
  for (view::Change& change : batch.changes) {
    if (!IsWatched(change)) continue;
    ids.insert(change.id);
    changes_.push_back(std::move(change));
  }
  // What is pending changes also where the view stays as it is.
  const auto add = [&](store::CollectionId collection, const std::string& id) {
    view::Change change{collection, id, {}};
    if (IsWatched(change) && ids.insert(id).second) changes_.push_back(std::move(change));
  };
  for (const view::Enqueued& enqueued : batch.enqueued) {
    add(enqueued.collection, enqueued.document_id);
  }
  for (const view::Moved& moved : batch.settled) {
    add(moved.collection, moved.document_id);
    for (const auto& [collection, id] : moved.effects) add(collection, id);
  }
  commit_ = batch.commit;
}

absl::StatusOr<Produced> Watch::ProduceChanges(v1::WatchResponse* message) {
  if (changes_.empty()) TakeBatch();
  if (phase_ != Phase::kLive) return Produced::kAgain;
  if (!changes_.empty()) {
    ASSIGN_OR_RETURN(const store::ReadTxn txn, session_->env->BeginRead());
    v1::WatchChanges* changes = message->mutable_changes();
    size_t rows = 0;
    while (!changes_.empty() && ++rows <= kWatchChangesMax &&
           changes->ByteSizeLong() < kMessageFillBytes) {
      RETURN_IF_ERROR(AppendChange(txn.reader(), changes_.front(), changes));
      changes_.pop_front();
    }
    if (changes_.empty()) message->set_resume_token(Token(commit_));
    RETURN_IF_ERROR(SetReadRevision(txn.reader(), message));
    if (!changes->changes().empty()) return Produced::kMessage;
    if (!changes_.empty()) return Produced::kAgain;
  }
  if (!std::exchange(up_to_date_pending_, false)) return Produced::kIdle;
  return ProduceSnapshotEnd(message);
}

absl::StatusOr<bool> Watch::Wants(const cache::DocumentRef& record) const {
  if (!record.view.has_value()) return false;
  if (filter_.matches_all()) return true;
  const auto document = json::Parse(*record.view, {record.view->size(), json::kDepthMax + 1});
  if (!document.ok()) return absl::DataLossError("the view of a document does not parse");
  return filter_.Matches(*document);
}

bool Watch::IsWatched(const view::Change& change) {
  if (change.collection != collection_.id) return false;
  if (asked_ids_.empty()) return true;
  if (!change.previous_id.empty() && ids_.contains(change.previous_id)) ids_.insert(change.id);
  return ids_.contains(change.id);
}

absl::Status Watch::AppendChange(const store::Reader& reader, const view::Change& change,
                                 v1::WatchChanges* changes) {
  ASSIGN_OR_RETURN(const auto record, cache::Find(reader, collection_.id, change.id));
  const bool exists = record.has_value() && record->view.has_value();
  bool wanted = false;
  if (exists) {
    ASSIGN_OR_RETURN(wanted, Wants(*record));
  }
  if (!wanted) {
    // An id that was replaced does not leave: the change that replaces it names both.
    ASSIGN_OR_RETURN(const std::string id, cache::ResolveId(reader, collection_.id, change.id));
    if (id != change.id || !ClientMayHave(change)) return absl::OkStatus();
    v1::WatchChange* out = changes->add_changes();
    out->mutable_removed()->set_id(change.id);
    out->mutable_removed()->set_reason(exists ? v1::REMOVAL_REASON_NO_MATCH
                                              : v1::REMOVAL_REASON_DELETED);
    out->set_previous_id(change.previous_id);
    return absl::OkStatus();
  }
  if (!change.previous_id.empty()) given_.erase(store::HashBytes(change.previous_id));
  Remember(change.id);
  v1::WatchChange* out = changes->add_changes();
  out->set_previous_id(change.previous_id);
  return FillDocument(reader, collection_, change.id, *record, out->mutable_document());
}

bool Watch::ClientMayHave(const view::Change& change) {
  if (!remembers_) return true;
  bool may_have = given_.erase(store::HashBytes(change.id)) > 0;
  if (!change.previous_id.empty()) {
    may_have = given_.erase(store::HashBytes(change.previous_id)) > 0 || may_have;
  }
  return may_have;
}

void Watch::Remember(const std::string& id) {
  if (!remembers_) return;
  given_.insert(store::HashBytes(id));
  if (given_.size() <= kGivenMax) return;
  remembers_ = false;
  given_.clear();
}

std::string Watch::Token(uint64_t commit) const { return fmt::format("{}:{}", epoch_, commit); }

}  // namespace tideover::api
