// ConfigReader: reads one table of the configuration by the names of its keys. The keys that were
// asked for are the keys that exist, so Finish() can refuse all others. A value that points into
// the tree it reads; used while the daemon starts.
//
// The first mistake is kept, with file, line and column; what is read after it leaves its target as
// it is. A key that is not given leaves its target too: defaults stand in the structs of config.h
// and nowhere else.
#ifndef TIDEOVER_CONFIG_READER_H_
#define TIDEOVER_CONFIG_READER_H_

#include <absl/status/status.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "config_toml.h"

namespace tideover {

// What all readers of one file share.
struct ConfigErrors {
  std::string file;
  // OK, or the first mistake.
  absl::Status first;
};

class ConfigReader {
 public:
  // `name` is the table's, for people: "collections.todos"; empty for the whole file. `errors` and
  // `table` outlive the reader.
  ConfigReader(const TomlNode* table, std::string name, TomlPosition at, ConfigErrors* errors);

  void Text(std::string_view key, std::string* out);
  void Text(std::string_view key, std::optional<std::string>* out);
  void Texts(std::string_view key, std::optional<std::vector<std::string>>* out);
  // A table of texts (numbers and booleans count as their text), in the order of its keys.
  void TextTable(std::string_view key, std::vector<std::pair<std::string, std::string>>* out);
  void Flag(std::string_view key, bool* out);
  // Between the two, both included.
  void Count(std::string_view key, size_t min, size_t max, size_t* out);
  // "500ms", "30s", "5m", "12h".
  void Duration(std::string_view key, base::Millis* out);
  // "64MiB", "1GiB", or a number of bytes.
  void Bytes(std::string_view key, uint64_t* out);

  // One of a few words.
  template <typename T>
  void Word(std::string_view key, std::initializer_list<std::pair<std::string_view, T>> words,
            T* out) {
    std::vector<std::string> known;
    for (const auto& [word, value] : words) known.emplace_back(word);
    const std::optional<size_t> chosen = Choose(key, known);
    if (chosen.has_value()) *out = (words.begin() + *chosen)->second;
  }

  // The table of that name; nothing when it is not given.
  std::optional<ConfigReader> Table(std::string_view key);
  // The tables of an array.
  std::vector<ConfigReader> TableList(std::string_view key);
  // All tables in this one, which all may have any name, in the order of the file.
  std::vector<std::pair<std::string, ConfigReader>> Tables();

  // Keeps a mistake about this table, or about one of its keys.
  void Fail(std::string_view message);
  void Fail(std::string_view key, std::string_view message);
  // "tideover.toml:8:1: collections.todos", for errors that are found later.
  std::string Where() const;

  // Refuses the keys that nobody asked for.
  void Finish();

 private:
  const TomlMember* Ask(std::string_view key);
  const TomlNode* AskFor(std::string_view key, TomlNode::Kind kind, std::string_view expected);
  std::optional<size_t> Choose(std::string_view key, const std::vector<std::string>& words);
  void FailAt(TomlPosition at, std::string_view message);
  std::string NameOf(std::string_view key) const;

  const TomlNode* table_;
  std::string name_;
  TomlPosition at_;
  ConfigErrors* errors_;
  std::vector<std::string> asked_;
};

// Nothing for what is no duration; never negative.
std::optional<base::Millis> ParseDuration(std::string_view text);
// Nothing for what is no size.
std::optional<uint64_t> ParseBytes(std::string_view text);

}  // namespace tideover

#endif  // TIDEOVER_CONFIG_READER_H_
