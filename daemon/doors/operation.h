// Operation: one write of an app, checked for everything that can be checked without the store. A
// value, made on a gRPC thread and handed to the commit door. Nothing here touches disk.
#ifndef TIDEOVER_DOORS_OPERATION_H_
#define TIDEOVER_DOORS_OPERATION_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "doors/rules.h"
#include "log/mutation.h"
#include "store/catalog.h"

namespace tideover::doors {

// Operations in one atomic call.
inline constexpr size_t kOperationsMax = 1000;
// Effects of one invoke.
inline constexpr size_t kEffectsMax = 100;
// Longest scope id in bytes.
inline constexpr size_t kScopeBytesMax = 128;

// What the caller says, unchecked.
struct OperationInput {
  std::string mutation_id;  // Empty: made here.
  std::string collection;
  std::string document_id;  // Empty: made here (create only).
  log::Mutation::Kind kind = log::Mutation::KIND_UNSPECIFIED;
  std::string json;     // Document or patch; empty for a delete.
  bool upsert = false;  // For a delete: the document may be missing.
  std::optional<uint64_t> if_revision;
  std::string scope;
  // Of an INVOKE: the backend's operation, whose arguments are `json` (empty: none), and what it is
  // expected to do to documents.
  std::string operation = {};
  std::vector<OperationInput> effects = {};
};

struct Operation {
  std::string mutation_id;
  store::CollectionId collection = 0;
  const CollectionRules* rules = nullptr;  // Lives as long as the session; none of an INVOKE.
  bool sent = true;                        // False: the effect of an INVOKE.
  std::string document_id;
  log::Mutation::Kind kind = log::Mutation::KIND_UNSPECIFIED;
  json::Value change;       // null for a delete
  std::string change_text;  // `change` as it is logged
  bool upsert = false;
  std::optional<uint64_t> if_revision;
  std::string scope;
  // Of everything that the caller said: a repeated mutation id must come with the same.
  uint64_t request_hash = 0;
  // Only of an INVOKE, which has neither collection nor document.
  std::string operation = {};
  std::vector<Operation> effects = {};
};

// INVALID_ARGUMENT or NOT_FOUND (collection) with a message that says what to change.
absl::StatusOr<Operation> CheckOperation(const OperationInput& input, const store::Catalog& catalog,
                                         const RulesByCollection& rules);

// The same for an INVOKE; NOT_FOUND also for an operation that the backend does not have. Its
// effects are looked at first, and a refusal of one says which (RefusedOperation). What an effect
// does is never sent: the backend need not offer it.
absl::StatusOr<Operation> CheckInvoke(const OperationInput& input, const store::Catalog& catalog,
                                      const RulesByCollection& rules,
                                      const RulesByOperation& operations);

// The refusal, which says that it is about that one of a call's operations, or of an INVOKE's
// effects.
absl::Status AtOperation(absl::Status refusal, size_t index);
// Which one that is; empty when it was the call, or the INVOKE, as a whole.
std::optional<size_t> RefusedOperation(const absl::Status& refusal);

// INVALID_ARGUMENT when the change names another id than `*document_id`, which it sets when that is
// empty.
absl::Status CheckIdMember(const json::Value& change, const std::string& id_field,
                           std::string* document_id);

// INVALID_ARGUMENT or FAILED_PRECONDITION for a change that the backend could not be told: no
// operation of that kind, or one that does not take all members.
absl::Status CheckSendable(const CollectionRules& rules, log::Mutation::Kind kind,
                           const json::Value& change, const std::string& collection);

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_OPERATION_H_
