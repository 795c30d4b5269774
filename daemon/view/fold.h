// The fold: what apps read is the base with the pending mutations applied over it in log order.
// Pure functions; the view that is stored beside a base is only the memo of this one (invariant 4),
// and a rollback is nothing but folding again without the mutation that left.
#ifndef TIDEOVER_VIEW_FOLD_H_
#define TIDEOVER_VIEW_FOLD_H_

#include <absl/status/statusor.h>

#include <optional>
#include <span>
#include <string_view>

#include "base/json.h"
#include "log/mutation.h"
#include "view/coalesce.h"

namespace tideover::view {

// The document after one more mutation. `id` is written into `id_field` of whatever results.
//
//   kind      document absent      document present
//   create    the new document     the new document's members over it (the server has it already)
//   update    absent               merge patch
//   replace   absent               the new document
//   delete    absent               absent
//   others    absent               see commute.h
//
// An update or replace of an absent document stays without effect: it waits for (or was orphaned
// by) the mutation that makes the document.
std::optional<json::Value> Apply(std::optional<json::Value> document, log::Mutation::Kind kind,
                                 const json::Value& change, std::string_view id_field,
                                 std::string_view id);

// Apply for each entry of the lane of `document`, in order; of an invoke, its effects on that
// document. DATA_LOSS when a logged change does not parse.
absl::StatusOr<std::optional<json::Value>> Fold(std::optional<json::Value> base,
                                                std::span<const log::LogEntry> pending,
                                                std::string_view id_field,
                                                const log::DocumentKey& document);

// What a logged mutation writes: what the app asked for, or the patch in which it left
// (PushState.sent_json). DATA_LOSS when that does not parse.
absl::StatusOr<Write> WriteOf(const log::LogEntry& entry);

// Sets the id member, first among the members when it is new.
void SetId(json::Value* document, std::string_view id_field, std::string_view id);

}  // namespace tideover::view

#endif  // TIDEOVER_VIEW_FOLD_H_
