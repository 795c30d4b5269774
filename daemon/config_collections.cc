#include "config_collections.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "appsync/bind_model.h"
#include "base/status_macros.h"
#include "base/text.h"
#include "config_operations.h"

namespace tideover {
namespace {

constexpr const char* kNoField = "\"field\" is missing: the operation's name";

std::optional<appsync::OperationSource> ReadNested(ConfigReader* collection, std::string_view key) {
  std::optional<ConfigReader> reader = collection->Table(key);
  if (!reader.has_value()) return std::nullopt;
  appsync::OperationSource source = ReadOperation(&*reader);
  reader->Text("document", &source.document);
  reader->Text("items", &source.items);
  reader->Text("next_token", &source.next_token);
  reader->Finish();
  if (source.field.empty()) reader->Fail(kNoField);
  return source;
}

void ReadSubscriptions(ConfigReader* collection, appsync::CollectionSource* source) {
  collection->Flag("live", &source->live);
  for (ConfigReader& reader : collection->TableList("subscriptions")) {
    appsync::OperationSource subscription = ReadOperation(&reader);
    reader.Text("document", &subscription.document);
    reader.Flag("deletes", &subscription.deletes);
    reader.Finish();
    if (subscription.field.empty()) reader.Fail(kNoField);
    source->subscriptions.push_back(std::move(subscription));
  }
}

std::optional<appsync::BatchSource> ReadBatch(ConfigReader* collection) {
  std::optional<ConfigReader> reader = collection->Table("batch");
  if (!reader.has_value()) return std::nullopt;
  appsync::BatchSource source;
  appsync::OperationSource& operation = source.operation;
  operation.where = reader->Where();
  std::string argument;
  reader->Text("field", &operation.field);
  reader->Text("argument", &argument);
  if (!argument.empty()) operation.arguments = {argument};
  reader->Text("select", &operation.select);
  reader->Text("kind", &source.kind_member);
  std::vector<std::pair<std::string, std::string>> kinds;
  reader->TextTable("kinds", &kinds);
  if (!kinds.empty()) source.kinds = std::move(kinds);
  reader->Text("mutation", &source.mutation_member);
  reader->Text("values", &source.values_member);
  reader->Flag("values_as_text", &source.values_as_text);
  reader->Text("results", &source.results);
  ReadConditions(&*reader, "ok", &operation.ok);
  ReadConditions(&*reader, "conflict", &source.conflict);
  ReadConditions(&*reader, "retry", &source.retry);
  reader->Text("document", &operation.document);
  reader->Text("error", &source.error);
  reader->Finish();
  if (operation.field.empty()) reader->Fail(kNoField);
  if (source.kind_member.empty())
    reader->Fail("kind", "an item must say what it does: name a member");
  return source;
}

void ReadConflicts(ConfigReader* reader, CollectionEntry* entry) {
  using doors::ConflictMode;
  reader->Word<ConflictMode>("conflict",
                             {{"last_write_wins", ConflictMode::kLastWriteWins},
                              {"optimistic_concurrency", ConflictMode::kOptimisticConcurrency},
                              {"merge", ConflictMode::kMerge},
                              {"manual", ConflictMode::kManual},
                              {"handler", ConflictMode::kHandler}},
                             &entry->conflict);
  reader->Word<doors::Prefer>(
      "prefer", {{"server", doors::Prefer::kServer}, {"client", doors::Prefer::kClient}},
      &entry->prefer);
  std::string version;
  reader->Text("version", &version);
  if (!version.empty()) entry->source.version_field = version;
  if (entry->conflict != ConflictMode::kLastWriteWins && version.empty()) {
    reader->Fail("conflict",
                 "a conflict cannot be noticed without versions: say version = \"_version\" (the "
                 "backend must have them), or conflict = \"last_write_wins\"");
  }
  reader->TextTable("references", &entry->references);
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

void ReadCommuting(ConfigReader* reader, appsync::CollectionSource* source) {
  constexpr std::pair<const char*, log::Mutation::Kind> kKeys[] = {
      {"increment", log::Mutation::INCREMENT},
      {"add_to_set", log::Mutation::ADD_TO_SET},
      {"remove", log::Mutation::REMOVE}};
  for (const auto& [key, kind] : kKeys) {
    auto operation = ReadNested(reader, key);
    if (operation.has_value()) source->commuting[kind] = *std::move(operation);
  }
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
  ReadConflicts(&reader, &entry);
  source.list = ReadNested(&reader, "list");
  source.create = ReadNested(&reader, "create");
  source.update = ReadNested(&reader, "update");
  source.remove = ReadNested(&reader, "delete");
  ReadCommuting(&reader, &source);
  source.batch = ReadBatch(&reader);
  ReadSubscriptions(&reader, &source);
  std::optional<std::vector<std::string>> refusals;
  reader.Texts("refusals", &refusals);
  source.refusals = refusals.value_or(std::vector<std::string>());
  ReadTuning(&reader, &entry.tuning);
  reader.Finish();
  return entry;
}

namespace {

bool Carries(const std::optional<appsync::OperationBinding>& operation, const std::string& member) {
  return operation.has_value() && operation->FindArgument(member) != nullptr;
}

absl::Status BindReferences(const std::vector<CollectionEntry>& entries,
                            const CollectionEntry& entry, CollectionConfig* collection) {
  for (const auto& [member, target] : entry.references) {
    std::vector<std::string> names;
    for (const CollectionEntry& other : entries) names.push_back(other.source.name);
    if (std::find(names.begin(), names.end(), target) == names.end()) {
      return absl::InvalidArgumentError(
          fmt::format("{}: references: \"{}\" names the collection \"{}\", which is none of {}",
                      entry.source.where, member, target, fmt::join(names, ", ")));
    }
    const appsync::CollectionBinding& binding = collection->binding;
    if (!Carries(binding.create, member) && !Carries(binding.update, member)) {
      return absl::InvalidArgumentError(
          fmt::format("{}: references: no operation carries \"{}\"", entry.source.where, member));
    }
    collection->rules.references[member] = target;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<CollectionConfig>> BindCollections(
    const std::vector<CollectionEntry>& entries, const appsync::Introspection* schema,
    std::vector<std::string>* notes) {
  std::vector<CollectionConfig> collections;
  for (const CollectionEntry& entry : entries) {
    CollectionConfig collection;
    ASSIGN_OR_RETURN(collection.binding, appsync::BindCollection(entry.source, schema));
    collection.tuning = entry.tuning;
    collection.rules = appsync::RulesOf(collection.binding);
    collection.rules.conflict = entry.conflict;
    collection.rules.prefer = entry.prefer;
    RETURN_IF_ERROR(BindReferences(entries, entry, &collection));
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
