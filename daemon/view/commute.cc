#include "view/commute.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/status_macros.h"

namespace tideover::view {
namespace {

using json::Value;
using log::Mutation;

std::optional<Value> ExactSum(const Value& a, const Value& b) {
  const auto x = a.AsInt64();
  const auto y = b.AsInt64();
  int64_t sum = 0;
  if (!x.has_value() || !y.has_value() || __builtin_add_overflow(*x, *y, &sum)) return std::nullopt;
  return Value::Int(sum);
}

std::optional<Value> Sum(const Value& a, const Value& b) {
  if (auto exact = ExactSum(a, b)) return exact;
  const double sum = a.AsDouble() + b.AsDouble();
  if (!std::isfinite(sum)) return std::nullopt;
  return Value::Number(fmt::format("{}", sum));
}

bool Contains(const Value& list, const Value& element) {
  const auto& all = list.elements();
  return std::find(all.begin(), all.end(), element) != all.end();
}

void AddMissing(Value* list, const Value& elements) {
  for (const Value& element : elements.elements()) {
    if (!Contains(*list, element)) list->elements().push_back(element);
  }
}

// What becomes of one member; empty: it is left as it is.
std::optional<Value> Target(Mutation::Kind kind, const Value* before, const Value& operand) {
  const bool missing = before == nullptr || before->is_null();
  if (kind == Mutation::INCREMENT) {
    if (missing) return operand;
    return before->is_number() ? Sum(*before, operand) : std::nullopt;
  }
  if (!missing && !before->is_array()) return std::nullopt;
  if (kind == Mutation::ADD_TO_SET) {
    Value list = missing ? Value::Array() : *before;
    AddMissing(&list, operand);
    return list;
  }
  if (missing) return std::nullopt;
  Value list = Value::Array();
  for (const Value& element : before->elements()) {
    if (!Contains(operand, element)) list.elements().push_back(element);
  }
  return list;
}

}  // namespace

bool Commutes(Mutation::Kind kind) {
  return kind == Mutation::INCREMENT || kind == Mutation::ADD_TO_SET || kind == Mutation::REMOVE;
}

absl::Status CheckOperands(Mutation::Kind kind, const Value& change) {
  if (change.members().empty()) {
    return absl::InvalidArgumentError("the operation names no member: map members to operands");
  }
  const bool numbers = kind == Mutation::INCREMENT;
  for (const json::Member& member : change.members()) {
    if (numbers ? member.value.is_number() : member.value.is_array()) continue;
    return absl::InvalidArgumentError(fmt::format("the operand of \"{}\" must be a {}", member.name,
                                                  numbers ? "number" : "list of elements"));
  }
  return absl::OkStatus();
}

absl::Status CheckTargets(Mutation::Kind kind, const Value& change, const Value& document) {
  for (const json::Member& member : change.members()) {
    const Value* before = document.Find(member.name);
    if (before == nullptr || before->is_null()) continue;
    if (Target(kind, before, member.value).has_value()) continue;
    const bool numbers = kind == Mutation::INCREMENT;
    return absl::InvalidArgumentError(fmt::format("the member \"{}\" {}", member.name,
                                                  !numbers ? "is no list"
                                                  : before->is_number()
                                                      ? "would be too large for a number"
                                                      : "is no number"));
  }
  return absl::OkStatus();
}

Value PatchFor(Mutation::Kind kind, const Value& change, const Value& document) {
  Value patch = Value::Object();
  for (const json::Member& member : change.members()) {
    if (auto after = Target(kind, document.Find(member.name), member.value)) {
      patch.Set(member.name, *std::move(after));
    }
  }
  return patch;
}

bool ComposeOperands(Mutation::Kind kind, Value* first, const Value& second) {
  Value both = *first;
  for (const json::Member& member : second.members()) {
    Value* before = both.Find(member.name);
    if (before == nullptr) {
      both.Set(member.name, member.value);
    } else if (kind != Mutation::INCREMENT) {
      AddMissing(before, member.value);
    } else if (auto sum = ExactSum(*before, member.value)) {
      *before = *std::move(sum);
    } else {
      return false;
    }
  }
  *first = std::move(both);
  return true;
}

}  // namespace tideover::view
