#include "view/filter.h"

#include <algorithm>

#include "view/filter_node.h"

namespace tideover::view {
namespace {

using Node = Filter::Node;

bool IsNull(const json::Value* value) { return value == nullptr || value->is_null(); }

bool IsEqual(const json::Value* value, const json::Value& operand) {
  if (IsNull(value) || operand.is_null()) return IsNull(value) && operand.is_null();
  if (value->is_number() && operand.is_number()) return CompareNumbers(*value, operand) == 0;
  return *value == operand;
}

// Strings with strings and numbers with numbers; what cannot be compared matches nothing.
bool IsComparable(const json::Value* value, const json::Value& operand) {
  return value != nullptr && value->kind() == operand.kind() &&
         (value->is_number() || value->is_string());
}

bool Compares(FilterOp op, const json::Value* value, const json::Value& operand) {
  if (!IsComparable(value, operand)) return false;
  const int order = CompareValues(value, &operand);
  switch (op) {
    case FilterOp::kLt:
      return order < 0;
    case FilterOp::kLe:
      return order <= 0;
    case FilterOp::kGt:
      return order > 0;
    default:
      return order >= 0;
  }
}

// A substring, or a member of a list.
bool Contains(const json::Value* value, const json::Value& operand) {
  if (value == nullptr) return false;
  if (value->is_string()) {
    return operand.is_string() && value->text().find(operand.text()) != std::string::npos;
  }
  return std::any_of(value->elements().begin(), value->elements().end(),
                     [&](const json::Value& element) { return IsEqual(&element, operand); });
}

bool IsOfType(const json::Value* value, const std::string& type) {
  if (value == nullptr) return false;
  switch (value->kind()) {
    case json::Kind::kNull:
      return type == "_null";
    case json::Kind::kBool:
      return type == "bool";
    case json::Kind::kNumber:
      return type == "number";
    case json::Kind::kString:
      return type == "string";
    case json::Kind::kArray:
      return type == "list";
    case json::Kind::kObject:
      return type == "map";
  }
  return false;
}

// Characters of a string (code points), elements of a list, members of an object.
std::optional<int64_t> SizeOf(const json::Value* value) {
  if (value == nullptr) return std::nullopt;
  switch (value->kind()) {
    case json::Kind::kString:
      return std::count_if(value->text().begin(), value->text().end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;  // Not a continuation byte.
      });
    case json::Kind::kArray:
      return static_cast<int64_t>(value->elements().size());
    case json::Kind::kObject:
      return static_cast<int64_t>(value->members().size());
    default:
      return std::nullopt;
  }
}

bool Tests(const Node& node, const json::Value* value) {
  const json::Value& operand = node.operands[0];
  switch (node.op) {
    case FilterOp::kEq:
      return IsEqual(value, operand);
    case FilterOp::kNe:
      return !IsEqual(value, operand);
    case FilterOp::kBetween:
      return Compares(FilterOp::kGe, value, operand) &&
             Compares(FilterOp::kLe, value, node.operands[1]);
    case FilterOp::kBeginsWith:
      return value != nullptr && value->is_string() && value->text().starts_with(operand.text());
    case FilterOp::kContains:
      return Contains(value, operand);
    case FilterOp::kNotContains:
      return !Contains(value, operand);
    case FilterOp::kIn:
      return std::any_of(node.operands.begin(), node.operands.end(),
                         [&](const json::Value& one) { return IsEqual(value, one); });
    case FilterOp::kAttributeExists:
      return (value != nullptr) == operand.boolean();
    case FilterOp::kAttributeType:
      return IsOfType(value, operand.text());
    default:
      return Compares(node.op, value, operand);
  }
}

bool Evaluate(const Node& node, const json::Value& document) {
  const auto holds = [&](const Node& child) { return Evaluate(child, document); };
  switch (node.op) {
    case FilterOp::kAnd:
      return std::all_of(node.children.begin(), node.children.end(), holds);
    case FilterOp::kOr:
      return std::any_of(node.children.begin(), node.children.end(), holds);
    case FilterOp::kNot:
      return !holds(node.children[0]);
    default:
      break;
  }
  const json::Value* value = node.field.FindIn(document);
  if (!node.of_size) return Tests(node, value);
  const std::optional<int64_t> size = SizeOf(value);
  if (!size.has_value()) return false;
  const json::Value number = json::Value::Int(*size);
  return Tests(node, &number);
}

}  // namespace

bool Filter::Matches(const json::Value& document) const {
  return root_ == nullptr || Evaluate(*root_, document);
}

}  // namespace tideover::view
