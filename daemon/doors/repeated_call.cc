#include "doors/repeated_call.h"

#include <fmt/format.h>

#include <string>

#include "base/planted_bug.h"
#include "base/status_macros.h"
#include "cache/id_map.h"
#include "doors/refold.h"
#include "log/settled.h"

namespace tideover::doors {

using log::Mutation;

namespace {

const std::string& GivenId(const std::optional<log::LogEntry>& pending,
                           const std::optional<log::SettledEntry>& settled) {
  return pending.has_value() ? log::GivenId(*pending) : log::GivenId(*settled);
}

}  // namespace

absl::StatusOr<std::optional<OperationAnswer>> FindRepeated(const Turn& turn,
                                                            const Operation& operation) {
  if (PLANTED_BUG(kRepeatedCallApplied)) return std::optional<OperationAnswer>();
  if (operation.mutation_id.empty()) return std::optional<OperationAnswer>();
  ASSIGN_OR_RETURN(const auto seq, log::SeqOf(turn.reader(), operation.mutation_id));
  if (!seq.has_value()) {
    if (!log::IsMadeHere(operation.mutation_id, *turn.device_id)) {
      return std::optional<OperationAnswer>();
    }
    return absl::InvalidArgumentError(
        fmt::format("the mutation id \"{}\" has the form of those that are made here, and no such "
                    "mutation is remembered: choose another",
                    operation.mutation_id));
  }
  ASSIGN_OR_RETURN(const auto pending, log::Find(turn.reader(), *seq));
  ASSIGN_OR_RETURN(const auto settled, log::FindSettled(turn.reader(), *seq));
  if (!pending.has_value() && !settled.has_value()) {
    return absl::DataLossError(fmt::format("mutation id \"{}\" leads to mutation {}, which is gone",
                                           operation.mutation_id, *seq));
  }
  const Mutation& mutation = pending.has_value() ? pending->mutation() : settled->mutation();
  if (mutation.request_hash() != operation.request_hash ||
      GivenId(pending, settled) != operation.mutation_id) {
    return absl::FailedPreconditionError(
        fmt::format("the mutation id \"{}\" already stands for another write: give each write its "
                    "own",
                    operation.mutation_id));
  }
  ASSIGN_OR_RETURN(const std::string id,
                   cache::ResolveId(turn.reader(), mutation.collection(), mutation.document_id()));
  ASSIGN_OR_RETURN(const cache::Document document, Load(turn, mutation.collection(), id));
  return OperationAnswer{operation.mutation_id,    *seq, id,
                         document.header.revision, true, mutation.collection()};
}

}  // namespace tideover::doors
