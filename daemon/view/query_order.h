// QueryOrder: a total order of documents, as `order_by` asks for it: "content desc, done". The id
// always comes last. And SortKey, a document's place in it. Values; any thread.
#ifndef TIDEOVER_VIEW_QUERY_ORDER_H_
#define TIDEOVER_VIEW_QUERY_ORDER_H_

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "view/value_order.h"

namespace tideover::view {

// Fields of one order_by.
inline constexpr size_t kOrderFieldsMax = 8;
// Longest order_by in bytes.
inline constexpr size_t kOrderBytesMax = 1024;

// Where a document stands: the values of the fields in order (null for a missing one), then its id.
struct SortKey {
  std::vector<json::Value> values;
  std::string id;

  // An estimate of the memory that it takes.
  size_t bytes() const;
};

class QueryOrder {
 public:
  // By id.
  QueryOrder() = default;
  // INVALID_ARGUMENT says at which byte. `id_field`: the member that holds the id.
  static absl::StatusOr<QueryOrder> Parse(std::string_view text, std::string_view id_field);

  // True: the order of the table itself.
  bool is_by_id() const { return fields_.empty() && !id_descends_; }
  size_t field_count() const { return fields_.size(); }
  SortKey KeyOf(const json::Value& document, std::string_view id) const;
  bool Less(const SortKey& a, const SortKey& b) const;

 private:
  struct Field {
    FieldPath path;
    bool descends = false;
  };
  absl::Status Add(std::string_view item, size_t offset, std::string_view id_field);

  std::vector<Field> fields_;
  bool id_seen_ = false;
  bool id_descends_ = false;
};

}  // namespace tideover::view

#endif  // TIDEOVER_VIEW_QUERY_ORDER_H_
