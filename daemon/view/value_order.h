// The order of JSON values: what `lt` and `between` of a filter and `order_by` of a query mean.
// Pure functions.
#ifndef TIDEOVER_VIEW_VALUE_ORDER_H_
#define TIDEOVER_VIEW_VALUE_ORDER_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace tideover::view {

// Less than, equal to or greater than 0. Two integers are compared exactly, whatever their size;
// otherwise both are taken as doubles.
int CompareNumbers(const json::Value& a, const json::Value& b);

// A total order: nothing (nullptr) and null, false, true, numbers, strings by their bytes, then
// arrays and objects (all alike).
int CompareValues(const json::Value* a, const json::Value* b);

// A field of a document, by its path: "a.b" is the member "a.b" if there is one, otherwise the
// member "b" of the member "a". Lists are not looked into.
class FieldPath {
 public:
  explicit FieldPath(std::string_view text);
  void Append(const FieldPath& below);

  // nullptr when the document has no such member.
  const json::Value* FindIn(const json::Value& document) const;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::vector<std::string> steps_;
};

}  // namespace tideover::view

#endif  // TIDEOVER_VIEW_VALUE_ORDER_H_
