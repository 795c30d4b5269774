// Filter: which documents a query or a watch wants, in Amplify's grammar, as JSON:
//
//   filter    = { (field: condition | "and": [filter…] | "or": [filter…] | "not": filter)… }
//   condition = { (operator: operand | "size": {…} | field: condition)… }
//   operator  = eq ne lt le gt ge between beginsWith contains notContains in attributeExists
//               attributeType
//
// All members of an object must hold. A field may be a path ("address.city"), or its members may be
// named by nesting. As in DynamoDB, a missing field fails every comparison but `ne` and
// `notContains`; here it also counts as null. A value, immutable after Parse; any thread.
#ifndef TIDEOVER_VIEW_FILTER_H_
#define TIDEOVER_VIEW_FILTER_H_

#include <absl/status/statusor.h>

#include <memory>
#include <string_view>

#include "base/json.h"

namespace tideover::view {

// Deepest nesting of a filter, counting and, or, not and nested fields.
inline constexpr int kFilterDepthMax = 32;
// Conditions and connectives of one filter.
inline constexpr int kFilterNodesMax = 256;
// Longest text of a filter in bytes.
inline constexpr size_t kFilterBytesMax = 64 << 10;
// Longest list of an `in`.
inline constexpr size_t kFilterInMax = 256;

class Filter {
 public:
  // Everything matches.
  Filter() = default;

  // "" matches everything. INVALID_ARGUMENT names the place as a JSON pointer, or the byte where
  // the text is no JSON (then with a json::ParseError), and what to write instead.
  static absl::StatusOr<Filter> Parse(std::string_view text);

  bool Matches(const json::Value& document) const;
  bool matches_all() const { return root_ == nullptr; }

  // For the two .cc files.
  struct Node;

 private:
  std::shared_ptr<const Node> root_;  // Shared between copies, never changed.
};

}  // namespace tideover::view

#endif  // TIDEOVER_VIEW_FILTER_H_
