#include "api/dependants.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "base/status_macros.h"
#include "cache/documents.h"
#include "cache/id_map.h"
#include "doors/dependency.h"
#include "log/lanes.h"
#include "log/needs.h"

namespace tideover::api {

absl::StatusOr<std::vector<uint64_t>> DependantsOf(const store::Reader& reader, uint64_t seq,
                                                   const log::Mutation& mutation) {
  std::set<uint64_t> dependants;
  for (const log::DocumentKey& made : log::LanesOf(seq, mutation)) {
    if (!doors::Makes(mutation, made)) continue;
    ASSIGN_OR_RETURN(const auto record, cache::Find(reader, made.first, made.second));
    if (record.has_value() && record->base.has_value()) continue;  // The server has it.
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
  ASSIGN_OR_RETURN(const auto documents, DocumentsNeededBy(reader, seq, mutation));
  for (const log::DocumentKey& key : documents) {
    ASSIGN_OR_RETURN(const auto maker, doors::FirstMaker(reader, key));
    if (maker.has_value() && maker->seq < seq) needed.insert(maker->seq);
  }
  return std::vector<uint64_t>(needed.begin(), needed.end());
}

absl::StatusOr<std::vector<log::DocumentKey>> DocumentsNeededBy(const store::Reader& reader,
                                                                uint64_t seq,
                                                                const log::Mutation& mutation) {
  std::vector<log::DocumentKey> documents = log::LanesOf(seq, mutation);
  for (const log::DocumentName& name : mutation.references()) {
    ASSIGN_OR_RETURN(std::string id,
                     cache::ResolveId(reader, name.collection(), name.document_id()));
    documents.emplace_back(name.collection(), std::move(id));
  }
  return documents;
}

}  // namespace tideover::api
