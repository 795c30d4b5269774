// The part of the configuration that says which collections there are: [collections.*] and, where
// there is none, every model of the schema. Used by config.cc while the daemon starts.
#ifndef TIDEOVER_CONFIG_COLLECTIONS_H_
#define TIDEOVER_CONFIG_COLLECTIONS_H_

#include <absl/status/statusor.h>

#include <string>
#include <utility>
#include <vector>

#include "appsync/bind.h"
#include "appsync/introspection.h"
#include "config.h"
#include "config_reader.h"
#include "doors/rules.h"
#include "sync/tuning.h"

namespace tideover {

// One table, read but not yet bound.
struct CollectionEntry {
  appsync::CollectionSource source;
  sync::CollectionTuning tuning;
  doors::ConflictMode conflict = doors::ConflictMode::kLastWriteWins;
  doors::Prefer prefer = doors::Prefer::kServer;
  // Member to collection.
  std::vector<std::pair<std::string, std::string>> references;
};

// Mistakes are kept by the reader.
CollectionEntry ReadCollection(const std::string& name, ConfigReader reader);

// Binds what was read; `schema` may be nullptr. Without entries every model becomes a collection of
// its name, and those that cannot be bound become notes.
absl::StatusOr<std::vector<CollectionConfig>> BindCollections(
    const std::vector<CollectionEntry>& entries, const appsync::Introspection* schema,
    std::vector<std::string>* notes);

}  // namespace tideover

#endif  // TIDEOVER_CONFIG_COLLECTIONS_H_
