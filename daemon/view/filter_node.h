// The inside of a Filter: the tree that filter_parse.cc builds and filter.cc evaluates. Values;
// made once and only read afterwards, from any thread.
#ifndef TIDEOVER_VIEW_FILTER_NODE_H_
#define TIDEOVER_VIEW_FILTER_NODE_H_

#include <vector>

#include "base/json.h"
#include "view/filter.h"
#include "view/value_order.h"

namespace tideover::view {

enum class FilterOp {
  kAnd,  // The connectives: over children.
  kOr,
  kNot,
  kEq,  // The conditions: of a field, against operands.
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kBetween,
  kBeginsWith,
  kContains,
  kNotContains,
  kIn,
  kAttributeExists,
  kAttributeType,
};

struct Filter::Node {
  FilterOp op = FilterOp::kAnd;
  std::vector<Node> children;
  FieldPath field{""};
  // The comparison is of the field's size, not of its value.
  bool of_size = false;
  std::vector<json::Value> operands;
};

}  // namespace tideover::view

#endif  // TIDEOVER_VIEW_FILTER_NODE_H_
