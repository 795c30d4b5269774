#include "config_collections.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "appsync/bind_model.h"
#include "base/status_macros.h"
#include "base/text.h"

namespace tideover {
namespace {

std::optional<appsync::OperationSource> ReadOperation(ConfigReader* collection,
                                                      std::string_view key) {
  std::optional<ConfigReader> reader = collection->Table(key);
  if (!reader.has_value()) return std::nullopt;
  appsync::OperationSource source;
  source.where = reader->Where();
  reader->Text("field", &source.field);
  reader->Texts("arguments", &source.arguments);
  reader->Text("select", &source.select);
  reader->Text("document", &source.document);
  reader->Text("items", &source.items);
  reader->Text("next_token", &source.next_token);
  std::vector<std::pair<std::string, std::string>> ok;
  reader->TextTable("ok", &ok);
  for (auto& [pointer, expected] : ok) source.ok.push_back({pointer, expected});
  reader->Finish();
  if (source.field.empty()) reader->Fail("\"field\" is missing: the operation's name");
  return source;
}

void ReadTuning(ConfigReader* reader, sync::CollectionTuning* tuning) {
  reader->Word<sync::AmbiguousCreate>("ambiguous",
                                      {{"verify", sync::AmbiguousCreate::kVerify},
                                       {"resend", sync::AmbiguousCreate::kResend},
                                       {"hold", sync::AmbiguousCreate::kHold}},
                                      &tuning->ambiguous);
  reader->Duration("stale_time", &tuning->stale_time);
  reader->Duration("poll_interval", &tuning->poll_interval);
  reader->Flag("refetch_on_settle", &tuning->refetch_on_settle);
  reader->Word<sync::NetworkMode>("network_mode",
                                  {{"online", sync::NetworkMode::kOnline},
                                   {"always", sync::NetworkMode::kAlways},
                                   {"offline_first", sync::NetworkMode::kOfflineFirst}},
                                  &tuning->network_mode);
}

}  // namespace

CollectionEntry ReadCollection(const std::string& name, ConfigReader reader) {
  CollectionEntry entry;
  appsync::CollectionSource& source = entry.source;
  source.where = reader.Where();
  source.name = name;
  if (const absl::Status named = base::CheckCollectionName(name); !named.ok()) {
    reader.Fail(std::string(named.message()));
  }
  reader.Text("model", &source.model);
  reader.Text("id", &source.id_field);
  reader.Word<std::optional<doors::IdMode>>("ids",
                                            {{"server", doors::IdMode::kServer},
                                             {"client_uuid", doors::IdMode::kClientUuid},
                                             {"client_objectid", doors::IdMode::kClientObjectId}},
                                            &source.ids);
  bool last_write_wins = true;
  reader.Word<bool>("conflict", {{"last_write_wins", true}}, &last_write_wins);
  source.list = ReadOperation(&reader, "list");
  source.create = ReadOperation(&reader, "create");
  source.update = ReadOperation(&reader, "update");
  source.remove = ReadOperation(&reader, "delete");
  std::optional<std::vector<std::string>> refusals;
  reader.Texts("refusals", &refusals);
  source.refusals = refusals.value_or(std::vector<std::string>());
  ReadTuning(&reader, &entry.tuning);
  reader.Finish();
  return entry;
}

absl::StatusOr<std::vector<CollectionConfig>> BindCollections(
    const std::vector<CollectionEntry>& entries, const appsync::Introspection* schema,
    std::vector<std::string>* notes) {
  std::vector<CollectionConfig> collections;
  for (const CollectionEntry& entry : entries) {
    CollectionConfig collection;
    ASSIGN_OR_RETURN(collection.binding, appsync::BindCollection(entry.source, schema));
    collection.tuning = entry.tuning;
    collection.rules = appsync::RulesOf(collection.binding);
    collections.push_back(std::move(collection));
  }
  if (!entries.empty() || schema == nullptr) return collections;
  for (const auto& [name, model] : schema->models) {
    absl::StatusOr<appsync::CollectionBinding> bound = appsync::BindModel(*schema, model, name);
    if (!bound.ok()) {
      notes->emplace_back(bound.status().message());
      continue;
    }
    CollectionConfig collection;
    collection.binding = *std::move(bound);
    collection.rules = appsync::RulesOf(collection.binding);
    collections.push_back(std::move(collection));
  }
  return collections;
}

}  // namespace tideover
