#include "doors/invoke.h"

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "base/planted_bug.h"
#include "base/status_macros.h"
#include "doors/dependency.h"
#include "doors/merge_door.h"
#include "doors/refold.h"
#include "log/lanes.h"

namespace tideover::doors {

using log::LogEntry;
using log::Mutation;
using log::SettledEntry;

absl::Status RefoldEffects(Turn* turn, uint64_t seq, const Mutation& invoke, bool settles) {
  for (const auto& [collection, id] : log::LanesOf(seq, invoke)) {
    if (collection == log::kNoCollection) continue;
    ASSIGN_OR_RETURN(cache::Document document, Load(*turn, collection, id));
    if (settles) document.header.settled_commit = turn->commit();
    RETURN_IF_ERROR(RefoldAndStore(turn, collection, id, std::move(document),
                                   /*keep_tombstone=*/true));
  }
  return absl::OkStatus();
}

absl::Status SettleInvoke(Turn* turn, uint64_t seq, const LogEntry& entry, SettledEntry settled) {
  const Mutation& invoke = entry.mutation();
  const bool confirmed = settled.outcome() == SettledEntry::CONFIRMED;
  RETURN_IF_ERROR(Settle(turn, seq, entry, std::move(settled)));
  if (PLANTED_BUG(kEffectsStillShown)) return absl::OkStatus();
  RETURN_IF_ERROR(RefoldEffects(turn, seq, invoke, /*settles=*/true));
  if (!confirmed) return LoseMaker(turn, seq, invoke);
  // With an id that was made here for good the server may well know the document now.
  Mutation unmade = invoke;
  auto& effects = *unmade.mutable_effects();
  effects.erase(std::remove_if(effects.begin(), effects.end(),
                               [](const Mutation::Effect& effect) {
                                 return effect.provisional_id().empty() &&
                                        !base::IsProvisionalId(effect.document().document_id());
                               }),
                effects.end());
  return LoseMaker(turn, seq, unmade);
}

}  // namespace tideover::doors
