#include "api/status_report.h"

#include <fmt/format.h>
#include <unistd.h>

#include "api/convert.h"
#include "api/freshness.h"
#include "base/status_macros.h"
#include "cache/checkpoint.h"
#include "log/mutation_log.h"

namespace tideover::api {
namespace {

struct Totals {
  uint64_t pending = 0;
  uint64_t dead_letters = 0;
};

absl::StatusOr<Totals> ReadTotals(const Session& session) {
  ASSIGN_OR_RETURN(const store::ReadTxn txn, session.env->BeginRead());
  Totals totals;
  ASSIGN_OR_RETURN(totals.pending, txn.reader().Count(store::Table::kLog));
  ASSIGN_OR_RETURN(const log::Counters counters, log::ReadCounters(txn.reader()));
  totals.dead_letters = counters.dead_letters();
  return totals;
}

v1::OutboxCounts Split(const Totals& totals, uint64_t held, const sync::EngineStatus& status) {
  v1::OutboxCounts counts;
  counts.set_dead_lettered(totals.dead_letters);
  const uint64_t in_flight = std::min<uint64_t>(status.in_flight, totals.pending);
  held = std::min(held, totals.pending - in_flight);
  const uint64_t waiting = totals.pending - in_flight - held;
  counts.set_in_flight(in_flight);
  counts.set_held(held);
  if (status.paused == sync::PauseReason::kNone) {
    counts.set_queued(waiting);
  } else if (status.paused == sync::PauseReason::kAuth) {
    counts.set_held(held + waiting);
  } else {
    counts.set_paused(waiting);
  }
  return counts;
}

v1::OfflineReason OfflineReasonOf(sync::PauseReason reason) {
  switch (reason) {
    case sync::PauseReason::kForced:
      return v1::OFFLINE_REASON_FORCED;
    case sync::PauseReason::kNoNetwork:
      return v1::OFFLINE_REASON_NO_LINK;
    case sync::PauseReason::kUnreachable:
      return v1::OFFLINE_REASON_UNREACHABLE;
    default:
      return v1::OFFLINE_REASON_UNSPECIFIED;
  }
}

// What the facts about one collection are read from.
struct CollectionSources {
  const Session& session;
  const CensusCount& census;
  const sync::EngineStatus& status;
  base::WallTime now;
};

v1::LiveState LiveStateOf(const sync::CollectionStatus& status) {
  if (!status.tells) return v1::LIVE_STATE_UNSPECIFIED;
  switch (status.live) {
    case sync::LiveState::kOpening:
      return v1::LIVE_STATE_OPENING;
    case sync::LiveState::kLive:
      return v1::LIVE_STATE_ESTABLISHED;
    case sync::LiveState::kNone:
      break;
  }
  return v1::LIVE_STATE_DOWN;
}

absl::Status FillCollection(const CollectionSources& sources, const std::string& name,
                            v1::CollectionStatus* out) {
  const auto& [session, census, status, now] = sources;
  out->set_collection(name);
  const auto id = session.doors->catalog().IdOf(name);
  if (!id.has_value()) return absl::OkStatus();
  if (const auto it = census.collections.find(*id); it != census.collections.end()) {
    out->set_documents(it->second.documents);
    out->set_pending_documents(it->second.pending);
    if (census.counted_wall_ms != 0) SetTime(census.counted_wall_ms, out->mutable_counted_at());
  }
  ASSIGN_OR_RETURN(const store::ReadTxn txn, session.env->BeginRead());
  ASSIGN_OR_RETURN(const auto checkpoint, cache::ReadCheckpoint(txn.reader(), *id));
  if (checkpoint.last_full_sync_wall_ms() != 0) {
    SetTime(checkpoint.last_full_sync_wall_ms(), out->mutable_last_full_sync_at());
    SetTime(checkpoint.last_full_sync_wall_ms(), out->mutable_last_sync_at());
  }
  const auto it = status.collections.find(name);
  if (it == status.collections.end()) return absl::OkStatus();
  out->set_syncing(it->second.listing);
  out->set_live(LiveStateOf(it->second));
  out->set_live_error(it->second.live_error);
  out->set_stale(IsStale(it->second, checkpoint.last_full_sync_wall_ms(), now));
  if (!it->second.last_error.empty()) {
    out->set_stale(true);
    out->mutable_last_error()->set_message(it->second.last_error);
    SetTime(it->second.last_error_wall_ms, out->mutable_last_error()->mutable_failed_at());
  }
  return absl::OkStatus();
}

// The first mutation of the log is the oldest.
absl::Status FillOldest(const Session& session, v1::DaemonStatus* out) {
  ASSIGN_OR_RETURN(const store::ReadTxn txn, session.env->BeginRead());
  return log::ForEach(txn.reader(), 0, [&](uint64_t, const log::LogEntry& entry) {
    SetTime(entry.mutation().created_wall_ms(), out->mutable_oldest_unsettled_at());
    return false;
  });
}

void FillAttention(const Session* session, const sync::EngineStatus& status,
                   v1::DaemonStatus* out) {
  const auto say = [out](std::string sentence) { out->add_attention(std::move(sentence)); };
  if (session == nullptr) {
    say("Nobody is signed in: `tideover login`.");
    return;
  }
  if (status.paused == sync::PauseReason::kAuth) {
    say("The backend refuses the tokens; nothing is sent until you sign in: `tideover login`.");
  }
  if (status.setting == sync::NetworkSetting::kOffline) {
    say("The network is forced off: `tideover network auto` lets it go again.");
  }
  if (const uint64_t dead = out->outbox().dead_lettered(); dead > 0) {
    say(fmt::format("The server refused {} mutation{}: look at `tideover outbox ls`.", dead,
                    dead == 1 ? "" : "s"));
  }
  if (const uint64_t held = out->outbox().held();
      held > 0 && status.paused != sync::PauseReason::kAuth) {
    say(fmt::format("{} mutation{} for a decision: look at `tideover outbox ls`.", held,
                    held == 1 ? " waits" : "s wait"));
  }
  if (const auto& copied = session->doors->copied()) {
    say(
        fmt::format("This state was copied here (a restored backup, a cloned machine): it goes on "
                    "as a new device, and {} unsent mutation{} a new id.",
                    copied->rekeyed, copied->rekeyed == 1 ? " has" : "s have"));
  }
  if (out->store().used_bytes() > out->store().quota_bytes()) {
    say("The store has reached its quota; new writes are refused.");
  }
}

void FillFacts(const Shared& shared, v1::DaemonStatus* out) {
  const DaemonFacts& facts = shared.source->facts();
  const base::Millis uptime = shared.clock->Mono() - facts.started;
  out->set_version(facts.version);
  SetTime(shared.clock->Wall().ms - uptime.count(), out->mutable_started_at());
  out->mutable_uptime()->set_seconds(uptime.count() / 1000);
  out->mutable_uptime()->set_nanos(static_cast<int32_t>(uptime.count() % 1000) * 1'000'000);
  out->set_pid(getpid());
  out->mutable_backend()->set_endpoint(facts.backend_url);
}

}  // namespace

v1::OutboxCounts QuickCounts(const Session& session) {
  const absl::StatusOr<Totals> totals = ReadTotals(session);
  return totals.ok() ? Split(*totals, 0, session.board->Get()) : v1::OutboxCounts();
}

absl::Status FillCounts(const Shared& shared, const std::shared_ptr<const Session>& session,
                        v1::OutboxCounts* counts) {
  ASSIGN_OR_RETURN(const CensusCount census, shared.states->Of(session)->census->Take());
  ASSIGN_OR_RETURN(const Totals totals, ReadTotals(*session));
  *counts = Split(totals, census.held, session->board->Get());
  return absl::OkStatus();
}

void FillNetwork(const sync::EngineStatus& status, v1::NetworkStatus* network) {
  network->set_setting(SettingOf(status.setting));
  const v1::OfflineReason reason = OfflineReasonOf(status.paused);
  if (reason != v1::OFFLINE_REASON_UNSPECIFIED) {
    network->set_state(v1::NETWORK_STATE_OFFLINE);
    network->set_reason(reason);
    if (status.paused_since_wall_ms != 0) {
      SetTime(status.paused_since_wall_ms, network->mutable_since());
    }
    if (status.next_probe_wall_ms != 0) {
      SetTime(status.next_probe_wall_ms, network->mutable_next_attempt_at());
    }
  } else {
    const bool answered =
        status.last_success_wall_ms != 0 || status.paused == sync::PauseReason::kAuth;
    network->set_state(answered ? v1::NETWORK_STATE_ONLINE : v1::NETWORK_STATE_UNKNOWN);
  }
}

absl::Status FillCollections(const Shared& shared, const std::shared_ptr<const Session>& session,
                             const std::string& name,
                             google::protobuf::RepeatedPtrField<v1::CollectionStatus>* out) {
  ASSIGN_OR_RETURN(const CensusCount census, shared.states->Of(session)->census->Take());
  const sync::EngineStatus status = session->board->Get();
  const CollectionSources sources{*session, census, status, shared.clock->Wall()};
  for (const auto& [collection, unused] : session->doors->rules()) {
    if (!name.empty() && name != collection) continue;
    RETURN_IF_ERROR(FillCollection(sources, collection, out->Add()));
  }
  return absl::OkStatus();
}

absl::Status FillStatus(const Shared& shared, const std::shared_ptr<const Session>& session,
                        v1::DaemonStatus* out) {
  FillFacts(shared, out);
  FillIdentity(session.get(), out->mutable_identity());
  if (session == nullptr) {
    out->mutable_network()->set_state(v1::NETWORK_STATE_UNKNOWN);
    FillAttention(nullptr, {}, out);
    return absl::OkStatus();
  }
  const sync::EngineStatus status = session->board->Get();
  FillNetwork(status, out->mutable_network());
  v1::BackendStatus* backend = out->mutable_backend();
  backend->set_subscribed(status.IsLive());
  if (status.last_success_wall_ms != 0) {
    SetTime(status.last_success_wall_ms, backend->mutable_last_success_at());
  }
  if (status.last_error_wall_ms != 0) {
    FillError(status.last_error, status.last_error_wall_ms, backend->mutable_last_error());
  }
  RETURN_IF_ERROR(FillCounts(shared, session, out->mutable_outbox()));
  RETURN_IF_ERROR(FillOldest(*session, out));
  RETURN_IF_ERROR(FillCollections(shared, session, "", out->mutable_collections()));
  v1::StoreStatus* store = out->mutable_store();
  store->set_directory(session->env->options().path);
  store->set_used_bytes(session->env->UsedBytes());
  store->set_quota_bytes(session->env->options().quota_bytes);
  store->set_last_revision(session->feed->last_commit());
  FillAttention(session.get(), status, out);
  return absl::OkStatus();
}

}  // namespace tideover::api
