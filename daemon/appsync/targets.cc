#include "appsync/targets.h"

#include <fmt/format.h>

#include <utility>

#include "appsync/arguments.h"

namespace tideover::appsync {

Targets::Targets(Bindings bindings, const std::map<std::string, uint32_t, std::less<>>& numbers)
    : bindings_(std::move(bindings)) {
  for (const CollectionBinding& binding : bindings_.collections) {
    by_name_[binding.name] = &binding;
    const auto number = numbers.find(binding.name);
    if (number != numbers.end()) by_number_[number->second] = &binding;
  }
}

absl::StatusOr<Target> Targets::Find(const sync::Mutation& mutation) const {
  Target target;
  if (mutation.kind() == sync::Mutation::INVOKE) {
    const auto it = bindings_.operations.find(mutation.operation());
    if (it == bindings_.operations.end()) {
      return absl::InvalidArgumentError(
          fmt::format("the operation {} is not configured any more", mutation.operation()));
    }
    target.operation = &it->second;
    return target;
  }
  const auto it = by_number_.find(mutation.collection());
  if (it == by_number_.end()) {
    return absl::InvalidArgumentError("its collection is not configured any more");
  }
  target.collection = it->second;
  target.operation = OperationFor(*target.collection, mutation);
  if (target.operation == nullptr) {
    return absl::InvalidArgumentError(
        fmt::format("{} has no operation for this kind of write", target.collection->name));
  }
  const auto& batch = target.collection->batch;
  if (batch.has_value() && !WordFor(*batch, mutation).empty()) target.batch = &*batch;
  return target;
}

const CollectionBinding* Targets::FindCollection(const std::string& name) const {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : it->second;
}

}  // namespace tideover::appsync
