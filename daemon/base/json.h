// JSON values as documents need them: numbers keep the text they were written in, objects keep the
// order of their members, and every text from outside is read under limits (bytes, depth, duplicate
// names, UTF-8). Value is a value: copyable, comparable, no thread. Reading and writing are
// RapidJSON's work; the tree is ours, because a document must come out with the very digits it came
// in with.
//
// Sources: RFC 8259 (JSON), RFC 6901 (pointers), RFC 7396 (merge patch).
#ifndef TIDEOVER_BASE_JSON_H_
#define TIDEOVER_BASE_JSON_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tideover::json {

// Deepest nesting of a document, filter or answer.
inline constexpr size_t kDepthMax = 64;
// Longest text of one document in bytes.
inline constexpr size_t kDocumentBytesMax = 1 << 20;

enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };

struct Member;

class Value {
 public:
  Value() = default;  // null
  static Value Bool(bool b);
  static Value Number(std::string_view text);  // the caller vouches that `text` is a JSON number
  static Value Int(int64_t n);
  static Value String(std::string_view s);
  static Value Array();
  static Value Object();

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool is_bool() const { return kind_ == Kind::kBool; }
  bool is_number() const { return kind_ == Kind::kNumber; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_array() const { return kind_ == Kind::kArray; }
  bool is_object() const { return kind_ == Kind::kObject; }

  bool boolean() const { return boolean_; }
  // The characters of a string, or the digits of a number as they were written.
  const std::string& text() const { return text_; }
  // Empty when the number is no integer or does not fit.
  std::optional<int64_t> AsInt64() const;
  // The nearest double; 0 for what is no number.
  double AsDouble() const;

  const std::vector<Value>& elements() const { return elements_; }
  std::vector<Value>& elements() { return elements_; }
  const std::vector<Member>& members() const { return members_; }
  std::vector<Member>& members() { return members_; }

  // The member of that name, or nullptr; nullptr also for what is no object.
  const Value* Find(std::string_view name) const;
  Value* Find(std::string_view name);
  // Sets or appends a member of an object.
  void Set(std::string_view name, Value value);
  // True when there was such a member.
  bool Remove(std::string_view name);

  // Members may stand in any order; numbers are equal when they are written alike or are the same
  // integer.
  friend bool operator==(const Value& a, const Value& b);

 private:
  Kind kind_ = Kind::kNull;
  bool boolean_ = false;
  std::string text_;
  std::vector<Value> elements_;
  std::vector<Member> members_;
};

struct Member {
  std::string name;
  Value value;
};

struct Limits {
  size_t bytes_max = kDocumentBytesMax;
  size_t depth_max = kDepthMax;
};

// Why Parse refused a text, for those who must tell a program.
enum class ParseFault { kSyntax, kTooLong, kTooDeep, kDuplicateName, kEncoding };
struct ParseError {
  ParseFault fault = ParseFault::kSyntax;
  size_t offset = 0;  // In bytes; where the fault was noticed.
};

// INVALID_ARGUMENT names the offset and what is wrong; nothing after the value is allowed.
absl::StatusOr<Value> Parse(std::string_view text, Limits limits = {});
// What a status of Parse carries beside its message; empty for any other status.
std::optional<ParseError> ParseErrorOf(const absl::Status& status);
// Parse, and the value must be an object.
absl::StatusOr<Value> ParseObject(std::string_view text, Limits limits = {});

// Compact, members in their order.
std::string Write(const Value& value);

// RFC 6901: "" is the whole value; nullptr when nothing is there.
const Value* Resolve(const Value& value, std::string_view pointer);
Value* Resolve(Value* value, std::string_view pointer);
// INVALID_ARGUMENT when the pointer is neither empty nor starts with '/'.
absl::Status CheckPointer(std::string_view pointer);

// RFC 7396, section 2.
void MergePatch(Value* target, const Value& patch);

}  // namespace tideover::json

#endif  // TIDEOVER_BASE_JSON_H_
