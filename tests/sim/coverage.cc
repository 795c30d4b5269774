#include "sim/coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace tideover::sim {
namespace {

constexpr const char* kFaultNames[kFaultCount] = {
    "never sent",
    "request lost",
    "answer lost",
    "carried out late",
    "slow",
    "request doubled",
    "silence",
    "network gone",
    "429",
    "503",
    "504",
    "error below a committed field",
    "403",
    "401",
    "refused with others",
    "refused alone",
    "conflict",
    "no room on disk",
    "crash before a commit",
    "crash after a commit",
    "crash at any time",
    "upgrade",
    "suspend",
    "wall clock jump",
    "server restored",
    "identity switch",
    "foreign write",
    "message late or doubled",
    "live connection cut",
    "operator",
};
constexpr const char* kKindNames[] = {"create",    "update", "replace", "delete",
                                      "increment", "add",    "remove",  "invoke"};

// What cannot meet by nature.
struct Never {
  Fault fault;
  log::Mutation::Kind kind;
  const char* why;
};
constexpr Never kNever[] = {
    {Fault::kConflict, log::Mutation::CREATE, "what does not exist yet has no version"},
    {Fault::kConflict, log::Mutation::INVOKE, "a custom operation has no document"},
};

bool CannotMeet(size_t fault, size_t kind) {
  return std::any_of(std::begin(kNever), std::end(kNever), [&](const Never& never) {
    return static_cast<size_t>(never.fault) == fault && static_cast<size_t>(never.kind) == kind + 1;
  });
}

}  // namespace

void Coverage::Note(Fault fault, log::Mutation::Kind kind) {
  const auto column = static_cast<size_t>(kind) - 1;
  if (column < kKindCount) ++met_[static_cast<size_t>(fault)][column];
}

std::string Coverage::Table() const {
  std::string table = fmt::format("{:>30}", "");
  for (const char* name : kKindNames) table += fmt::format(" {:>9}", name);
  for (size_t fault = 0; fault < kFaultCount; ++fault) {
    table += fmt::format("\n{:>30}", kFaultNames[fault]);
    for (const uint64_t met : met_[fault]) table += fmt::format(" {:>9}", met);
  }
  return table + "\n";
}

std::string Coverage::Missing() const {
  std::string missing;
  for (size_t fault = 0; fault < kFaultCount; ++fault) {
    for (size_t kind = 0; kind < kKindCount; ++kind) {
      if (met_[fault][kind] > 0 || CannotMeet(fault, kind)) continue;
      missing += fmt::format("{} during a {}\n", kFaultNames[fault], kKindNames[kind]);
    }
  }
  return missing;
}

}  // namespace tideover::sim
