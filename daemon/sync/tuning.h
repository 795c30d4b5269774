// The numbers that say how the engine behaves: per backend and per collection, filled from the
// configuration (daemon/config.h) and given to the engine's constructor. Values.
#ifndef TIDEOVER_SYNC_TUNING_H_
#define TIDEOVER_SYNC_TUNING_H_

#include <map>
#include <string>

#include "base/clock.h"

namespace tideover::sync {

using base::Millis;

// What to do with a create whose outcome is unknown, on a backend that cannot tell us (no ledger,
// server-made ids). Updates and deletes are idempotent by nature and are always sent again.
enum class AmbiguousCreate {
  kVerify,  // Read the list back; confirmed if the document is there, sent again if not.
  kResend,  // Send again: may duplicate.
  kHold,    // Wait for a person.
};

struct PushTuning {
  // Requests under way at one time; how many really are adapts (flow.h).
  size_t in_flight_max = 100;
  // Mutations that share one request at most. AppSync runs them one after the other and gives the
  // whole request 30 s.
  size_t batch_max = 25;
  // Unsent mutations of one document that are sent as one write at most.
  size_t bundle_max = 1000;
  // Log entries held in memory: the window over the log.
  size_t window_max = 2000;
  // Full-jitter backoff: attempt n waits a random time up to min(cap, base * 2^n).
  Millis backoff_base{500};
  Millis backoff_cap{60'000};
  // Longest wait between two probes of a backend that cannot be reached.
  Millis probe_cap{2'000};
  // How long a backend may still be working on a request that we gave up on: a list that was asked
  // for before this has passed does not prove that a create was not applied.
  Millis server_time_max{30'000};
};

// TanStack's networkMode: kOnline pauses while offline, kAlways ignores the network, kOfflineFirst
// tries once and pauses after the first failure.
enum class NetworkMode { kOnline, kAlways, kOfflineFirst };

struct CollectionTuning {
  AmbiguousCreate ambiguous = AmbiguousCreate::kVerify;
  // A list older than this is refetched when somebody reads the collection.
  Millis stale_time{10'000};
  // 0: never by itself.
  Millis poll_interval{30'000};
  // Ask for the list again after mutations of the collection have settled.
  bool refetch_on_settle = true;
  NetworkMode network_mode = NetworkMode::kOnline;
};

// What to do with a custom operation whose outcome is unknown: what it does, and whether doing it
// twice does harm, nobody here knows.
enum class AmbiguousInvoke {
  kHold,    // Wait for a person.
  kResend,  // Send again.
};

struct OperationTuning {
  AmbiguousInvoke ambiguous = AmbiguousInvoke::kHold;
};

struct Tuning {
  PushTuning push;
  std::map<std::string, CollectionTuning> collections;
  // By the names that apps call them.
  std::map<std::string, OperationTuning> operations;
};

}  // namespace tideover::sync

#endif  // TIDEOVER_SYNC_TUNING_H_
