// From a mutation of the log to the operation that sends it and the values of its arguments. Pure.
//
// An argument is taken from what the app changed; one that the backend demands beside it from the
// document as it is after the mutation. The id comes from the mutation alone, which knows the
// server's id as soon as there is one; the version is that of the base that the change was made on.
#ifndef TIDEOVER_APPSYNC_ARGUMENTS_H_
#define TIDEOVER_APPSYNC_ARGUMENTS_H_

#include <absl/status/statusor.h>

#include "appsync/binding.h"
#include "base/json.h"
#include "sync/upstream.h"

namespace tideover::appsync {

// nullptr when the collection has no such operation.
const OperationBinding* OperationFor(const CollectionBinding& collection,
                                     const sync::Mutation& mutation);

// INVALID_ARGUMENT when an argument that the backend demands has no value: such a mutation can
// never be sent.
absl::StatusOr<json::Value> ArgumentsFor(const OperationBinding& operation,
                                         const sync::PushRequest& request);

// Of an invoke: what the app gave, under the same conditions, and no argument that is unknown.
absl::StatusOr<json::Value> ArgumentsForInvoke(const OperationBinding& operation,
                                               const sync::Mutation& mutation);

// What a batch operation calls this kind of write; empty when it does not carry it.
const std::string& WordFor(const BatchBinding& batch, const sync::Mutation& mutation);

// One item of the list that a batch operation takes; `arguments` are those of ArgumentsFor.
json::Value BatchItem(const BatchBinding& batch, const sync::Mutation& mutation,
                      json::Value arguments);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_ARGUMENTS_H_
