// Text to Value and back: RapidJSON's SAX reader with numbers kept as text, iterative so that no
// input can exhaust the stack.
#include <absl/strings/cord.h>
#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cstdlib>

#include "base/json.h"

namespace tideover::json {
namespace {

// Objects up to this size are checked for duplicate names pair by pair; larger ones by sorting.
constexpr size_t kPairwiseMembersMax = 16;

// Builds a tree from the reader's calls. `error` says why a call returned false.
class TreeBuilder {
 public:
  explicit TreeBuilder(size_t depth_max) : depth_max_(depth_max) {}

  bool Null() { return Add(Value()); }
  bool Bool(bool b) { return Add(Value::Bool(b)); }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
    return Add(Value::Number({text, length}));
  }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    return Add(Value::String({text, length}));
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    stack_.back().members().push_back({std::string(text, length), Value()});
    return true;
  }
  bool StartObject() { return Open(Value::Object()); }
  bool EndObject(rapidjson::SizeType) { return CheckNames(stack_.back()) && Close(); }
  bool StartArray() { return Open(Value::Array()); }
  bool EndArray(rapidjson::SizeType) { return Close(); }
  // Numbers arrive as text; these are never called.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(int64_t) { return false; }
  bool Uint64(uint64_t) { return false; }
  bool Double(double) { return false; }

  Value Take() { return std::move(root_); }
  const std::string& error() const { return error_; }
  ParseFault fault() const { return fault_; }

 private:
  bool Open(Value container) {
    if (stack_.size() >= depth_max_) {
      fault_ = ParseFault::kTooDeep;
      error_ = fmt::format("it is nested deeper than {} levels", depth_max_);
      return false;
    }
    stack_.push_back(std::move(container));
    return true;
  }

  bool Close() {
    Value done = std::move(stack_.back());
    stack_.pop_back();
    return Add(std::move(done));
  }

  bool Add(Value value) {
    if (stack_.empty()) {
      root_ = std::move(value);
    } else if (stack_.back().is_array()) {
      stack_.back().elements().push_back(std::move(value));
    } else {
      stack_.back().members().back().value = std::move(value);
    }
    return true;
  }

  bool CheckNames(const Value& object) {
    const std::vector<Member>& members = object.members();
    const std::string* twice = nullptr;
    if (members.size() <= kPairwiseMembersMax) {
      for (size_t i = 0; i < members.size(); ++i) {
        for (size_t j = 0; j < i; ++j) {
          if (members[i].name == members[j].name) twice = &members[i].name;
        }
      }
    } else {
      std::vector<const std::string*> names;
      for (const Member& member : members) names.push_back(&member.name);
      std::sort(names.begin(), names.end(), [](auto* a, auto* b) { return *a < *b; });
      const auto it =
          std::adjacent_find(names.begin(), names.end(), [](auto* a, auto* b) { return *a == *b; });
      if (it != names.end()) twice = *it;
    }
    if (twice == nullptr) return true;
    fault_ = ParseFault::kDuplicateName;
    error_ = fmt::format("the name \"{}\" stands twice in one object", *twice);
    return false;
  }

  const size_t depth_max_;
  std::vector<Value> stack_;
  Value root_;
  ParseFault fault_ = ParseFault::kSyntax;
  std::string error_;
};

// Names the payload of a status in which Refuse leaves a ParseError: "<fault> <offset>".
constexpr const char* kPayload = "tideover.json.ParseError";

absl::Status Refuse(ParseFault fault, size_t offset, std::string_view message) {
  absl::Status status = absl::InvalidArgumentError(std::string(message));
  status.SetPayload(kPayload, absl::Cord(fmt::format("{} {}", static_cast<int>(fault), offset)));
  return status;
}

using StringWriter = rapidjson::Writer<rapidjson::StringBuffer>;

void WriteTo(const Value& value, StringWriter* writer) {
  const auto length = [](const std::string& s) {
    return static_cast<rapidjson::SizeType>(s.size());
  };
  switch (value.kind()) {
    case Kind::kNull:
      writer->Null();
      return;
    case Kind::kBool:
      writer->Bool(value.boolean());
      return;
    case Kind::kNumber:
      writer->RawValue(value.text().data(), value.text().size(), rapidjson::kNumberType);
      return;
    case Kind::kString:
      writer->String(value.text().data(), length(value.text()));
      return;
    case Kind::kArray:
      writer->StartArray();
      for (const Value& element : value.elements()) WriteTo(element, writer);
      writer->EndArray();
      return;
    case Kind::kObject:
      writer->StartObject();
      for (const Member& member : value.members()) {
        writer->Key(member.name.data(), length(member.name));
        WriteTo(member.value, writer);
      }
      writer->EndObject();
      return;
  }
}

}  // namespace

absl::StatusOr<Value> Parse(std::string_view text, Limits limits) {
  if (text.size() > limits.bytes_max) {
    return Refuse(ParseFault::kTooLong, limits.bytes_max,
                  fmt::format("the JSON text has {} bytes; at most {} are allowed", text.size(),
                              limits.bytes_max));
  }
  constexpr unsigned kFlags = rapidjson::kParseNumbersAsStringsFlag |
                              rapidjson::kParseIterativeFlag |
                              rapidjson::kParseValidateEncodingFlag;
  rapidjson::MemoryStream memory(text.data(), text.size());
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(memory);
  TreeBuilder builder(limits.depth_max);
  rapidjson::Reader reader;
  const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, builder);
  if (result.IsError()) {
    const std::string why =
        builder.error().empty() ? rapidjson::GetParseError_En(result.Code()) : builder.error();
    const bool encoding = result.Code() == rapidjson::kParseErrorStringInvalidEncoding;
    return Refuse(
        encoding ? ParseFault::kEncoding : builder.fault(), result.Offset(),
        fmt::format("the JSON text is not acceptable at byte {}: {}", result.Offset(), why));
  }
  // RapidJSON takes a NUL for the end of the text.
  if (stream.Tell() < text.size()) {
    return Refuse(ParseFault::kSyntax, stream.Tell(),
                  fmt::format("the JSON text is not acceptable at byte {}: a NUL byte follows it",
                              stream.Tell()));
  }
  return builder.Take();
}

std::optional<ParseError> ParseErrorOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayload);
  if (!payload.has_value()) return std::nullopt;
  const std::string text(*payload);
  ParseError error;
  error.fault = static_cast<ParseFault>(text[0] - '0');
  error.offset = std::strtoull(text.c_str() + 1, nullptr, 10);
  return error;
}

absl::StatusOr<Value> ParseObject(std::string_view text, Limits limits) {
  absl::StatusOr<Value> value = Parse(text, limits);
  if (value.ok() && !value->is_object()) {
    return absl::InvalidArgumentError("the JSON text must be an object");
  }
  return value;
}

std::string Write(const Value& value) {
  rapidjson::StringBuffer buffer;
  StringWriter writer(buffer);
  WriteTo(value, &writer);
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace tideover::json
