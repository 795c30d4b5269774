// Pusher: takes mutations to the server, lane by lane. A document's mutations go out in log order,
// one write at a time; what was not sent yet is put together into as few writes as it can be
// (doors/bundle.h). Lanes run beside each other; several share a request, and how many requests are
// under way adapts (flow.h). Each attempt is: sent marks committed, request made, outcome
// committed; only then does the lane go on. A resource of the engine; on the loop thread; does no
// I/O of its own but reading snapshots.
//
// Nothing here is durable and nothing needs to be: after a crash the log says everything, and an
// open sent mark says which attempts nobody knows the outcome of.
#ifndef TIDEOVER_SYNC_PUSHER_H_
#define TIDEOVER_SYNC_PUSHER_H_

#include <absl/functional/any_invocable.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "store/catalog.h"
#include "store/env.h"
#include "sync/connectivity.h"
#include "sync/echoes.h"
#include "sync/flow.h"
#include "sync/lane_window.h"
#include "sync/merge_port.h"
#include "sync/push_request.h"
#include "sync/status_board.h"
#include "sync/tuning.h"
#include "sync/upstream.h"
#include "sync/verdict.h"

namespace tideover::sync {

// How long an outcome waits that the store had no room for.
inline constexpr base::Millis kNoRoomWait{1000};

// What pusher and puller are made of; the engine owns all of it.
struct Parts {
  const Tuning& tuning;
  const base::Clock& clock;
  base::Random& random;
  store::Env* env;
  const store::Catalog& catalog;
  const doors::RulesByCollection& rules;
  Upstream& upstream;
  MergePort& merge;
  Connectivity& connectivity;
  StatusBoard& board;
};

// A create that may have reached the server without our knowing the outcome.
struct OpenCreate {
  uint64_t seq = 0;
  store::CollectionId collection = 0;
  // No attempt of it can still be under way at the server after this.
  base::MonoTime certain_after;
  bool verifying = false;  // Held for the next list.
};

class Pusher {
 public:
  // `wake` is called when something happened that the engine must act on: it runs a turn.
  Pusher(Parts parts, absl::AnyInvocable<void()> wake);

  // Starts what can be started at this moment.
  void Pump();
  void OnCommitted(const view::CommitNotice& notice);
  // Credentials changed, or the operator asks to try now: waiting lanes need not wait any longer.
  void TryNow();

  std::optional<base::MonoTime> NextWake() const;
  // Mutations of the collection that can be or are being sent.
  size_t ActiveIn(store::CollectionId collection) const { return window_.ActiveIn(collection); }
  // The log has been looked through: creates whose attempts were interrupted by a crash are among
  // OpenCreates.
  bool Walked() const { return window_.Recalled() && !window_.WantsRefill(); }
  std::vector<OpenCreate> OpenCreates(store::CollectionId collection) const;
  // A list of the collection that is asked for from then on shows what became of attempts that no
  // answer will ever tell of.
  std::optional<base::MonoTime> ListAfter(store::CollectionId collection) const {
    return echoes_.ListAfter(collection);
  }

 private:
  // By the seq of the lane's head, as everything here.
  struct Attempt {
    store::CollectionId collection = 0;
    uint64_t last = 0;           // The newest mutation that leaves with it.
    std::vector<uint64_t> seqs;  // All of them.
    log::LogEntry entry;         // The head's.
    base::MonoTime sent_at;
    // Its outcome, until the store has it.
    std::optional<Verdict> verdict;
    base::Millis wait{0};
  };

  const CollectionTuning* TuningOf(store::CollectionId collection) const;
  // Of a mutation that was sent, or tried to be.
  const CollectionTuning& TuningOf(const log::Mutation& mutation) const;
  void Admit(const absl::StatusOr<std::vector<Lane*>>& lanes);
  void Recover(Lane* lane);
  size_t Room() const;
  void Start();
  bool MayStart(Lane* lane, base::MonoTime now);
  void Plan(const store::Reader& reader, Lane* lane, std::vector<doors::MergeEvent>* marks);
  void Mark(std::span<doors::MergeEvent> marks);
  void OnMarked(const std::vector<uint64_t>& heads, const doors::Answer& answer);
  void SendMarked();
  std::vector<PushRequest> Prepare(size_t most);
  std::optional<PushRequest> PrepareOne(const store::Reader& reader, uint64_t head);
  void Unsend(uint64_t head);
  void UnsendMarked();
  bool IsPaused(const Lane& lane) const;
  void Send(std::vector<PushRequest> batch);
  void OnAnswers(const std::vector<uint64_t>& heads, std::vector<PushResult> results);
  void NoteAnswers(const std::vector<PushResult>& results, base::MonoTime sent_at);
  void OnAnswer(uint64_t head, PushResult result);
  void Record(std::vector<uint64_t> heads);
  void OnRecorded(const std::vector<uint64_t>& heads, const doors::Answer& answer);
  void Finish(uint64_t head);
  void GoOn(Lane* lane);
  void Drop(uint64_t head);
  void Fail(uint64_t head, const absl::Status& status);
  void NoteHold(const view::Moved& moved);
  void LeaveScope(uint64_t seq, bool confirmed);
  void SetInFlight(const Attempt& attempt, bool in_flight);
  bool WaitsForProbe() const;

  Parts parts_;
  absl::AnyInvocable<void()> wake_;
  LaneWindow window_;
  Flow flow_;
  size_t requests_ = 0;  // Under way.
  std::deque<uint64_t>
      marked_;          // Heads whose marks are durable, while no request is free for them.
  size_t marking_ = 0;  // Commits of sent marks that are under way: the next ones wait for them.
  std::map<uint64_t, Attempt> attempts_;         // Under way, by sequence number.
  std::map<uint64_t, bool> settled_under_way_;   // Settled, and their attempt goes on: confirmed?
  std::map<uint64_t, OpenCreate> open_creates_;  // Creates under way or held for a list.
  std::set<std::pair<base::MonoTime, uint64_t>>
      rerecord_;  // Outcomes that the store had no room for.
  Echoes echoes_;
  base::MonoTime started_;
  // Lives as long as this; callbacks that outlive it find it gone.
  std::shared_ptr<Pusher*> self_;
};

}  // namespace tideover::sync

#endif  // TIDEOVER_SYNC_PUSHER_H_
