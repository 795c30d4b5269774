// TomlNode: a TOML document as a tree of values that know where they stood. A value; the only place
// that knows the TOML library. What a key means, and which keys exist, is for config_reader.h.
#ifndef TIDEOVER_CONFIG_TOML_H_
#define TIDEOVER_CONFIG_TOML_H_

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

namespace tideover {

struct TomlPosition {
  // From 1.
  unsigned line = 1;
  unsigned column = 1;
};

struct TomlMember;

struct TomlNode {
  enum class Kind { kText, kInteger, kBoolean, kArray, kTable, kOther };
  Kind kind = Kind::kOther;
  TomlPosition at;
  // Of kText.
  std::string text;
  // Of kInteger.
  int64_t integer = 0;
  // Of kBoolean.
  bool boolean = false;
  // Of kArray.
  std::vector<TomlNode> elements;
  // Of kTable, by name.
  std::vector<TomlMember> members;
};

struct TomlMember {
  std::string key;
  TomlPosition at;
  TomlNode value;
};

// INVALID_ARGUMENT "<file>:<line>:<column>: what is wrong".
absl::StatusOr<TomlNode> ParseToml(std::string_view text, const std::string& file);

}  // namespace tideover

#endif  // TIDEOVER_CONFIG_TOML_H_
