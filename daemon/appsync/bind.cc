#include "appsync/bind.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "appsync/bind_checks.h"
#include "appsync/bind_model.h"
#include "appsync/bind_operation.h"
#include "base/json.h"
#include "base/status_macros.h"
#include "base/text.h"

namespace tideover::appsync {
namespace {

absl::Status Wrong(const std::string& where, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", where, what));
}

absl::StatusOr<CollectionBinding> BindToModel(const CollectionSource& source,
                                              const Introspection* schema) {
  if (source.list || source.create || source.update || source.remove || source.batch ||
      source.id_field || !source.commuting.empty() || !source.subscriptions.empty()) {
    return Wrong(source.where, "says \"model\" and operations or \"id\"; say one or the other");
  }
  if (schema == nullptr) return Wrong(source.where, "a model needs amplify_outputs");
  const auto it = schema->models.find(*source.model);
  if (it == schema->models.end()) {
    return Wrong(source.where, WhatExists("model", *source.model, NamesOf(schema->models)));
  }
  absl::StatusOr<CollectionBinding> bound =
      BindModel(*schema, it->second, source.name, source.version_field.value_or(""));
  if (!bound.ok()) return Wrong(source.where, std::string(bound.status().message()));
  if (source.ids.has_value()) bound->ids = *source.ids;
  if (!source.live) bound->subscriptions.clear();
  return bound;
}

// The whole list's selection of one document; nullptr when it is not known.
const Selection* DocumentSelection(const OperationBinding& list) {
  return SelectionAt(list.select, list.items);
}

absl::StatusOr<std::vector<OperationBinding>> BindSubscriptions(const CollectionSource& source,
                                                                const OperationBinder& binder,
                                                                const Selection* shown) {
  if (source.subscriptions.size() > kSubscriptionsMax) {
    return Wrong(source.where, fmt::format("has {} subscriptions; {} are the most",
                                           source.subscriptions.size(), kSubscriptionsMax));
  }
  std::vector<OperationBinding> bound;
  for (const OperationSource& one : source.subscriptions) {
    for (const OperationBinding& other : bound) {
      if (other.field == one.field) {
        return WrongAt(one,
                       fmt::format("\"{}\" is subscribed to already: name it once", one.field));
      }
    }
    ASSIGN_OR_RETURN(OperationBinding subscription, binder.BindSubscription(one, shown));
    bound.push_back(std::move(subscription));
  }
  // What nobody will use was checked all the same.
  if (!source.live) bound.clear();
  return bound;
}

}  // namespace

absl::StatusOr<CollectionBinding> BindCollection(const CollectionSource& source,
                                                 const Introspection* schema) {
  if (source.model.has_value()) return BindToModel(source, schema);
  CollectionBinding collection;
  collection.name = source.name;
  collection.id_field = source.id_field.value_or("id");
  collection.ids = source.ids.value_or(doors::IdMode::kServer);
  if (!source.list.has_value()) {
    return Wrong(source.where,
                 "has no \"list\" operation (and no \"model\"), so it cannot be read");
  }
  collection.version_field = source.version_field.value_or("");
  const OperationBinder binder({collection.id_field, collection.version_field, collection.ids},
                               schema, source.refusals);
  ASSIGN_OR_RETURN(collection.list, binder.BindList(*source.list));
  const Selection* shown = DocumentSelection(collection.list);
  if (source.create.has_value()) {
    ASSIGN_OR_RETURN(collection.create, binder.BindMutation(*source.create, Role::kCreate, shown));
  }
  if (source.update.has_value()) {
    ASSIGN_OR_RETURN(collection.update, binder.BindMutation(*source.update, Role::kUpdate, shown));
  }
  if (source.remove.has_value()) {
    ASSIGN_OR_RETURN(collection.remove, binder.BindMutation(*source.remove, Role::kDelete, shown));
  }
  for (const auto& [kind, operation] : source.commuting) {
    ASSIGN_OR_RETURN(collection.commuting[kind],
                     binder.BindMutation(operation, Role::kCommute, shown));
  }
  if (source.batch.has_value()) {
    ASSIGN_OR_RETURN(collection.batch, binder.BindBatch(*source.batch, collection, shown));
  }
  ASSIGN_OR_RETURN(collection.subscriptions, BindSubscriptions(source, binder, shown));
  return collection;
}

absl::StatusOr<OperationBinding> BindInvoke(const OperationSource& source,
                                            const std::vector<std::string>& refusals,
                                            const Introspection* schema) {
  return OperationBinder({}, schema, refusals).BindInvoke(source);
}

}  // namespace tideover::appsync
