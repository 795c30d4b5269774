// Pusher: takes mutations to the server, lane by lane. A document's mutations go out in log order,
// one at a time; lanes run beside each other, up to in_flight_max. Each attempt is: sent mark
// committed, request made, outcome committed; only then does the lane go on. A resource of the
// engine; on the loop thread; does no I/O of its own but reading snapshots.
//
// Nothing here is durable and nothing needs to be: after a crash the log says everything, and an
// open sent mark says which attempts nobody knows the outcome of.
#ifndef TIDEOVER_SYNC_PUSHER_H_
#define TIDEOVER_SYNC_PUSHER_H_

#include <absl/functional/any_invocable.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "store/catalog.h"
#include "store/env.h"
#include "sync/connectivity.h"
#include "sync/echoes.h"
#include "sync/lane_window.h"
#include "sync/merge_port.h"
#include "sync/status_board.h"
#include "sync/tuning.h"
#include "sync/upstream.h"
#include "sync/verdict.h"

namespace tideover::sync {

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
  // The log has been walked as far as the window reaches: creates whose attempts were interrupted
  // by a crash are among OpenCreates.
  bool Walked() const { return !window_.WantsRefill(); }
  std::vector<OpenCreate> OpenCreates(store::CollectionId collection) const;

 private:
  struct Attempt {
    store::CollectionId collection = 0;
    log::LogEntry entry;
    NetworkMode mode = NetworkMode::kOnline;
    base::MonoTime sent_at;
    // Its outcome, until the store has it.
    std::optional<Verdict> verdict;
    base::Millis wait{0};
  };

  const CollectionTuning* TuningOf(store::CollectionId collection) const;
  void Admit(const std::vector<Lane*>& lanes);
  void Recover(Lane* lane);
  void Start();
  void Mark(std::vector<uint64_t> seqs);
  void OnMarked(const std::vector<uint64_t>& seqs, const doors::Answer& answer);
  void Send(uint64_t seq);
  absl::StatusOr<PushRequest> MakeRequest(uint64_t seq, Attempt* attempt) const;
  void OnAnswer(uint64_t seq, PushResult result);
  void NoteAnswer(const PushResult& result);
  void Record(uint64_t seq);
  void OnRecorded(uint64_t seq, const doors::Answer& answer);
  void Finish(uint64_t seq);
  void GoOn(Lane* lane);
  void Fail(uint64_t seq, const absl::Status& status);
  void NoteHold(const view::Moved& moved);
  void Watch(uint64_t seq, const Attempt& attempt, base::MonoTime certain_after);
  bool WaitsForProbe() const;

  Parts parts_;
  absl::AnyInvocable<void()> wake_;
  LaneWindow window_;
  std::map<uint64_t, Attempt> attempts_;         // Under way, by sequence number.
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
