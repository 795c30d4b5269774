// Commuting updates: increment, add_to_set and remove, which mean the same in whatever order they
// meet those of others. Pure functions. A change maps members of the document to operands: numbers
// to add, or lists of elements to add or remove.
//
//   member      missing or null           as it should be              of another type
//   increment   counts as 0               the sum                      left as it is
//   add_to_set  counts as an empty list   missing elements, at the end left as it is
//   remove      left as it is             without the elements         left as it is
//
// Elements are compared as JSON values. A sum of integers is exact as long as it fits 64 bits;
// anything else is added as doubles, and a sum that is no finite number is not made.
#ifndef TIDEOVER_VIEW_COMMUTE_H_
#define TIDEOVER_VIEW_COMMUTE_H_

#include <absl/status/status.h>

#include "base/json.h"
#include "log/mutation.h"

namespace tideover::view {

bool Commutes(log::Mutation::Kind kind);

// INVALID_ARGUMENT when the change is not of the form that the kind wants.
absl::Status CheckOperands(log::Mutation::Kind kind, const json::Value& change);

// INVALID_ARGUMENT when a member of the document has a type that the kind does nothing to.
absl::Status CheckTargets(log::Mutation::Kind kind, const json::Value& change,
                          const json::Value& document);

// The merge patch with the effect of the change on this one document.
json::Value PatchFor(log::Mutation::Kind kind, const json::Value& change,
                     const json::Value& document);

// One change of the same kind with the effect of both. False, and `*first` as it was, where that
// is not exact.
bool ComposeOperands(log::Mutation::Kind kind, json::Value* first, const json::Value& second);

}  // namespace tideover::view

#endif  // TIDEOVER_VIEW_COMMUTE_H_
