#include "config_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/text.h"

namespace tideover {
namespace {

using Kind = TomlNode::Kind;

struct Unit {
  std::string_view name;
  uint64_t factor;
};

constexpr Unit kDurations[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}};
constexpr Unit kSizes[] = {{"B", 1},
                           {"KiB", uint64_t{1} << 10},
                           {"MiB", uint64_t{1} << 20},
                           {"GiB", uint64_t{1} << 30},
                           {"TiB", uint64_t{1} << 40}};

template <size_t N>
std::optional<uint64_t> ParseWithUnit(std::string_view text, const Unit (&units)[N]) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  for (const Unit& known : units) {
    if (unit != known.name) continue;
    constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    if (number > kMax / known.factor) return std::nullopt;
    return number * known.factor;
  }
  return std::nullopt;
}

std::optional<std::string> TextOf(const TomlNode& node) {
  if (node.kind == Kind::kText) return node.text;
  if (node.kind == Kind::kInteger) return fmt::format("{}", node.integer);
  if (node.kind == Kind::kBoolean) return node.boolean ? "true" : "false";
  return std::nullopt;
}

}  // namespace

std::optional<base::Millis> ParseDuration(std::string_view text) {
  const std::optional<uint64_t> ms = ParseWithUnit(text, kDurations);
  if (!ms.has_value()) return std::nullopt;
  return base::Millis(static_cast<int64_t>(*ms));
}

std::optional<uint64_t> ParseBytes(std::string_view text) { return ParseWithUnit(text, kSizes); }

ConfigReader::ConfigReader(const TomlNode* table, std::string name, TomlPosition at,
                           ConfigErrors* errors)
    : table_(table), name_(std::move(name)), at_(at), errors_(errors) {}

const TomlMember* ConfigReader::Ask(std::string_view key) {
  asked_.emplace_back(key);
  for (const TomlMember& member : table_->members) {
    if (member.key == key) return &member;
  }
  return nullptr;
}

const TomlNode* ConfigReader::AskFor(std::string_view key, Kind kind, std::string_view expected) {
  const TomlMember* member = Ask(key);
  if (member == nullptr) return nullptr;
  if (member->value.kind == kind) return &member->value;
  FailAt(member->value.at, fmt::format("\"{}\" must be {}", NameOf(key), expected));
  return nullptr;
}

void ConfigReader::Text(std::string_view key, std::string* out) {
  if (const TomlNode* node = AskFor(key, Kind::kText, "a text in quotes")) *out = node->text;
}

void ConfigReader::Text(std::string_view key, std::optional<std::string>* out) {
  if (const TomlNode* node = AskFor(key, Kind::kText, "a text in quotes")) *out = node->text;
}

void ConfigReader::Texts(std::string_view key, std::optional<std::vector<std::string>>* out) {
  const TomlNode* node = AskFor(key, Kind::kArray, "an array of texts");
  if (node == nullptr) return;
  std::vector<std::string> texts;
  for (const TomlNode& element : node->elements) {
    if (element.kind != Kind::kText) {
      return FailAt(element.at, fmt::format("\"{}\" must be an array of texts", NameOf(key)));
    }
    texts.push_back(element.text);
  }
  *out = std::move(texts);
}

void ConfigReader::TextTable(std::string_view key,
                             std::vector<std::pair<std::string, std::string>>* out) {
  const TomlNode* node = AskFor(key, Kind::kTable, "a table of texts");
  if (node == nullptr) return;
  for (const TomlMember& member : node->members) {
    std::optional<std::string> text = TextOf(member.value);
    if (!text.has_value()) {
      return FailAt(member.value.at, fmt::format("\"{}\" must be a table of texts", NameOf(key)));
    }
    out->emplace_back(member.key, *std::move(text));
  }
}

void ConfigReader::Flag(std::string_view key, bool* out) {
  if (const TomlNode* node = AskFor(key, Kind::kBoolean, "true or false")) *out = node->boolean;
}

void ConfigReader::Count(std::string_view key, size_t min, size_t max, size_t* out) {
  const TomlNode* node = AskFor(key, Kind::kInteger, "a whole number");
  if (node == nullptr) return;
  if (node->integer < 0 || static_cast<uint64_t>(node->integer) < min ||
      static_cast<uint64_t>(node->integer) > max) {
    return FailAt(node->at, fmt::format("\"{}\" must be between {} and {}", NameOf(key), min, max));
  }
  *out = static_cast<size_t>(node->integer);
}

void ConfigReader::Duration(std::string_view key, base::Millis* out) {
  constexpr std::string_view kExpected = "a duration like \"500ms\", \"30s\", \"5m\" or \"12h\"";
  const TomlNode* node = AskFor(key, Kind::kText, kExpected);
  if (node == nullptr) return;
  const std::optional<base::Millis> duration = ParseDuration(node->text);
  if (!duration.has_value()) {
    return FailAt(node->at, fmt::format("\"{}\" must be {}", NameOf(key), kExpected));
  }
  *out = *duration;
}

void ConfigReader::Bytes(std::string_view key, uint64_t* out) {
  const TomlMember* member = Ask(key);
  if (member == nullptr) return;
  const TomlNode& node = member->value;
  std::optional<uint64_t> bytes;
  if (node.kind == Kind::kText) bytes = ParseBytes(node.text);
  if (node.kind == Kind::kInteger && node.integer >= 0) {
    bytes = static_cast<uint64_t>(node.integer);
  }
  if (!bytes.has_value()) {
    return FailAt(node.at,
                  fmt::format("\"{}\" must be a size like \"64MiB\" or \"2GiB\"", NameOf(key)));
  }
  *out = *bytes;
}

std::optional<size_t> ConfigReader::Choose(std::string_view key,
                                           const std::vector<std::string>& words) {
  const std::string expected = fmt::format("one of \"{}\"", fmt::join(words, "\", \""));
  const TomlNode* node = AskFor(key, Kind::kText, expected);
  if (node == nullptr) return std::nullopt;
  const auto it = std::find(words.begin(), words.end(), node->text);
  if (it != words.end()) return static_cast<size_t>(it - words.begin());
  FailAt(node->at, fmt::format("\"{}\" must be {}, not \"{}\"", NameOf(key), expected, node->text));
  return std::nullopt;
}

std::optional<ConfigReader> ConfigReader::Table(std::string_view key) {
  const TomlMember* member = Ask(key);
  if (member == nullptr) return std::nullopt;
  if (member->value.kind != Kind::kTable) {
    FailAt(member->value.at, fmt::format("\"{}\" must be a table", NameOf(key)));
    return std::nullopt;
  }
  return ConfigReader(&member->value, NameOf(key), member->at, errors_);
}

std::vector<ConfigReader> ConfigReader::TableList(std::string_view key) {
  std::vector<ConfigReader> tables;
  const TomlNode* node = AskFor(key, Kind::kArray, "an array of tables");
  if (node == nullptr) return tables;
  for (const TomlNode& element : node->elements) {
    const std::string name = fmt::format("{}[{}]", NameOf(key), tables.size());
    if (element.kind != Kind::kTable) {
      FailAt(element.at, fmt::format("\"{}\" must be a table", name));
      return {};
    }
    tables.emplace_back(&element, name, element.at, errors_);
  }
  return tables;
}

std::vector<std::pair<std::string, ConfigReader>> ConfigReader::Tables() {
  std::vector<const TomlMember*> members;
  for (const TomlMember& member : table_->members) members.push_back(&member);
  std::stable_sort(members.begin(), members.end(), [](const TomlMember* a, const TomlMember* b) {
    return a->at.line < b->at.line;
  });
  std::vector<std::pair<std::string, ConfigReader>> tables;
  for (const TomlMember* member : members) {
    std::optional<ConfigReader> table = Table(member->key);
    if (table.has_value()) tables.emplace_back(member->key, *std::move(table));
  }
  return tables;
}

void ConfigReader::Fail(std::string_view message) { FailAt(at_, message); }

void ConfigReader::Fail(std::string_view key, std::string_view message) {
  for (const TomlMember& member : table_->members) {
    if (member.key == key) return FailAt(member.value.at, message);
  }
  FailAt(at_, message);
}

std::string ConfigReader::Where() const {
  return fmt::format("{}:{}:{}: {}", errors_->file, at_.line, at_.column, name_);
}

void ConfigReader::Finish() {
  for (const TomlMember& member : table_->members) {
    if (std::find(asked_.begin(), asked_.end(), member.key) != asked_.end()) continue;
    const std::string nearest = base::NearestWord(member.key, asked_);
    FailAt(member.at,
           fmt::format("unknown key \"{}\"; {}", member.key,
                       nearest.empty() ? fmt::format("known here: {}", fmt::join(asked_, ", "))
                                       : fmt::format("did you mean \"{}\"?", nearest)));
  }
}

void ConfigReader::FailAt(TomlPosition at, std::string_view message) {
  if (!errors_->first.ok()) return;
  errors_->first = absl::InvalidArgumentError(
      fmt::format("{}:{}:{}: {}", errors_->file, at.line, at.column, message));
}

std::string ConfigReader::NameOf(std::string_view key) const {
  return name_.empty() ? std::string(key) : fmt::format("{}.{}", name_, key);
}

}  // namespace tideover
