// Selection: which fields of an answer are asked for, as in GraphQL's `{ statusCode todo { _id }
// }`, without arguments, aliases, fragments and directives. A value; reading, checking against the
// schema and writing are pure functions.
//
// Errors name the position in the text, or the field with the nearest one that exists.
#ifndef TIDEOVER_APPSYNC_SELECTION_H_
#define TIDEOVER_APPSYNC_SELECTION_H_

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "appsync/introspection.h"

namespace tideover::appsync {

// Levels of a selection, and of the default that is made where none is given.
inline constexpr size_t kSelectionDepthMax = 16;

struct SelectedField {
  std::string name;
  // Empty for a scalar.
  std::vector<SelectedField> children;

  bool operator==(const SelectedField&) const = default;
};

using Selection = std::vector<SelectedField>;

// "statusCode todo { _id content }", with or without braces around it all.
absl::StatusOr<Selection> ParseSelection(std::string_view text);

// Every field exists, objects go on, scalars do not.
absl::Status CheckSelection(const Introspection& schema, const TypeRef& type,
                            const Selection& selection);

// Everything that belongs to the type: scalars, enums and custom types; relations to other models
// are left out, and so is a type inside itself.
Selection DefaultSelection(const Introspection& schema, const TypeRef& type);

// "statusCode todo { _id content }"
std::string WriteSelection(const Selection& selection);

// What is selected at a JSON pointer of names ("/todo"); nullptr when it is not selected.
const Selection* SelectionAt(const Selection& selection, std::string_view pointer);

// True when the field at the pointer is selected, scalar or not; "" always is.
bool IsSelected(const Selection& selection, std::string_view pointer);

// Every field of `part` is in `whole` too, at every level.
bool Covers(const Selection& whole, const Selection& part);

bool SelectsField(const Selection& selection, std::string_view name);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_SELECTION_H_
