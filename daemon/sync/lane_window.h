// LaneWindow: the part of the outbox that the pusher works on. It holds one entry for each lane
// (the queue of one document), never one for each mutation: the rest of a lane stays on disk and is
// read when its head has gone. So a backlog of a million mutations costs no more memory than the
// window's bound. A resource of the pusher; on the loop thread; reads snapshots, writes nothing.
//
// It walks the log once, in order. Every lane that has a pending mutation before `next_seq_` is
// here, and no other but those that Recall found: what lies behind is met when there is room, also
// the rest of a lane whose head has gone. Lanes that are held for somebody, or wait for their
// scope, do not count against the bound, so that they cannot stop the others.
#ifndef TIDEOVER_SYNC_LANE_WINDOW_H_
#define TIDEOVER_SYNC_LANE_WINDOW_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "log/mutation.h"
#include "store/env.h"
#include "view/commit_notice.h"

namespace tideover::sync {

using LaneKey = std::pair<store::CollectionId, std::string>;

// What the head of a lane is doing.
enum class LaneState {
  kReady,     // May be sent when there is room.
  kBlocked,   // Would be ready, but another mutation of its scope comes first.
  kWaiting,   // Backing off until not_before.
  kMarking,   // Its sent mark is being committed.
  kInFlight,  // The upstream has it.
  kMerging,   // Its outcome is being committed.
  kHeld,      // Waits for somebody (its log entry says for whom).
};

// The head is on its way to the server, or its outcome on its way to the disk.
bool IsUnderWay(LaneState state);

struct Lane {
  LaneKey key;
  uint64_t head = 0;
  std::string scope;
  LaneState state = LaneState::kReady;
  base::MonoTime not_before;
  // Attempts of the present head that came to nothing in this run: the exponent of its backoff.
  uint32_t failures = 0;
  // Its sent mark was open when it was found: an attempt of an earlier run that nobody answered.
  bool interrupted = false;
  // An attempt of it went unanswered, as the log says.
  bool unanswered = false;
  // The log says that it was sent before.
  bool tried = false;
  // The backend refused a request that the head shared with others: it gets one of its own.
  bool apart = false;
};

class LaneWindow {
 public:
  LaneWindow(store::Env* env, size_t lanes_max) : env_(env), lanes_max_(lanes_max) {}

  // Reads on in the log while there is room. Returns the lanes that came in.
  absl::StatusOr<std::vector<Lane*>> Refill();

  // After a start: looks through what was logged before it for attempts that a crash interrupted,
  // and for creates that wait for a list, beyond the bound too: a list must know of them. Some
  // entries at a time. Returns the lanes that came in.
  absl::StatusOr<std::vector<Lane*>> Recall();
  bool Recalled() const { return recalled_; }

  // A mutation entered the log (or came back to it). Returns its lane when it became its head.
  absl::StatusOr<Lane*> Enqueue(const view::Enqueued& enqueued);
  // The document has another id now. Returns its lane when it has a new head, or came in.
  absl::StatusOr<Lane*> Rename(store::CollectionId collection, const std::string& from,
                               const std::string& to);
  // The mutation left the log: whatever waited behind it in its scope may go.
  void Forget(uint64_t seq);
  // The head is gone: the next mutation of the document becomes the head, or the lane ends
  // (nullptr) because nothing is left of it, or nothing that the walk has come to.
  absl::StatusOr<Lane*> Advance(Lane* lane);

  Lane* Find(uint64_t head_seq);
  // kReady becomes kBlocked by itself where the scope demands it, and back.
  void SetState(Lane* lane, LaneState state);
  void Wait(Lane* lane, base::MonoTime not_before);
  // Waiting lanes whose time has come become ready.
  void Wake(base::MonoTime now);
  // Ready lanes, lowest sequence number first; at most `count`.
  std::vector<Lane*> Ready(size_t count) const;

  std::optional<base::MonoTime> NextWake() const;
  // There is more in the log, and room for it: Refill again.
  bool WantsRefill() const { return more_in_log_ && Counted() < lanes_max_; }
  size_t size() const { return lanes_.size(); }
  size_t CountIn(LaneState state) const;
  // Lanes of the collection that are ready or under way.
  size_t ActiveIn(store::CollectionId collection) const;

 private:
  // Lanes that count against the bound.
  size_t Counted() const {
    return lanes_.size() - CountIn(LaneState::kHeld) - CountIn(LaneState::kBlocked);
  }
  bool LeadsScope(const Lane& lane) const;
  void EnterScope(const std::string& scope, uint64_t seq);
  absl::StatusOr<Lane*> Add(const store::Reader& reader, LaneKey key, uint64_t end);
  void Count(const Lane& lane, int sign);
  void SetHead(Lane* lane, uint64_t seq, const log::LogEntry& entry);

  store::Env* const env_;
  const size_t lanes_max_;
  std::map<LaneKey, Lane> lanes_;
  std::map<uint64_t, Lane*> by_head_;
  std::set<uint64_t> ready_;                               // Heads.
  std::set<std::pair<base::MonoTime, uint64_t>> waiting_;  // Heads by time.
  std::map<std::string, std::set<uint64_t>> scopes_;       // Pending mutations of each scope.
  std::map<uint64_t, std::string> scope_of_;
  std::map<store::CollectionId, size_t> active_;
  size_t counts_[7] = {};
  // The log before this number is represented here.
  uint64_t next_seq_ = 1;
  bool recalled_ = false;
  uint64_t recall_seq_ = 1;  // Where Recall goes on.
  bool more_in_log_ = true;
};

}  // namespace tideover::sync

#endif  // TIDEOVER_SYNC_LANE_WINDOW_H_
