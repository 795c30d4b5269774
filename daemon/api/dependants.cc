#include "api/dependants.h"

#include <algorithm>
#include <set>

#include "base/status_macros.h"
#include "doors/dependency.h"
#include "log/lanes.h"
#include "log/needs.h"

namespace tideover::api {

absl::StatusOr<std::vector<uint64_t>> DependantsOf(const store::Reader& reader, uint64_t seq,
                                                   const log::Mutation& mutation) {
  std::set<uint64_t> dependants;
  for (const log::DocumentKey& made : log::LanesOf(seq, mutation)) {
    if (!doors::Makes(mutation, made)) continue;
    ASSIGN_OR_RETURN(const bool has_base, doors::HasBase(reader, made));
    if (has_base) continue;
    ASSIGN_OR_RETURN(const auto lane, log::ReadLane(reader, made.first, made.second));
    ASSIGN_OR_RETURN(const auto needing, log::ReadNeeds(reader, made));
    dependants.insert(lane.begin(), lane.end());
    dependants.insert(needing.begin(), needing.end());
  }
  return std::vector<uint64_t>(dependants.upper_bound(seq), dependants.end());
}

absl::StatusOr<std::vector<uint64_t>> NeedsOf(const store::Reader& reader, uint64_t seq,
                                              const log::Mutation& mutation) {
  std::set<uint64_t> needed;
  for (const log::DocumentKey& key : log::LanesOf(seq, mutation)) {
    ASSIGN_OR_RETURN(const auto lane, log::ReadLane(reader, key.first, key.second));
    needed.insert(lane.begin(), std::lower_bound(lane.begin(), lane.end(), seq));
  }
  for (const log::DocumentKey& key : DocumentsNeededBy(seq, mutation)) {
    ASSIGN_OR_RETURN(const auto maker, doors::MakerBefore(reader, key, seq));
    if (maker.has_value()) needed.insert(maker->seq);
  }
  return std::vector<uint64_t>(needed.begin(), needed.end());
}

std::vector<log::DocumentKey> DocumentsNeededBy(uint64_t seq, const log::Mutation& mutation) {
  std::vector<log::DocumentKey> documents = log::LanesOf(seq, mutation);
  for (const log::DocumentName& name : mutation.references()) {
    documents.push_back(log::KeyOf(name));
  }
  return documents;
}

}  // namespace tideover::api
