// StatusBoard: what the sync engine is doing, for whoever asks. A resource, owned by the session
// and thread-safe: the loop thread writes it, gRPC threads read copies. It holds only what is not
// on disk; what a mutation's state is follows from its log entry and from this board (StateOf).
#ifndef TIDEOVER_SYNC_STATUS_BOARD_H_
#define TIDEOVER_SYNC_STATUS_BOARD_H_

#include <absl/functional/any_invocable.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/clock.h"
#include "log/mutation.h"
#include "store/keys.h"
#include "sync/tuning.h"
#include "sync/upstream.h"

namespace tideover::sync {

// What the operator asked for.
enum class NetworkSetting { kAuto, kOnline, kOffline };

// Why nothing is sent at the moment.
enum class PauseReason {
  kNone,         // Things are sent.
  kForced,       // The operator said offline.
  kNoNetwork,    // The machine has no link.
  kUnreachable,  // The backend cannot be reached; one probe at a time finds out when it can.
  kAuth,         // Nobody is signed in, or the sign-in is refused.
};

// Counts of one collection, all since the session began, so that whoever looks seldom misses none.
struct ListCounts {
  uint64_t begun = 0;    // Lists that were asked for.
  uint64_t applied = 0;  // Lists that were applied.
  uint64_t added = 0;    // Documents of the server's that they changed.
  uint64_t updated = 0;
  uint64_t removed = 0;
};

// Of what the backend tells by itself about a collection.
enum class LiveState {
  kNone,     // Nobody listens: it does not tell, or nothing may be sent, or it failed lately.
  kOpening,  // Asked for.
  kLive,     // Changes are told.
};

struct CollectionStatus {
  // As configured: what was listed longer ago is stale.
  base::Millis stale_time{0};
  bool listing = false;
  bool invalidated = false;  // Stale because somebody said so, until the next list is applied.
  ListCounts counts;
  int64_t last_list_wall_ms = 0;  // The newest list that was applied; 0: none since the start.
  std::string last_error;         // Of the newest list; empty: it went well.
  int64_t last_error_wall_ms = 0;
  bool tells = false;  // The backend tells changes of it by itself.
  LiveState live = LiveState::kNone;
  std::string live_error;  // Why listening ended last; empty: it did not, or it is live again.
};

struct EngineStatus {
  NetworkSetting setting = NetworkSetting::kAuto;
  PauseReason paused = PauseReason::kNone;
  // The same for collections that ignore the network's state.
  PauseReason paused_always = PauseReason::kNone;
  int64_t paused_since_wall_ms = 0;
  int64_t next_probe_wall_ms = 0;  // When the backend is tried again; 0: nothing is planned.
  PushError last_error;
  int64_t last_error_wall_ms = 0;
  int64_t last_success_wall_ms = 0;
  size_t in_flight = 0;
  std::map<std::string, CollectionStatus> collections;

  // The backend tells changes, and of every collection of which it can.
  bool IsLive() const;
};

// The states of a mutation (design words). Settled and dead-lettered ones are in the table
// `settled`.
enum class MutationState { kQueued, kPaused, kInFlight, kHeld };

struct MutationStatus {
  MutationState state = MutationState::kQueued;
  bool held_for_auth = false;
  int64_t next_attempt_wall_ms = 0;  // 0: as soon as its turn comes.
};

// Mutations whose changes one subscription remembers.
inline constexpr size_t kBoardChangesMax = 10'000;

// What changed since the last Take.
struct BoardChanges {
  bool status = false;  // Something of EngineStatus.
  // Mutations that left, came back, or are to be tried at another time.
  std::set<uint64_t> mutations;
  bool overflow = false;  // More of them than are remembered: look at all; `mutations` is empty.
};

class StatusBoard;

// A resource, owned by its watcher, before the board. Destroying it ends the calls to `wake`.
class BoardSubscription {
 public:
  ~BoardSubscription();
  BoardSubscription(const BoardSubscription&) = delete;
  BoardSubscription& operator=(const BoardSubscription&) = delete;

  BoardChanges Take();

 private:
  friend class StatusBoard;
  BoardSubscription(StatusBoard* board, absl::AnyInvocable<void()> wake)
      : board_(board), wake_(std::move(wake)) {}

  StatusBoard* const board_;
  absl::AnyInvocable<void()> wake_;
  // Guarded by board_->mutex_.
  BoardChanges pending_;
  bool woken_ = false;
};

class StatusBoard {
 public:
  EngineStatus Get() const;
  // TanStack's meanings: paused is what waits for the network; never in a collection whose mode is
  // kAlways, and in one that is kOfflineFirst only after the first attempt.
  MutationStatus StateOf(uint64_t seq, store::CollectionId collection,
                         const log::PushState& push) const;
  // Grows with every change; for WatchStatus.
  uint64_t version() const;
  // `wake` is called once until the next Take, on the thread that changes the board and under its
  // lock: it may only hand over.
  std::unique_ptr<BoardSubscription> Subscribe(absl::AnyInvocable<void()> wake);

  // The engine's side. `change` edits the status in place.
  void Update(absl::AnyInvocable<void(EngineStatus&)> change);
  // Of the collections whose mode is not kOnline.
  void SetModes(std::map<store::CollectionId, NetworkMode> modes);
  void NoteAnswer(bool failed, const PushError& error, base::WallTime now);
  void SetInFlight(uint64_t seq, bool in_flight);
  void SetNextAttempt(uint64_t seq, int64_t wall_ms);  // 0: none.

 private:
  friend class BoardSubscription;
  // Under the lock. 0: the status changed.
  void TellLocked(uint64_t seq);
  PauseReason PausedFor(store::CollectionId collection, const log::PushState& push) const;

  mutable std::mutex mutex_;  // Guards everything below and every subscription; held for moments.
  EngineStatus status_;
  std::map<store::CollectionId, NetworkMode> modes_;
  std::unordered_set<uint64_t> in_flight_;
  std::unordered_map<uint64_t, int64_t> next_attempt_;
  uint64_t version_ = 0;
  std::set<BoardSubscription*> subscriptions_;
};

}  // namespace tideover::sync

#endif  // TIDEOVER_SYNC_STATUS_BOARD_H_
