// The part of OperationBinder that binds a batch operation: its one argument, the words for kinds
// of writes, and where the results are.
#include <fmt/format.h>

#include <algorithm>

#include "appsync/bind_checks.h"
#include "appsync/bind_operation.h"
#include "base/status_macros.h"

namespace tideover::appsync {
namespace {

struct Kind {
  const char* name;
  std::string BatchBinding::*word;
  std::optional<OperationBinding> CollectionBinding::*operation;
};

constexpr Kind kKinds[] = {
    {"create", &BatchBinding::create_word, &CollectionBinding::create},
    {"update", &BatchBinding::update_word, &CollectionBinding::update},
    {"delete", &BatchBinding::delete_word, &CollectionBinding::remove},
};

absl::Status BindKinds(const BatchSource& source, const CollectionBinding& collection,
                       BatchBinding* batch) {
  if (!source.kinds.has_value()) {
    for (const Kind& kind : kKinds) {
      if ((collection.*kind.operation).has_value()) batch->*kind.word = kind.name;
    }
    return absl::OkStatus();
  }
  for (const auto& [name, word] : *source.kinds) {
    const auto* kind =
        std::find_if(std::begin(kKinds), std::end(kKinds),
                     [&wanted = name](const Kind& known) { return known.name == wanted; });
    if (kind == std::end(kKinds)) {
      return WrongAt(source.operation,
                     fmt::format("kinds: \"{}\" is none of create, update, delete", name));
    }
    if (!(collection.*(kind->operation)).has_value()) {
      return WrongAt(source.operation,
                     fmt::format("kinds: the collection has no operation \"{}\", whose arguments "
                                 "the items would have",
                                 name));
    }
    batch->*(kind->word) = word;
  }
  return absl::OkStatus();
}

// Members that stand beside the arguments must not be called like one of them.
absl::Status CheckMembers(const BatchSource& source, const CollectionBinding& collection,
                          const BatchBinding& batch) {
  if (!batch.values_member.empty()) return absl::OkStatus();
  for (const Kind& kind : kKinds) {
    const auto& operation = collection.*kind.operation;
    if (!operation.has_value()) continue;
    for (const std::string& member : {batch.kind_member, batch.mutation_member}) {
      if (member.empty() || operation->FindArgument(member) == nullptr) continue;
      return WrongAt(source.operation,
                     fmt::format("an item's \"{}\" would be a member of the document too; name "
                                 "the member that holds the document's own by values",
                                 member));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<BatchBinding> OperationBinder::BindBatch(const BatchSource& source,
                                                        const CollectionBinding& collection,
                                                        const Selection* shown) const {
  const SchemaOperation* found = nullptr;
  OperationSource field = source.operation;
  field.ok.clear();
  BatchBinding batch;
  ASSIGN_OR_RETURN(batch.operation, BindField(field, OperationKind::kMutation, &found));
  ASSIGN_OR_RETURN(batch.operation.arguments, ReadArguments(field, found, {}));
  if (batch.operation.arguments.size() != 1) {
    return WrongAt(field, fmt::format("a batch operation takes one argument, the list of writes, "
                                      "not {}; name it by argument",
                                      batch.operation.arguments.size()));
  }
  const Argument& items = batch.operation.arguments.front();
  if (!items.type.is_array) {
    return WrongAt(field,
                   fmt::format("argument \"{}\" is {}, no list", items.name, items.type.Written()));
  }
  batch.kind_member = source.kind_member;
  batch.mutation_member = source.mutation_member;
  batch.values_member = source.values_member;
  batch.values_as_text = source.values_as_text;
  RETURN_IF_ERROR(BindKinds(source, collection, &batch));
  RETURN_IF_ERROR(CheckMembers(source, collection, batch));
  RETURN_IF_ERROR(BindResults(source, found, shown, &batch));
  return batch;
}

absl::Status OperationBinder::BindResults(const BatchSource& source, const SchemaOperation* found,
                                          const Selection* shown, BatchBinding* batch) const {
  const OperationSource& field = source.operation;
  batch->results = source.results.value_or("");
  RETURN_IF_ERROR(CheckSelected(field, "results", batch->results, batch->operation.select));
  const TypeRef* type = found == nullptr ? nullptr : TypeAt(schema_, found->type, batch->results);
  if (type != nullptr && !type->is_array) {
    return WrongAt(field,
                   fmt::format("results: \"{}\" is {}, no list", batch->results, type->Written()));
  }
  const Selection* result = SelectionAt(batch->operation.select, batch->results);
  batch->ok = field.ok;
  batch->conflict = source.conflict;
  batch->retry = source.retry;
  if (batch->ok.empty()) {
    return WrongAt(field, "\"ok\" is missing: what makes one of the results a success");
  }
  for (const auto& [key, conditions] :
       {std::pair("ok", &batch->ok), std::pair("conflict", &batch->conflict),
        std::pair("retry", &batch->retry)}) {
    for (const Condition& condition : *conditions) {
      RETURN_IF_ERROR(CheckSelected(field, key, condition.pointer, *result));
    }
  }
  if (source.error.has_value()) {
    RETURN_IF_ERROR(CheckSelected(field, "error", *source.error, *result));
    batch->error = source.error;
  }
  const bool creates = !batch->create_word.empty() && ids_ == doors::IdMode::kServer;
  return BindDocument(field, creates ? Role::kCreate : Role::kUpdate, shown, result,
                      &batch->operation);
}

}  // namespace tideover::appsync
