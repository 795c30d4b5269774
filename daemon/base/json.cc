#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace tideover::json {
namespace {

// "~1" is '/', "~0" is '~' (RFC 6901, section 4).
std::string UnescapeToken(std::string_view token) {
  std::string out;
  for (size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1')) {
      out.push_back(token[++i] == '0' ? '~' : '/');
    } else {
      out.push_back(token[i]);
    }
  }
  return out;
}

const Value* Step(const Value& value, const std::string& token) {
  if (value.is_object()) return value.Find(token);
  if (!value.is_array() || token.empty()) return nullptr;
  size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (error != std::errc() || end != token.data() + token.size()) return nullptr;
  return index < value.elements().size() ? &value.elements()[index] : nullptr;
}

}  // namespace

Value Value::Bool(bool b) {
  Value v;
  v.kind_ = Kind::kBool;
  v.boolean_ = b;
  return v;
}

Value Value::Number(std::string_view text) {
  Value v;
  v.kind_ = Kind::kNumber;
  v.text_ = text;
  return v;
}

Value Value::Int(int64_t n) { return Number(fmt::format("{}", n)); }

Value Value::String(std::string_view s) {
  Value v;
  v.kind_ = Kind::kString;
  v.text_ = s;
  return v;
}

Value Value::Array() {
  Value v;
  v.kind_ = Kind::kArray;
  return v;
}

Value Value::Object() {
  Value v;
  v.kind_ = Kind::kObject;
  return v;
}

std::optional<int64_t> Value::AsInt64() const {
  if (!is_number()) return std::nullopt;
  int64_t n = 0;
  const char* end = text_.data() + text_.size();
  const auto [parsed, error] = std::from_chars(text_.data(), end, n);
  if (error != std::errc() || parsed != end) return std::nullopt;
  return n;
}

double Value::AsDouble() const { return is_number() ? std::strtod(text_.c_str(), nullptr) : 0.0; }

const Value* Value::Find(std::string_view name) const {
  for (const Member& member : members_) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

Value* Value::Find(std::string_view name) {
  return const_cast<Value*>(std::as_const(*this).Find(name));
}

void Value::Set(std::string_view name, Value value) {
  if (Value* found = Find(name)) {
    *found = std::move(value);
  } else {
    members_.push_back({std::string(name), std::move(value)});
  }
}

bool Value::Remove(std::string_view name) {
  const auto it = std::find_if(members_.begin(), members_.end(),
                               [&](const Member& m) { return m.name == name; });
  if (it == members_.end()) return false;
  members_.erase(it);
  return true;
}

bool operator==(const Value& a, const Value& b) {
  if (a.kind_ != b.kind_) return false;
  switch (a.kind_) {
    case Kind::kNull:
      return true;
    case Kind::kBool:
      return a.boolean_ == b.boolean_;
    case Kind::kString:
      return a.text_ == b.text_;
    case Kind::kNumber: {
      if (a.text_ == b.text_) return true;
      const auto x = a.AsInt64();
      return x.has_value() && x == b.AsInt64();
    }
    case Kind::kArray:
      return a.elements_ == b.elements_;
    case Kind::kObject:
      break;
  }
  if (a.members_.size() != b.members_.size()) return false;
  return std::all_of(a.members_.begin(), a.members_.end(), [&](const Member& member) {
    const Value* other = b.Find(member.name);
    return other != nullptr && *other == member.value;
  });
}

const Value* Resolve(const Value& value, std::string_view pointer) {
  const Value* at = &value;
  while (!pointer.empty() && at != nullptr) {
    if (pointer.front() != '/') return nullptr;
    pointer.remove_prefix(1);
    const size_t end = std::min(pointer.find('/'), pointer.size());
    at = Step(*at, UnescapeToken(pointer.substr(0, end)));
    pointer.remove_prefix(end);
  }
  return at;
}

Value* Resolve(Value* value, std::string_view pointer) {
  return const_cast<Value*>(Resolve(*value, pointer));
}

absl::Status CheckPointer(std::string_view pointer) {
  if (pointer.empty() || pointer.front() == '/') return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("\"{}\" is no JSON pointer: it must be empty or start with '/'", pointer));
}

void MergePatch(Value* target, const Value& patch) {
  if (!patch.is_object()) {
    *target = patch;
    return;
  }
  if (!target->is_object()) *target = Value::Object();
  for (const Member& member : patch.members()) {
    if (member.value.is_null()) {
      target->Remove(member.name);
    } else if (Value* existing = target->Find(member.name)) {
      MergePatch(existing, member.value);
    } else {
      Value fresh;
      MergePatch(&fresh, member.value);
      target->Set(member.name, std::move(fresh));
    }
  }
}

}  // namespace tideover::json
