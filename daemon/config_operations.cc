#include "config_operations.h"

#include <optional>
#include <utility>

#include "base/status_macros.h"
#include "base/text.h"

namespace tideover {
namespace {

OperationConfig Finished(appsync::OperationBinding binding, const sync::OperationTuning& tuning) {
  OperationConfig operation;
  operation.rules = appsync::RulesOf(binding);
  operation.binding = std::move(binding);
  operation.tuning = tuning;
  return operation;
}

}  // namespace

void ReadConditions(ConfigReader* reader, std::string_view key,
                    std::vector<appsync::Condition>* conditions) {
  std::vector<std::pair<std::string, std::string>> written;
  reader->TextTable(key, &written);
  for (auto& [pointer, expected] : written) conditions->push_back({pointer, expected});
}

appsync::OperationSource ReadOperation(ConfigReader* reader) {
  appsync::OperationSource source;
  source.where = reader->Where();
  reader->Text("field", &source.field);
  reader->Texts("arguments", &source.arguments);
  reader->Text("select", &source.select);
  ReadConditions(reader, "ok", &source.ok);
  return source;
}

OperationEntry ReadOperationEntry(const std::string& name, ConfigReader reader) {
  OperationEntry entry;
  entry.name = name;
  if (!base::CheckCollectionName(name).ok()) {
    reader.Fail("an operation's name must be a letter or _ followed by letters, digits or _");
  }
  entry.source = ReadOperation(&reader);
  if (entry.source.field.empty()) entry.source.field = name;
  entry.source.may_be_scalar = true;
  std::optional<std::vector<std::string>> refusals;
  reader.Texts("refusals", &refusals);
  entry.refusals = refusals.value_or(std::vector<std::string>());
  reader.Word<sync::AmbiguousInvoke>(
      "ambiguous",
      {{"hold", sync::AmbiguousInvoke::kHold}, {"resend", sync::AmbiguousInvoke::kResend}},
      &entry.tuning.ambiguous);
  reader.Finish();
  return entry;
}

absl::StatusOr<std::map<std::string, OperationConfig, std::less<>>> BindOperations(
    const std::vector<OperationEntry>& entries, const appsync::Introspection* schema,
    std::vector<std::string>* notes) {
  std::map<std::string, OperationConfig, std::less<>> operations;
  for (const OperationEntry& entry : entries) {
    ASSIGN_OR_RETURN(auto binding, appsync::BindInvoke(entry.source, entry.refusals, schema));
    operations.emplace(entry.name, Finished(std::move(binding), entry.tuning));
  }
  if (schema == nullptr) return operations;
  for (const auto& [name, field] : schema->mutations) {
    if (operations.contains(name)) continue;
    appsync::OperationSource source;
    source.where = "operation " + name;
    source.field = name;
    auto binding = appsync::BindInvoke(source, {}, schema);
    if (binding.ok()) {
      operations.emplace(name, Finished(*std::move(binding), {}));
    } else {
      notes->emplace_back(binding.status().message());
    }
  }
  return operations;
}

}  // namespace tideover
