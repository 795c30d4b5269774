// The part of the configuration that says which custom operations apps may invoke: every mutation
// of the schema by its own name, and [operations.*], which says what the schema does not tell or
// gives another name. Used by config.cc and config_collections.cc while the daemon starts.
#ifndef TIDEOVER_CONFIG_OPERATIONS_H_
#define TIDEOVER_CONFIG_OPERATIONS_H_

#include <absl/status/statusor.h>

#include <map>
#include <string>
#include <vector>

#include "appsync/bind.h"
#include "appsync/introspection.h"
#include "config.h"
#include "config_reader.h"
#include "sync/tuning.h"

namespace tideover {

// One table, read but not yet bound.
struct OperationEntry {
  std::string name;
  appsync::OperationSource source;
  std::vector<std::string> refusals;
  sync::OperationTuning tuning;
};

// Mistakes are kept by the reader.
OperationEntry ReadOperationEntry(const std::string& name, ConfigReader reader);

// The keys that all operations share: field, arguments, select, ok. Not finished.
appsync::OperationSource ReadOperation(ConfigReader* reader);
void ReadConditions(ConfigReader* reader, std::string_view key,
                    std::vector<appsync::Condition>* conditions);

// `schema` may be nullptr. Mutations of the schema that cannot be bound become notes.
absl::StatusOr<std::map<std::string, OperationConfig, std::less<>>> BindOperations(
    const std::vector<OperationEntry>& entries, const appsync::Introspection* schema,
    std::vector<std::string>* notes);

}  // namespace tideover

#endif  // TIDEOVER_CONFIG_OPERATIONS_H_
