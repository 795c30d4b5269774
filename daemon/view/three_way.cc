#include "view/three_way.h"

#include <string>
#include <utility>

#include "view/commute.h"
#include "view/fold.h"

namespace tideover::view {
namespace {

using json::Value;
using log::Mutation;

const Value* Present(const Value* value) {
  return value == nullptr || value->is_null() ? nullptr : value;
}

bool Same(const Value* a, const Value* b) {
  a = Present(a);
  b = Present(b);
  return a == nullptr || b == nullptr ? a == b : *a == *b;
}

Value MergeObjects(const Value& base, const Value& ours, const Value& theirs, Prefer prefer);

// Empty: the member is gone.
std::optional<Value> MergeMember(const Value* base, const Value* ours, const Value* theirs,
                                 Prefer prefer) {
  const auto taken = [](const Value* value) {
    return value == nullptr ? std::nullopt : std::optional(*value);
  };
  if (Same(ours, base) || Same(ours, theirs)) return taken(theirs);
  if (Same(theirs, base)) return taken(ours);
  if (ours != nullptr && ours->is_object() && theirs != nullptr && theirs->is_object()) {
    const bool nested = base != nullptr && base->is_object();
    return MergeObjects(nested ? *base : Value::Object(), *ours, *theirs, prefer);
  }
  return taken(prefer == Prefer::kClient ? ours : theirs);
}

Value MergeObjects(const Value& base, const Value& ours, const Value& theirs, Prefer prefer) {
  Value merged = Value::Object();
  const auto take = [&](const std::string& name) {
    auto value = MergeMember(base.Find(name), ours.Find(name), theirs.Find(name), prefer);
    if (value.has_value()) merged.Set(name, *std::move(value));
  };
  for (const json::Member& member : theirs.members()) take(member.name);
  for (const json::Member& member : ours.members()) {
    if (theirs.Find(member.name) == nullptr) take(member.name);
  }
  return merged;
}

Merged Send(Mutation::Kind kind, Value change) {
  return {Merged::Result::kSend, {kind, std::move(change)}};
}

Merged MergeWithNone(const std::optional<Value>& ours_document, const Write& ours, Prefer prefer) {
  switch (ours.kind) {
    case Mutation::DELETE:
      return {};
    case Mutation::CREATE:
      return {Merged::Result::kSend, ours};
    case Mutation::UPDATE:
    case Mutation::REPLACE:
      if (prefer == Prefer::kClient && ours_document.has_value()) {
        return Send(Mutation::CREATE, *ours_document);
      }
      break;
    default:
      break;
  }
  return {Merged::Result::kImpossible, {}};
}

std::optional<Value> Without(std::string_view id_field, std::optional<Value> document) {
  if (document.has_value()) document->Remove(id_field);
  return document;
}

}  // namespace

Merged MergeThreeWay(const std::optional<Value>& base, const Write& ours,
                     const std::optional<Value>& theirs, Prefer prefer, std::string_view id_field) {
  std::optional<Value> before = Without(id_field, base);
  const std::optional<Value> now = Without(id_field, theirs);
  const auto apply = [&](const std::optional<Value>& document) {
    return Without(id_field, Apply(document, ours.kind, ours.change, id_field, ""));
  };
  if (!now.has_value()) return MergeWithNone(apply(before), ours, prefer);
  if (ours.kind == Mutation::DELETE) {
    const bool changed = !before.has_value() || DiffPatch(*before, *now) != Value::Object();
    if (changed && prefer == Prefer::kServer) return {Merged::Result::kImpossible, {}};
    return {Merged::Result::kSend, ours};
  }
  if (Commutes(ours.kind)) {
    const bool sum = ours.kind == Mutation::INCREMENT;
    if (!sum && DiffPatch(*now, *apply(now)) == Value::Object()) return {};
    return {Merged::Result::kSend, ours};
  }
  if (!before.has_value()) {
    // Nobody knows what they changed of a base that nobody knows: all, or nothing.
    const bool unknown = ours.kind != Mutation::CREATE && prefer == Prefer::kClient;
    before = unknown ? *now : Value::Object();
  }
  // Where we know that we knew nothing, the create is the first side's whole document.
  const std::optional<Value> mine =
      ours.kind == Mutation::CREATE ? std::optional(ours.change) : apply(before);
  const Value merged = MergeObjects(*before, *Without(id_field, mine), *now, prefer);
  Value patch = DiffPatch(*now, merged);
  if (patch.members().empty()) return {};
  if (ours.kind == Mutation::REPLACE) return Send(Mutation::REPLACE, merged);
  return Send(Mutation::UPDATE, std::move(patch));
}

Value DiffPatch(const Value& from, const Value& to) {
  Value patch = Value::Object();
  for (const json::Member& member : to.members()) {
    const Value* before = from.Find(member.name);
    if (Same(before, &member.value) || member.value.is_null()) continue;
    if (before != nullptr && before->is_object() && member.value.is_object()) {
      Value nested = DiffPatch(*before, member.value);
      if (!nested.members().empty()) patch.Set(member.name, std::move(nested));
    } else {
      patch.Set(member.name, member.value);
    }
  }
  for (const json::Member& member : from.members()) {
    const bool gone = Present(to.Find(member.name)) == nullptr && !member.value.is_null();
    if (gone) patch.Set(member.name, Value());
  }
  return patch;
}

}  // namespace tideover::view
