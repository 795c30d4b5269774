#include "view/fold.h"

#include <fmt/format.h>

#include <cstdint>
#include <utility>

#include "base/status_macros.h"
#include "view/commute.h"

namespace tideover::view {

void SetId(json::Value* document, std::string_view id_field, std::string_view id) {
  if (json::Value* existing = document->Find(id_field)) {
    *existing = json::Value::String(id);
    return;
  }
  auto& members = document->members();
  members.insert(members.begin(), {std::string(id_field), json::Value::String(id)});
}

std::optional<json::Value> Apply(std::optional<json::Value> document, log::Mutation::Kind kind,
                                 const json::Value& change, std::string_view id_field,
                                 std::string_view id) {
  switch (kind) {
    case log::Mutation::CREATE:
      if (!document.has_value()) {
        document = change;
      } else {
        for (const json::Member& member : change.members()) {
          document->Set(member.name, member.value);
        }
      }
      SetId(&*document, id_field, id);
      return document;
    case log::Mutation::UPDATE:
      if (!document.has_value()) return std::nullopt;
      json::MergePatch(&*document, change);
      SetId(&*document, id_field, id);
      return document;
    case log::Mutation::REPLACE: {
      if (!document.has_value()) return std::nullopt;
      json::Value made = change;
      SetId(&made, id_field, id);
      return made;
    }
    case log::Mutation::INCREMENT:
    case log::Mutation::ADD_TO_SET:
    case log::Mutation::REMOVE:
      if (!document.has_value()) return std::nullopt;
      json::MergePatch(&*document, PatchFor(kind, change, *document));
      SetId(&*document, id_field, id);
      return document;
    default:
      return std::nullopt;
  }
}

absl::StatusOr<Write> WriteOf(const log::LogEntry& entry) {
  const log::Mutation& mutation = entry.mutation();
  const bool absolute = !entry.push().sent_json().empty();
  Write write{absolute ? log::Mutation::UPDATE : mutation.kind(), json::Value()};
  if (write.kind == log::Mutation::DELETE) return write;
  // A sum or a list on the server's document may be longer than what an app may write.
  const json::Limits limits = absolute ? json::Limits{SIZE_MAX, SIZE_MAX} : json::Limits();
  absl::StatusOr<json::Value> change =
      json::Parse(absolute ? entry.push().sent_json() : mutation.json(), limits);
  if (!change.ok()) {
    return absl::DataLossError(fmt::format("the change of mutation {} does not parse: {}",
                                           mutation.mutation_id(),
                                           std::string(change.status().message())));
  }
  write.change = *std::move(change);
  return write;
}

namespace {

absl::StatusOr<std::optional<json::Value>> ApplyEffects(std::optional<json::Value> document,
                                                        const log::Mutation& invoke,
                                                        std::string_view id_field,
                                                        const log::DocumentKey& key) {
  for (const log::Mutation::Effect& effect : invoke.effects()) {
    if (log::KeyOf(effect.document()) != key) continue;
    json::Value change;
    if (effect.kind() != log::Mutation::DELETE) {
      absl::StatusOr<json::Value> parsed = json::Parse(effect.json());
      if (!parsed.ok()) {
        return absl::DataLossError(fmt::format("an effect of mutation {} does not parse: {}",
                                               invoke.mutation_id(),
                                               std::string(parsed.status().message())));
      }
      change = *std::move(parsed);
    }
    document = Apply(std::move(document), effect.kind(), change, id_field, key.second);
  }
  return document;
}

}  // namespace

absl::StatusOr<std::optional<json::Value>> Fold(std::optional<json::Value> base,
                                                std::span<const log::LogEntry> pending,
                                                std::string_view id_field,
                                                const log::DocumentKey& key) {
  std::optional<json::Value> document = std::move(base);
  for (const log::LogEntry& entry : pending) {
    if (entry.mutation().kind() == log::Mutation::INVOKE) {
      ASSIGN_OR_RETURN(document,
                       ApplyEffects(std::move(document), entry.mutation(), id_field, key));
      continue;
    }
    ASSIGN_OR_RETURN(const Write write, WriteOf(entry));
    document = Apply(std::move(document), write.kind, write.change, id_field, key.second);
  }
  return document;
}

}  // namespace tideover::view
