#include "view/coalesce.h"

#include <algorithm>
#include <utility>

#include "view/commute.h"

namespace tideover::view {
namespace {

using log::Mutation;

bool CanCompose(const json::Value& first, const json::Value& second) {
  return std::all_of(second.members().begin(), second.members().end(), [&](const auto& member) {
    const json::Value* before = first.Find(member.name);
    if (before == nullptr || !member.value.is_object()) return true;
    return before->is_object() && CanCompose(*before, member.value);
  });
}

void Compose(json::Value* first, const json::Value& second) {
  for (const json::Member& member : second.members()) {
    json::Value* before = first->Find(member.name);
    if (before != nullptr && before->is_object() && member.value.is_object()) {
      Compose(before, member.value);
    } else {
      first->Set(member.name, member.value);
    }
  }
}

}  // namespace

bool ComposePatches(json::Value* first, const json::Value& second) {
  if (!CanCompose(*first, second)) return false;
  Compose(first, second);
  return true;
}

Coalesced Coalesce(Write* write, Mutation::Kind kind, const json::Value& change) {
  if (Commutes(kind) && write->kind == kind) {
    return ComposeOperands(kind, &write->change, change) ? Coalesced::kOne : Coalesced::kApart;
  }
  const bool whole = write->kind == Mutation::CREATE || write->kind == Mutation::REPLACE;
  if (!whole && write->kind != Mutation::UPDATE) return Coalesced::kApart;
  switch (kind) {
    case Mutation::UPDATE:
      if (whole) {
        json::MergePatch(&write->change, change);
        return Coalesced::kOne;
      }
      return ComposePatches(&write->change, change) ? Coalesced::kOne : Coalesced::kApart;
    case Mutation::REPLACE:
      if (!whole) write->kind = Mutation::REPLACE;
      write->change = change;
      return Coalesced::kOne;
    case Mutation::DELETE:
      if (write->kind == Mutation::CREATE) return Coalesced::kCancelled;
      *write = {Mutation::DELETE, json::Value()};
      return Coalesced::kOne;
    case Mutation::INCREMENT:
    case Mutation::ADD_TO_SET:
    case Mutation::REMOVE:
      if (!whole) return Coalesced::kApart;
      json::MergePatch(&write->change, PatchFor(kind, change, write->change));
      return Coalesced::kOne;
    default:
      return Coalesced::kApart;
  }
}

}  // namespace tideover::view
