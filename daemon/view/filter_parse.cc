// Text to tree: the grammar of filter.h, its limits, and what is said where a text breaks it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/status_macros.h"
#include "base/text.h"
#include "view/filter_node.h"

namespace tideover::view {
namespace {

using Node = Filter::Node;

// What an operator takes.
enum class Takes { kScalar, kOrdered, kPair, kText, kList, kBool, kTypeName };

struct Operator {
  const char* name;
  FilterOp op;
  Takes takes;
  bool of_size;  // Also good for sizes.
};

constexpr std::array<Operator, 13> kOperators = {{
    {"eq", FilterOp::kEq, Takes::kScalar, true},
    {"ne", FilterOp::kNe, Takes::kScalar, true},
    {"lt", FilterOp::kLt, Takes::kOrdered, true},
    {"le", FilterOp::kLe, Takes::kOrdered, true},
    {"gt", FilterOp::kGt, Takes::kOrdered, true},
    {"ge", FilterOp::kGe, Takes::kOrdered, true},
    {"between", FilterOp::kBetween, Takes::kPair, true},
    {"beginsWith", FilterOp::kBeginsWith, Takes::kText, false},
    {"contains", FilterOp::kContains, Takes::kScalar, false},
    {"notContains", FilterOp::kNotContains, Takes::kScalar, false},
    {"in", FilterOp::kIn, Takes::kList, false},
    {"attributeExists", FilterOp::kAttributeExists, Takes::kBool, false},
    {"attributeType", FilterOp::kAttributeType, Takes::kTypeName, false},
}};

constexpr std::array<const char*, 10> kTypeNames = {"binary",    "binarySet", "bool",      "list",
                                                    "map",       "number",    "numberSet", "string",
                                                    "stringSet", "_null"};

const Operator* FindOperator(std::string_view name) {
  const auto it = std::find_if(kOperators.begin(), kOperators.end(),
                               [&](const Operator& known) { return name == known.name; });
  return it == kOperators.end() ? nullptr : &*it;
}

// RFC 6901, section 3.
std::string Below(const std::string& pointer, std::string_view name) {
  std::string out = pointer + "/";
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

absl::Status Refuse(const std::string& pointer, const std::string& why) {
  return absl::InvalidArgumentError(fmt::format("the filter is wrong at \"{}\": {}", pointer, why));
}

bool IsScalar(const json::Value& value) { return !value.is_array() && !value.is_object(); }
bool IsOrdered(const json::Value& value) { return value.is_number() || value.is_string(); }

absl::Status CheckOperand(const Operator& known, const json::Value& value,
                          const std::string& pointer) {
  const std::string name = known.name;
  switch (known.takes) {
    case Takes::kScalar:
      if (IsScalar(value)) return absl::OkStatus();
      return Refuse(pointer, name + " takes a string, a number, a boolean or null");
    case Takes::kOrdered:
      if (IsOrdered(value)) return absl::OkStatus();
      return Refuse(pointer, name + " takes a number or a string");
    case Takes::kPair:
      if (value.is_array() && value.elements().size() == 2 && IsOrdered(value.elements()[0]) &&
          value.elements()[0].kind() == value.elements()[1].kind()) {
        return absl::OkStatus();
      }
      return Refuse(pointer, name + " takes a list of two numbers or of two strings");
    case Takes::kText:
      if (value.is_string()) return absl::OkStatus();
      return Refuse(pointer, name + " takes a string");
    case Takes::kList:
      if (value.is_array() && !value.elements().empty() &&
          value.elements().size() <= kFilterInMax &&
          std::all_of(value.elements().begin(), value.elements().end(), IsScalar)) {
        return absl::OkStatus();
      }
      return Refuse(pointer, fmt::format("{} takes a list of 1 to {} strings, numbers or booleans",
                                         name, kFilterInMax));
    case Takes::kBool:
      if (value.is_bool()) return absl::OkStatus();
      return Refuse(pointer, name + " takes true or false");
    case Takes::kTypeName:
      if (value.is_string() &&
          std::find(kTypeNames.begin(), kTypeNames.end(), value.text()) != kTypeNames.end()) {
        return absl::OkStatus();
      }
      return Refuse(pointer, fmt::format("{} takes one of {}", name, fmt::join(kTypeNames, ", ")));
  }
  return absl::OkStatus();
}

class Parser {
 public:
  // The conjunction of the object's members.
  absl::StatusOr<Node> Filter(const json::Value& object, const std::string& pointer, int depth);

 private:
  absl::Status Connective(const json::Member& member, const std::string& pointer, int depth,
                          Node* parent);
  absl::Status Condition(const FieldPath& field, const json::Value& object,
                         const std::string& pointer, int depth, Node* parent);
  absl::Status Size(const FieldPath& field, const json::Value& object, const std::string& pointer,
                    Node* parent);
  absl::Status AddTest(const Operator& known, const FieldPath& field, bool of_size,
                       const json::Value& operand, const std::string& pointer, Node* parent);
  absl::Status Count(const std::string& pointer, int depth);

  int nodes_ = 0;
};

absl::Status Parser::Count(const std::string& pointer, int depth) {
  if (depth > kFilterDepthMax) {
    return Refuse(pointer, fmt::format("it is nested deeper than {} levels", kFilterDepthMax));
  }
  if (++nodes_ > kFilterNodesMax) {
    return Refuse(pointer, fmt::format("it has more than {} conditions", kFilterNodesMax));
  }
  return absl::OkStatus();
}

absl::StatusOr<Node> Parser::Filter(const json::Value& object, const std::string& pointer,
                                    int depth) {
  RETURN_IF_ERROR(Count(pointer, depth));
  if (!object.is_object()) return Refuse(pointer, "a filter is an object of fields");
  Node node;
  for (const json::Member& member : object.members()) {
    const std::string below = Below(pointer, member.name);
    if (member.name == "and" || member.name == "or" || member.name == "not") {
      RETURN_IF_ERROR(Connective(member, below, depth, &node));
    } else {
      if (!member.value.is_object()) {
        return Refuse(below, fmt::format("a field takes an object of operators, for example "
                                         "{{\"{}\":{{\"eq\":…}}}}",
                                         member.name));
      }
      RETURN_IF_ERROR(Condition(FieldPath(member.name), member.value, below, depth + 1, &node));
    }
  }
  return node;
}

absl::Status Parser::Connective(const json::Member& member, const std::string& pointer, int depth,
                                Node* parent) {
  Node node;
  if (member.name == "not") {
    node.op = FilterOp::kNot;
    ASSIGN_OR_RETURN(Node child, Filter(member.value, pointer, depth + 1));
    node.children.push_back(std::move(child));
    parent->children.push_back(std::move(node));
    return absl::OkStatus();
  }
  node.op = member.name == "and" ? FilterOp::kAnd : FilterOp::kOr;
  if (member.value.is_object()) {  // GraphQL takes one for a list of one.
    ASSIGN_OR_RETURN(Node child, Filter(member.value, pointer, depth + 1));
    node.children.push_back(std::move(child));
  } else if (member.value.is_array() && !member.value.elements().empty()) {
    for (size_t i = 0; i < member.value.elements().size(); ++i) {
      ASSIGN_OR_RETURN(Node child, Filter(member.value.elements()[i],
                                          Below(pointer, std::to_string(i)), depth + 1));
      node.children.push_back(std::move(child));
    }
  } else {
    return Refuse(pointer, member.name + " takes a list of at least one filter");
  }
  parent->children.push_back(std::move(node));
  return absl::OkStatus();
}

absl::Status Parser::Condition(const FieldPath& field, const json::Value& object,
                               const std::string& pointer, int depth, Node* parent) {
  RETURN_IF_ERROR(Count(pointer, depth));
  for (const json::Member& member : object.members()) {
    const std::string below = Below(pointer, member.name);
    if (const Operator* known = FindOperator(member.name)) {
      RETURN_IF_ERROR(AddTest(*known, field, false, member.value, below, parent));
    } else if (member.name == "size") {
      RETURN_IF_ERROR(Size(field, member.value, below, parent));
    } else if (member.value.is_object()) {
      FieldPath nested = field;
      nested.Append(FieldPath(member.name));
      RETURN_IF_ERROR(Condition(nested, member.value, below, depth + 1, parent));
    } else {
      std::vector<std::string> names = {"size"};
      for (const Operator& one : kOperators) names.emplace_back(one.name);
      const std::string nearest = base::NearestWord(member.name, names);
      return Refuse(below, nearest.empty()
                               ? fmt::format("there is no operator \"{}\"; there are {}",
                                             member.name, fmt::join(names, ", "))
                               : fmt::format("there is no operator \"{}\"; did you mean \"{}\"?",
                                             member.name, nearest));
    }
  }
  return absl::OkStatus();
}

absl::Status Parser::Size(const FieldPath& field, const json::Value& object,
                          const std::string& pointer, Node* parent) {
  if (!object.is_object()) return Refuse(pointer, "size takes an object such as {\"gt\":3}");
  for (const json::Member& member : object.members()) {
    const std::string below = Below(pointer, member.name);
    const Operator* known = FindOperator(member.name);
    if (known == nullptr || !known->of_size) {
      return Refuse(below, "a size is compared by eq, ne, lt, le, gt, ge or between");
    }
    RETURN_IF_ERROR(AddTest(*known, field, true, member.value, below, parent));
    for (const json::Value& operand : parent->children.back().operands) {
      if (!operand.is_number()) return Refuse(below, "a size is a number");
    }
  }
  return absl::OkStatus();
}

absl::Status Parser::AddTest(const Operator& known, const FieldPath& field, bool of_size,
                             const json::Value& operand, const std::string& pointer, Node* parent) {
  RETURN_IF_ERROR(Count(pointer, 0));
  RETURN_IF_ERROR(CheckOperand(known, operand, pointer));
  Node node;
  node.op = known.op;
  node.field = field;
  node.of_size = of_size;
  if (operand.is_array()) {
    node.operands = operand.elements();
  } else {
    node.operands = {operand};
  }
  parent->children.push_back(std::move(node));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Filter> Filter::Parse(std::string_view text) {
  Filter filter;
  if (text.empty()) return filter;
  ASSIGN_OR_RETURN(const json::Value parsed, json::Parse(text, {kFilterBytesMax, json::kDepthMax}));
  Parser parser;
  ASSIGN_OR_RETURN(Node root, parser.Filter(parsed, "", 1));
  if (!root.children.empty()) filter.root_ = std::make_shared<const Node>(std::move(root));
  return filter;
}

}  // namespace tideover::view
