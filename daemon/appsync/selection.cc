#include "appsync/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "base/text.h"

namespace tideover::appsync {
namespace {

bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool IsNameInner(char c) { return IsNameStart(c) || (c >= '0' && c <= '9'); }

// Recursive descent over `{ name name { … } }`; commas are white space, as in GraphQL.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  absl::StatusOr<Selection> Parse() {
    SkipSpace();
    const bool braces = Take('{');
    ASSIGN_OR_RETURN(Selection fields, ParseFields(1));
    if (braces && !Take('}')) return Error("the { is not closed");
    SkipSpace();
    if (at_ < text_.size()) return Error(fmt::format("'{}' is not expected here", text_[at_]));
    return fields;
  }

 private:
  absl::StatusOr<Selection> ParseFields(size_t depth) {
    if (depth > kSelectionDepthMax) return Error("it is nested too deep");
    Selection fields;
    while (true) {
      SkipSpace();
      if (at_ >= text_.size() || !IsNameStart(text_[at_])) break;
      SelectedField field;
      const size_t start = at_;
      while (at_ < text_.size() && IsNameInner(text_[at_])) ++at_;
      field.name = text_.substr(start, at_ - start);
      if (SelectsField(fields, field.name)) {
        return Error(fmt::format("\"{}\" is selected twice", field.name));
      }
      SkipSpace();
      if (Take('{')) {
        ASSIGN_OR_RETURN(field.children, ParseFields(depth + 1));
        SkipSpace();
        if (!Take('}')) return Error("the { is not closed");
      }
      fields.push_back(std::move(field));
    }
    if (fields.empty()) return Error("a field name is expected");
    return fields;
  }

  void SkipSpace() {
    while (at_ < text_.size() && std::string_view(" \t\r\n,").find(text_[at_]) != text_.npos) ++at_;
  }

  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  absl::Status Error(std::string_view what) const {
    return absl::InvalidArgumentError(
        fmt::format("selection \"{}\", position {}: {}", text_, at_ + 1, what));
  }

  const std::string_view text_;
  size_t at_ = 0;
};

// Names of the types above, so that a type inside itself is left out.
Selection DefaultBelow(const Introspection& schema, const ObjectType& type,
                       std::vector<std::string>* above) {
  Selection fields;
  if (above->size() >= kSelectionDepthMax) return fields;
  above->push_back(type.name);
  for (const Field& field : type.fields) {
    if (field.association || field.type.kind == TypeRef::Kind::kModel) continue;
    SelectedField selected{field.name, {}};
    if (field.type.is_object()) {
      const ObjectType* below = schema.FindType(field.type);
      if (below == nullptr || std::count(above->begin(), above->end(), below->name) > 0) continue;
      selected.children = DefaultBelow(schema, *below, above);
      if (selected.children.empty()) continue;
    }
    fields.push_back(std::move(selected));
  }
  above->pop_back();
  return fields;
}

const SelectedField* FindField(const Selection& selection, std::string_view name) {
  for (const SelectedField& field : selection) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

// The field at "/a/b"; nullptr when it is not selected. The pointer is not empty.
const SelectedField* Walk(const Selection& selection, std::string_view pointer) {
  const Selection* here = &selection;
  const SelectedField* field = nullptr;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const size_t end = std::min(pointer.find('/'), pointer.size());
    field = FindField(*here, pointer.substr(0, end));
    if (field == nullptr) return nullptr;
    here = &field->children;
    pointer.remove_prefix(end);
  }
  return field;
}

}  // namespace

absl::StatusOr<Selection> ParseSelection(std::string_view text) { return Parser(text).Parse(); }

absl::Status CheckSelection(const Introspection& schema, const TypeRef& type,
                            const Selection& selection) {
  const ObjectType* object = schema.FindType(type);
  if (object == nullptr) {
    if (selection.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(fmt::format("{} has no fields, so \"{}\" cannot be selected",
                                                  type.name, selection[0].name));
  }
  if (selection.empty()) {
    return absl::InvalidArgumentError(fmt::format("{} needs a selection of its fields", type.name));
  }
  for (const SelectedField& selected : selection) {
    if (selected.name == "__typename" && selected.children.empty()) continue;
    const Field* field = object->Find(selected.name);
    if (field == nullptr) {
      std::vector<std::string> names;
      for (const Field& candidate : object->fields) names.push_back(candidate.name);
      const std::string nearest = base::NearestWord(selected.name, names);
      return absl::InvalidArgumentError(
          fmt::format("{} has no field \"{}\"; {}", type.name, selected.name,
                      nearest.empty() ? fmt::format("it has {}", fmt::join(names, ", "))
                                      : fmt::format("the nearest is \"{}\"", nearest)));
    }
    RETURN_IF_ERROR(CheckSelection(schema, field->type, selected.children));
  }
  return absl::OkStatus();
}

Selection DefaultSelection(const Introspection& schema, const TypeRef& type) {
  const ObjectType* object = schema.FindType(type);
  if (object == nullptr) return {};
  std::vector<std::string> above;
  return DefaultBelow(schema, *object, &above);
}

std::string WriteSelection(const Selection& selection) {
  std::string text;
  for (const SelectedField& field : selection) {
    if (!text.empty()) text += ' ';
    text += field.name;
    if (!field.children.empty()) text += fmt::format(" {{ {} }}", WriteSelection(field.children));
  }
  return text;
}

const Selection* SelectionAt(const Selection& selection, std::string_view pointer) {
  if (pointer.empty()) return &selection;
  const SelectedField* field = Walk(selection, pointer);
  return field == nullptr ? nullptr : &field->children;
}

bool IsSelected(const Selection& selection, std::string_view pointer) {
  return pointer.empty() || Walk(selection, pointer) != nullptr;
}

bool Covers(const Selection& whole, const Selection& part) {
  return std::all_of(part.begin(), part.end(), [&whole](const SelectedField& field) {
    const SelectedField* other = FindField(whole, field.name);
    return other != nullptr && Covers(other->children, field.children);
  });
}

bool SelectsField(const Selection& selection, std::string_view name) {
  return FindField(selection, name) != nullptr;
}

}  // namespace tideover::appsync
