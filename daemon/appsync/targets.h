// Targets: finds the operation that a mutation of the log is sent as. A value over the bindings,
// which it holds and does not change: operations are pointed at while they are under way. Owned by
// the upstream.
#ifndef TIDEOVER_APPSYNC_TARGETS_H_
#define TIDEOVER_APPSYNC_TARGETS_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <string>

#include "appsync/binding.h"
#include "sync/upstream.h"

namespace tideover::appsync {

// What one mutation is at the backend.
struct Target {
  // nullptr for an invoke.
  const CollectionBinding* collection = nullptr;
  const OperationBinding* operation = nullptr;
  // By which it can be sent with others of its collection; nullptr: none.
  const BatchBinding* batch = nullptr;
};

class Targets {
 public:
  // `numbers`: the collections' numbers in this environment (store::Catalog::all()), by which the
  // log calls them.
  Targets(Bindings bindings, const std::map<std::string, uint32_t, std::less<>>& numbers);
  Targets(const Targets&) = delete;
  Targets& operator=(const Targets&) = delete;

  // INVALID_ARGUMENT when it has none: such a mutation can never be sent.
  absl::StatusOr<Target> Find(const sync::Mutation& mutation) const;
  // nullptr when there is none.
  const CollectionBinding* FindCollection(const std::string& name) const;

 private:
  const Bindings bindings_;
  std::map<uint32_t, const CollectionBinding*> by_number_;
  std::map<std::string, const CollectionBinding*, std::less<>> by_name_;
};

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_TARGETS_H_
