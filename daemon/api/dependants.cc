#include "api/dependants.h"

#include <algorithm>

#include "base/status_macros.h"
#include "cache/documents.h"
#include "log/lanes.h"

namespace tideover::api {

absl::StatusOr<std::vector<uint64_t>> DependantsOf(const store::Reader& reader, uint64_t seq,
                                                   const log::Mutation& mutation) {
  std::vector<uint64_t> dependants;
  if (mutation.kind() != log::Mutation::CREATE) return dependants;
  ASSIGN_OR_RETURN(const auto record,
                   cache::Find(reader, mutation.collection(), mutation.document_id()));
  if (record.has_value() && record->base.has_value()) return dependants;  // The server has it.
  ASSIGN_OR_RETURN(dependants,
                   log::ReadLane(reader, mutation.collection(), mutation.document_id()));
  std::erase_if(dependants, [seq](uint64_t other) { return other <= seq; });
  return dependants;
}

}  // namespace tideover::api
