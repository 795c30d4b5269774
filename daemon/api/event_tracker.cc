#include "api/event_tracker.h"

#include <algorithm>

#include "api/convert.h"
#include "api/explain.h"

namespace tideover::api {
namespace {

using log::PushState;
using log::SettledEntry;

constexpr auto kNothing = [](v1::Event*) {};

// Whether the backend can be reached; a refused sign-in says nothing against it.
bool IsActive(const sync::EngineStatus& status) {
  return status.paused == sync::PauseReason::kNone || status.paused == sync::PauseReason::kAuth;
}

void FillSynced(const std::string& collection, const sync::ListCounts& before,
                const sync::ListCounts& now, v1::CollectionSyncedEvent* event) {
  event->set_collection(collection);
  event->set_is_full_sync(true);
  event->set_new_count(now.added - before.added);
  event->set_updated_count(now.updated - before.updated);
  event->set_deleted_count(now.removed - before.removed);
}

}  // namespace

const char* NameOfSettled(const view::Moved& moved, MutationFact* fact) {
  fact->seq = moved.seq;
  fact->outcome = OutcomeOf(moved.outcome);
  const bool rejected = moved.outcome == SettledEntry::REJECTED;
  fact->state = rejected ? v1::MUTATION_STATE_DEAD_LETTERED : v1::MUTATION_STATE_SETTLED;
  return rejected ? "outboxMutationDeadLettered" : "outboxMutationProcessed";
}

const char* NameOfHold(const view::Moved& moved, MutationFact* fact) {
  fact->seq = moved.seq;
  fact->state = v1::MUTATION_STATE_HELD;
  fact->hold = HoldReasonOf(moved.hold, /*held_for_auth=*/false);
  if (moved.hold == PushState::CONFLICT) return "conflictParked";
  // Let go, or waiting for the next list: nobody holds it.
  const bool held = moved.hold != PushState::NONE && moved.hold != PushState::VERIFY;
  return held ? "outboxHeld" : nullptr;
}

void SetThen(const MutationFact& fact, v1::Mutation* mutation) {
  if (mutation->state() == fact.state && mutation->hold_reason() == fact.hold) return;
  mutation->set_state(fact.state);
  mutation->set_hold_reason(fact.hold);
  mutation->set_outcome(fact.outcome);
  if (fact.outcome == v1::OUTCOME_UNSPECIFIED) mutation->clear_settled_at();
  mutation->set_explanation(Explain(*mutation));
}

void StatusTracker::Adopt(const sync::EngineStatus& status) {
  active_ = IsActive(status);
  live_ = status.IsLive();
  round_open_ = false;
  ready_ = !status.collections.empty();
  for (const auto& [name, collection] : status.collections) {
    counts_[name] = collection.counts;
    round_open_ = round_open_ || collection.listing;
    ready_ = ready_ && collection.counts.applied > 0;
  }
}

void StatusTracker::BeginSession() {
  counts_.clear();
  live_ = false;
  round_open_ = false;
  ready_ = false;
}

void StatusTracker::Look(const sync::EngineStatus& status, Emit emit) {
  const bool active = IsActive(status);
  if (active != active_) {
    active_ = active;
    emit("networkStatus",
         [active](v1::Event* event) { event->mutable_network()->set_active(active); });
  }
  const bool live = status.IsLive();
  if (live && !live_) emit("subscriptionsEstablished", kNothing);
  live_ = live;
  LookAtLists(status, emit);
}

void StatusTracker::LookAtLists(const sync::EngineStatus& status, Emit emit) {
  std::vector<std::string> begun;
  bool listing = false;
  bool all_applied = !status.collections.empty();
  bool all_well = true;
  for (const auto& [name, collection] : status.collections) {
    if (collection.counts.begun > counts_[name].begun) begun.push_back(name);
    listing = listing || collection.listing;
    all_applied = all_applied && collection.counts.applied > 0;
    all_well = all_well && collection.last_error.empty();
  }
  if (!begun.empty()) {
    round_open_ = true;
    emit("syncQueriesStarted", [&begun](v1::Event* event) {
      event->mutable_sync_started()->mutable_collections()->Add(begun.begin(), begun.end());
    });
  }
  for (const auto& [name, collection] : status.collections) {
    const sync::ListCounts before = counts_[name];
    counts_[name] = collection.counts;
    if (collection.counts.applied == before.applied) continue;
    emit("modelSynced", [&, &name = name, &collection = collection](v1::Event* event) {
      FillSynced(name, before, collection.counts, event->mutable_collection_synced());
    });
  }
  if (!round_open_ || listing || !all_well) return;
  round_open_ = false;
  emit("syncQueriesReady", kNothing);
  if (ready_ || !all_applied) return;
  ready_ = true;
  emit("ready", kNothing);
}

}  // namespace tideover::api
