#include "api/dependants.h"

#include <algorithm>

#include "base/status_macros.h"
#include "cache/documents.h"
#include "log/lanes.h"
#include "log/mutation_log.h"
#include "log/settled.h"

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

absl::StatusOr<std::vector<std::string>> NeedsOf(const store::Reader& reader, uint64_t seq,
                                                 const log::LogEntry& entry) {
  const log::Mutation& mutation = entry.mutation();
  std::vector<std::string> needs;
  if (entry.push().hold() == log::PushState::DEPENDENCY) {
    RETURN_IF_ERROR(log::ForEachSettled(reader, store::SettledClass::kDeadLetter, 0,
                                        [&](uint64_t letter_seq, const log::SettledEntry& letter) {
                                          const log::Mutation& refused = letter.mutation();
                                          if (refused.kind() == log::Mutation::CREATE &&
                                              refused.collection() == mutation.collection() &&
                                              refused.document_id() == mutation.document_id()) {
                                            needs.push_back(refused.mutation_id());
                                          }
                                          return letter_seq < seq;
                                        }));
  }
  ASSIGN_OR_RETURN(const auto lane,
                   log::ReadLane(reader, mutation.collection(), mutation.document_id()));
  for (const uint64_t other : lane) {
    if (other >= seq) break;
    ASSIGN_OR_RETURN(const auto ahead, log::Find(reader, other));
    if (ahead.has_value()) needs.push_back(ahead->mutation().mutation_id());
  }
  return needs;
}

}  // namespace tideover::api
