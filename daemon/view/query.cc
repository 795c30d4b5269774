#include "view/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "cache/documents.h"
#include "store/record.h"
#include "view/page_token.h"

namespace tideover::view {
namespace {

// How often the clock is asked.
constexpr size_t kRowsPerLook = 64;

uint64_t FingerprintOf(const QuerySpec& spec) {
  std::string all;
  for (const std::string* part : {&spec.collection_name, &spec.filter, &spec.order_by}) {
    all += fmt::format("{}:", part->size());
    all += *part;
  }
  return store::HashBytes(all);
}

absl::StatusOr<json::Value> ParseView(std::string_view id, std::string_view text) {
  auto value = json::Parse(text, {text.size(), json::kDepthMax + 1});
  if (value.ok()) return value;
  return absl::DataLossError(fmt::format("the view of document {} does not parse", id));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Query>> Query::Start(const QuerySpec& spec, QueryFault* fault) {
  std::unique_ptr<Query> query(new Query(spec));
  *fault = QueryFault::kFilter;
  ASSIGN_OR_RETURN(query->filter_, Filter::Parse(spec.filter));
  *fault = QueryFault::kOrderBy;
  ASSIGN_OR_RETURN(query->order_, QueryOrder::Parse(spec.order_by, spec.id_field));
  *fault = QueryFault::kPageToken;
  query->fingerprint_ = FingerprintOf(spec);
  if (!spec.page_token.empty()) {
    ASSIGN_OR_RETURN(query->after_, ReadPageToken(spec.page_token, query->fingerprint_,
                                                  query->order_.field_count()));
    // The scan may begin behind the last page, unless everything is to be counted.
    if (query->order_.is_by_id() && !spec.count_total) query->next_id_ = query->after_->id + '\0';
  }
  return query;
}

absl::StatusOr<bool> Query::Step(const store::Reader& reader, const base::Clock& clock, Sink sink) {
  if (scanned_) {  // Sorted documents are read on a snapshot of their own.
    RETURN_IF_ERROR(EmitSorted(reader, sink));
    return true;
  }
  const base::MonoTime start = clock.Mono();
  size_t rows = 0;
  bool sliced = false;
  absl::Status visited;
  RETURN_IF_ERROR(cache::ForEach(reader, spec_.collection, next_id_,
                                 [&](std::string_view id, const cache::DocumentRef& record) {
                                   visited = Visit(id, record, sink);
                                   if (!visited.ok() || scanned_) return false;
                                   next_id_.assign(id);
                                   next_id_.push_back('\0');
                                   ++rows;
                                   sliced = rows >= kSliceRowsMax ||
                                            (rows % kRowsPerLook == 0 &&
                                             clock.Mono() - start >= kSliceTimeMax);
                                   return !sliced;
                                 }));
  RETURN_IF_ERROR(visited);
  if (sliced) return false;
  scanned_ = true;
  if (!order_.is_by_id()) return false;
  if (more_) Complete(last_);
  return true;
}

absl::Status Query::Visit(std::string_view id, const cache::DocumentRef& record, Sink sink) {
  if (!record.view.has_value()) return absl::OkStatus();
  const bool by_id = order_.is_by_id();
  SortKey key;
  if (!by_id || !filter_.matches_all()) {
    ASSIGN_OR_RETURN(const json::Value document, ParseView(id, *record.view));
    if (!filter_.Matches(document)) return absl::OkStatus();
    if (!by_id) key = order_.KeyOf(document, id);
  }
  ++total_;
  if (by_id) return TakeInOrder(id, record, sink);
  if (!after_.has_value() || order_.Less(*after_, key)) TakeForSorting(std::move(key));
  return absl::OkStatus();
}

absl::Status Query::TakeInOrder(std::string_view id, const cache::DocumentRef& record, Sink sink) {
  if (after_.has_value() && id <= after_->id) return absl::OkStatus();
  if (page_full_) {
    more_ = true;
    scanned_ = !spec_.count_total;
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const bool takes_more, sink(id, record));
  last_ = SortKey{{}, std::string(id)};
  page_full_ = ++emitted_ >= spec_.page_size || !takes_more;
  return absl::OkStatus();
}

void Query::TakeForSorting(SortKey key) {
  const auto less = [this](const SortKey& a, const SortKey& b) { return order_.Less(a, b); };
  if (bound_.has_value() && !order_.Less(key, *bound_)) return;
  heap_bytes_ += key.bytes();
  heap_.push_back(std::move(key));
  std::push_heap(heap_.begin(), heap_.end(), less);
  while (heap_.size() > spec_.page_size || (heap_bytes_ > kSortBytesMax && heap_.size() > 1)) {
    std::pop_heap(heap_.begin(), heap_.end(), less);
    heap_bytes_ -= heap_.back().bytes();
    bound_ = std::move(heap_.back());
    heap_.pop_back();
    more_ = true;
  }
}

// The scan took its time: each document is read again, and one that no longer stands where it stood
// is left out.
absl::Status Query::EmitSorted(const store::Reader& reader, Sink sink) {
  std::sort_heap(heap_.begin(), heap_.end(),
                 [this](const SortKey& a, const SortKey& b) { return order_.Less(a, b); });
  for (size_t i = 0; i < heap_.size(); ++i) {
    const SortKey& key = heap_[i];
    ASSIGN_OR_RETURN(const auto record, cache::Find(reader, spec_.collection, key.id));
    if (!record.has_value() || !record->view.has_value()) continue;
    ASSIGN_OR_RETURN(const json::Value document, ParseView(key.id, *record->view));
    const SortKey present = order_.KeyOf(document, key.id);
    if (order_.Less(present, key) || order_.Less(key, present) || !filter_.Matches(document)) {
      continue;
    }
    ASSIGN_OR_RETURN(const bool takes_more, sink(key.id, *record));
    if (takes_more) continue;
    if (i + 1 < heap_.size() || more_) Complete(key);
    return absl::OkStatus();
  }
  if (more_) Complete(heap_.back());
  return absl::OkStatus();
}

void Query::Complete(const std::optional<SortKey>& last) {
  next_page_token_ = WritePageToken(fingerprint_, *last);
}

}  // namespace tideover::view
