#include "config_toml.h"

#include <fmt/format.h>

// The whole library in this one file, and errors as values: both must be said before it is
// included.
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1

#include <toml++/toml.h>

#include <utility>

namespace tideover {
namespace {

TomlPosition At(const toml::source_region& region) {
  return {static_cast<unsigned>(region.begin.line), static_cast<unsigned>(region.begin.column)};
}

// The depth is limited by the library (TOML_MAX_NESTED_VALUES).
TomlNode Convert(const toml::node& source) {
  TomlNode node;
  node.at = At(source.source());
  if (const auto* text = source.as_string()) {
    node.kind = TomlNode::Kind::kText;
    node.text = text->get();
  } else if (const auto* integer = source.as_integer()) {
    node.kind = TomlNode::Kind::kInteger;
    node.integer = integer->get();
  } else if (const auto* boolean = source.as_boolean()) {
    node.kind = TomlNode::Kind::kBoolean;
    node.boolean = boolean->get();
  } else if (const auto* array = source.as_array()) {
    node.kind = TomlNode::Kind::kArray;
    for (const toml::node& element : *array) node.elements.push_back(Convert(element));
  } else if (const auto* table = source.as_table()) {
    node.kind = TomlNode::Kind::kTable;
    for (const auto& [key, value] : *table) {
      node.members.push_back({std::string(key.str()), At(key.source()), Convert(value)});
    }
  }
  return node;
}

}  // namespace

absl::StatusOr<TomlNode> ParseToml(std::string_view text, const std::string& file) {
  const toml::parse_result result = toml::parse(text);
  if (!result) {
    const TomlPosition at = At(result.error().source());
    return absl::InvalidArgumentError(
        fmt::format("{}:{}:{}: {}", file, at.line, at.column, result.error().description()));
  }
  return Convert(result.table());
}

}  // namespace tideover
