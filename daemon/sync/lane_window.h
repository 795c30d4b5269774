// LaneWindow: the part of the outbox that the pusher works on. It holds one entry for each lane
// (the queue of one document), never one for each mutation: the rest of a lane stays on disk and is
// read when its head has gone. So a backlog of a million mutations costs no more memory than the
// window's bound. A resource of the pusher; on the loop thread; reads snapshots, writes nothing.
//
// It walks the log in order. Every lane whose front (lane_front.h) was walked is here, and no other
// but those that Recall found: what lies behind is met when there is room, also the rest of a lane
// whose head has gone. A lane that waits for another one (for a document that it references, or
// because it stands behind an invoke that is not first everywhere) takes no memory at all: the
// commit that ends its waiting names it, and it is looked up on disk; when there is no room then,
// the walk goes back to it. Lanes that are held for somebody, or wait for their scope, are here but
// do not count against the bound, so that they cannot stop the others; nor do lanes that back off,
// up to kPatience times the bound.
#ifndef TIDEOVER_SYNC_LANE_WINDOW_H_
#define TIDEOVER_SYNC_LANE_WINDOW_H_

#include <absl/status/statusor.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "log/mutation.h"
#include "store/env.h"
#include "sync/lane_front.h"
#include "view/commit_notice.h"

namespace tideover::sync {

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
  // The document's; of an invoke, all lanes that it leads. While it is here they have no other.
  std::vector<LaneKey> keys;
  uint64_t head = 0;
  // Whose tuning applies; log::kNoCollection for an invoke.
  store::CollectionId collection = 0;
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
  // So many lanes for each of the bound may back off before they stop others. When everything
  // fails, the outbox must not come into memory.
  static constexpr size_t kPatience = 8;

  LaneWindow(store::Env* env, size_t lanes_max) : env_(env), lanes_max_(lanes_max) {}

  // Reads on in the log while there is room. Returns the lanes that came in.
  absl::StatusOr<std::vector<Lane*>> Refill();

  // After a start: looks up the attempts that a crash interrupted, and the creates that wait for a
  // list (log/open.h), beyond the bound too: a list must know of them. Some at a time. Returns the
  // lanes that came in.
  absl::StatusOr<std::vector<Lane*>> Recall();
  bool Recalled() const { return recalled_; }

  // These return the lanes that came in, or have another head.
  // A mutation entered the log (or came back to it).
  absl::StatusOr<std::vector<Lane*>> Enqueue(const view::Enqueued& enqueued);
  // The document has another id now.
  absl::StatusOr<std::vector<Lane*>> Rename(store::CollectionId collection, const std::string& from,
                                            const std::string& to);
  // What the lane waited for may have settled.
  absl::StatusOr<std::vector<Lane*>> Free(const LaneKey& key);
  // The head is gone, or may not be sent any more: the lane ends here, and what leads its keys now
  // follows it.
  absl::StatusOr<std::vector<Lane*>> Advance(Lane* lane);

  // The mutation left the log: whatever waited behind it in its scope may go.
  void Forget(uint64_t seq);
  Lane* Find(uint64_t head_seq) const;
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
    const size_t patient = std::min(CountIn(LaneState::kWaiting), kPatience * lanes_max_);
    return lanes_.size() - CountIn(LaneState::kHeld) - CountIn(LaneState::kBlocked) - patient;
  }
  bool LeadsScope(const Lane& lane) const;
  void EnterScope(const std::string& scope, uint64_t seq);
  absl::StatusOr<Lane*> Add(const store::Reader& reader, const LaneKey& key, uint64_t end);
  absl::StatusOr<std::vector<Lane*>> AddAll(const std::vector<LaneKey>& keys);
  absl::Status AddEach(const store::Reader& reader, const std::vector<LaneKey>& keys, uint64_t end,
                       std::vector<Lane*>* added);
  std::vector<LaneKey> Remove(Lane* lane);
  void Count(const Lane& lane, int sign);

  store::Env* const env_;
  const size_t lanes_max_;
  std::map<uint64_t, std::unique_ptr<Lane>> lanes_;  // By head.
  std::map<LaneKey, Lane*> by_document_;
  std::set<uint64_t> ready_;                               // Heads.
  std::set<std::pair<base::MonoTime, uint64_t>> waiting_;  // Heads by time.
  std::map<std::string, std::set<uint64_t>> scopes_;       // Pending mutations of each scope.
  std::map<uint64_t, std::string> scope_of_;
  std::map<store::CollectionId, size_t> active_;
  size_t counts_[7] = {};
  // Where the walk is, and how far it has come: not the same when it went back.
  uint64_t next_seq_ = 1;
  uint64_t walked_ = 1;
  bool recalled_ = false;
  uint64_t recall_seq_ = 1;  // Where Recall goes on.
  bool more_in_log_ = true;
};

}  // namespace tideover::sync

#endif  // TIDEOVER_SYNC_LANE_WINDOW_H_
