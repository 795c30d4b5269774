// Query: one page of a collection's documents: filtered, in a total order. A scan, cut into slices
// of at most kSliceRowsMax rows or kSliceTimeMax, each on a snapshot of its own, so that no
// snapshot is kept for long and many queries take turns on few threads. A document that changes
// while the page is read is shown once, as it then is, or not at all if the change moved it.
//
// Memory is bounded: a page in another order than by id keeps the sort keys of its documents, and
// fewer of them when they are large (kSortBytesMax), which makes the page shorter, not wrong.
//
// A resource, owned by whoever answers the query; one thread at a time.
#ifndef TIDEOVER_VIEW_QUERY_H_
#define TIDEOVER_VIEW_QUERY_H_

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cache/document.h"
#include "store/keys.h"
#include "store/txn.h"
#include "view/filter.h"
#include "view/query_order.h"

namespace tideover::view {

// Documents per page: the default and the most.
inline constexpr size_t kPageSizeDefault = 100;
inline constexpr size_t kPageSizeMax = 1000;
// Rows that are looked at on one snapshot, and the time that may take.
inline constexpr size_t kSliceRowsMax = 1000;
inline constexpr base::Millis kSliceTimeMax{50};
// Memory for the sort keys of one page.
inline constexpr size_t kSortBytesMax = 8 << 20;

struct QuerySpec {
  std::string collection_name;
  store::CollectionId collection = 0;
  std::string id_field = "id";
  std::string filter;    // As in filter.h.
  std::string order_by;  // As in query_order.h.
  size_t page_size = kPageSizeDefault;
  std::string page_token;
  bool count_total = false;
};

// Which part of a QuerySpec is wrong.
enum class QueryFault { kFilter, kOrderBy, kPageToken };

class Query {
 public:
  // Takes a document of the page; false: the page is full now. The record dies with the snapshot.
  using Sink = absl::FunctionRef<absl::StatusOr<bool>(std::string_view id,
                                                      const cache::DocumentRef& record)>;

  // INVALID_ARGUMENT; `fault` says what is wrong.
  static absl::StatusOr<std::unique_ptr<Query>> Start(const QuerySpec& spec, QueryFault* fault);

  // One slice on this snapshot. True when the page is complete.
  absl::StatusOr<bool> Step(const store::Reader& reader, const base::Clock& clock, Sink sink);

  // When complete. "" on the last page.
  const std::string& next_page_token() const { return next_page_token_; }
  // When complete, with count_total.
  uint64_t total() const { return total_; }

 private:
  explicit Query(const QuerySpec& spec) : spec_(spec) {}
  absl::Status Visit(std::string_view id, const cache::DocumentRef& record, Sink sink);
  absl::Status TakeInOrder(std::string_view id, const cache::DocumentRef& record, Sink sink);
  void TakeForSorting(SortKey key);
  absl::Status EmitSorted(const store::Reader& reader, Sink sink);
  void Complete(const std::optional<SortKey>& last);

  const QuerySpec spec_;
  Filter filter_;
  QueryOrder order_;
  uint64_t fingerprint_ = 0;
  std::optional<SortKey> after_;  // From the page token.
  std::string next_id_;           // Where the scan goes on.
  bool scanned_ = false;          // To the end, or as far as needed.
  uint64_t total_ = 0;
  std::string next_page_token_;
  // By id: documents given to the sink, the last of them, and whether more would follow.
  size_t emitted_ = 0;
  std::optional<SortKey> last_;
  bool page_full_ = false;
  bool more_ = false;
  // In another order: the smallest keys so far, as a heap with the greatest on top.
  std::vector<SortKey> heap_;
  size_t heap_bytes_ = 0;
  // The smallest key that had to go: nothing from there on belongs to this page.
  std::optional<SortKey> bound_;
};

}  // namespace tideover::view

#endif  // TIDEOVER_VIEW_QUERY_H_
