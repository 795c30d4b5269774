#include "appsync/conditions.h"

#include <fmt/format.h>

#include <optional>

namespace tideover::appsync {
namespace {

// The text that a condition compares; nothing for null, missing, arrays and objects.
std::optional<std::string> Comparable(const json::Value* value) {
  if (value == nullptr) return std::nullopt;
  if (value->is_string() || value->is_number()) return value->text();
  if (value->is_bool()) return value->boolean() ? "true" : "false";
  return std::nullopt;
}

}  // namespace

Checked CheckConditions(const std::vector<Condition>& conditions, std::string_view who,
                        const json::Value& value) {
  Checked checked;
  for (const Condition& condition : conditions) {
    const std::optional<std::string> actual = Comparable(json::Resolve(value, condition.pointer));
    if (actual == condition.expected) continue;
    checked.what = fmt::format("{} answered {} = {}, expected \"{}\"", who, condition.pointer,
                               actual.has_value() ? fmt::format("\"{}\"", *actual) : "nothing",
                               condition.expected);
    checked.state = actual.has_value() ? Checked::State::kFail : Checked::State::kUnreadable;
    if (checked.state == Checked::State::kFail) break;
  }
  return checked;
}

}  // namespace tideover::appsync
