#include "view/value_order.h"

#include <algorithm>

namespace tideover::view {
namespace {

int Sign(int n) { return n < 0 ? -1 : n > 0 ? 1 : 0; }

// Digits with or without a minus.
bool IsInteger(const std::string& text) {
  const size_t start = text.starts_with('-') ? 1 : 0;
  return text.size() > start &&
         std::all_of(text.begin() + static_cast<std::ptrdiff_t>(start), text.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

int CompareIntegers(std::string_view a, std::string_view b) {
  // JSON allows no leading zeros, but it does allow "-0".
  if (a == "-0") a = "0";
  if (b == "-0") b = "0";
  const bool a_negative = a.starts_with('-');
  if (a_negative != b.starts_with('-')) return a_negative ? -1 : 1;
  const int magnitude = a.size() != b.size() ? (a.size() < b.size() ? -1 : 1) : Sign(a.compare(b));
  return a_negative ? -magnitude : magnitude;
}

int Rank(const json::Value* value) {
  if (value == nullptr) return 0;
  switch (value->kind()) {
    case json::Kind::kNull:
      return 0;
    case json::Kind::kBool:
      return 1;
    case json::Kind::kNumber:
      return 2;
    case json::Kind::kString:
      return 3;
    default:
      return 4;
  }
}

}  // namespace

int CompareNumbers(const json::Value& a, const json::Value& b) {
  if (IsInteger(a.text()) && IsInteger(b.text())) return CompareIntegers(a.text(), b.text());
  const double x = a.AsDouble();
  const double y = b.AsDouble();
  return x < y ? -1 : x > y ? 1 : 0;
}

int CompareValues(const json::Value* a, const json::Value* b) {
  const int a_rank = Rank(a);
  const int b_rank = Rank(b);
  if (a_rank != b_rank) return a_rank < b_rank ? -1 : 1;
  switch (a_rank) {
    case 1:
      return static_cast<int>(a->boolean()) - static_cast<int>(b->boolean());
    case 2:
      return CompareNumbers(*a, *b);
    case 3:
      return Sign(a->text().compare(b->text()));
    default:
      return 0;
  }
}

FieldPath::FieldPath(std::string_view text) : text_(text) {
  while (true) {
    const size_t dot = text.find('.');
    steps_.emplace_back(text.substr(0, dot));
    if (dot == std::string_view::npos) return;
    text.remove_prefix(dot + 1);
  }
}

void FieldPath::Append(const FieldPath& below) {
  text_ += "." + below.text_;
  steps_.insert(steps_.end(), below.steps_.begin(), below.steps_.end());
}

const json::Value* FieldPath::FindIn(const json::Value& document) const {
  if (const json::Value* literal = document.Find(text_)) return literal;
  const json::Value* at = &document;
  for (const std::string& step : steps_) {
    at = at->Find(step);
    if (at == nullptr) return nullptr;
  }
  return at;
}

}  // namespace tideover::view
