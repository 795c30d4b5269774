#include "sync/lane_window.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/planted_bug.h"
#include "base/status_macros.h"
#include "log/lanes.h"
#include "log/mutation_log.h"
#include "log/open.h"

namespace tideover::sync {
namespace {

// Log entries that one turn reads at most, so that the loop is never kept for long: at a start with
// a cold file cache each of them may wait for the disk, and connections wait for the loop.
constexpr size_t kEntriesMax = 100;

bool IsActive(LaneState state) { return state == LaneState::kReady || IsUnderWay(state); }

}  // namespace

bool IsUnderWay(LaneState state) {
  return state == LaneState::kMarking || state == LaneState::kInFlight ||
         state == LaneState::kMerging;
}

// The document's lane as the disk has it; nullptr when nothing before `end` is to be sent. The disk
// may be ahead of what we were told: what was walked under another id leads the lane.
absl::StatusOr<Lane*> LaneWindow::Add(const store::Reader& reader, const LaneKey& key,
                                      uint64_t end) {
  ASSIGN_OR_RETURN(const auto front, FindLaneFront(reader, key));
  if (!front.has_value()) return nullptr;
  if (front->seq >= end) {
    more_in_log_ = true;
    return nullptr;
  }
  for (const LaneKey& each : front->lanes) {
    // Its head has left the disk or soon will: whoever sees that looks here again.
    if (by_document_.contains(each)) return nullptr;
  }
  std::unique_ptr<Lane>& owned = lanes_[front->seq];
  owned = std::make_unique<Lane>();
  Lane& lane = *owned;
  lane.keys = front->lanes;
  lane.head = front->seq;
  const log::Mutation& mutation = front->entry.mutation();
  lane.collection = mutation.collection();
  lane.scope = mutation.scope();
  lane.interrupted = front->entry.push().open_attempt();
  lane.unanswered = front->entry.push().unanswered();
  lane.tried = front->entry.push().attempts() > 0;
  for (const LaneKey& each : lane.keys) by_document_[each] = &lane;
  lane.state = LaneState::kHeld;
  Count(lane, +1);
  const bool held = front->entry.push().hold() != log::PushState::NONE;
  SetState(&lane, held ? LaneState::kHeld : LaneState::kReady);
  return &lane;
}

// Those that are not here.
absl::Status LaneWindow::AddEach(const store::Reader& reader, const std::vector<LaneKey>& keys,
                                 uint64_t end, std::vector<Lane*>* added) {
  for (const LaneKey& key : keys) {
    if (by_document_.contains(key)) continue;
    ASSIGN_OR_RETURN(Lane * lane, Add(reader, key, end));
    if (lane != nullptr) added->push_back(lane);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Lane*>> LaneWindow::AddAll(const std::vector<LaneKey>& keys) {
  std::vector<Lane*> added;
  ASSIGN_OR_RETURN(const store::ReadTxn txn, env_->BeginRead());
  RETURN_IF_ERROR(AddEach(txn.reader(), keys, walked_, &added));
  return added;
}

// Returns where it stood.
std::vector<LaneKey> LaneWindow::Remove(Lane* lane) {
  SetState(lane, LaneState::kHeld);  // Takes it out of the queues.
  Count(*lane, -1);
  std::vector<LaneKey> keys = std::move(lane->keys);
  for (const LaneKey& key : keys) by_document_.erase(key);
  lanes_.erase(uint64_t{lane->head});
  return keys;
}

absl::StatusOr<std::vector<Lane*>> LaneWindow::Refill() {
  std::vector<Lane*> added;
  if (!more_in_log_) return added;
  ASSIGN_OR_RETURN(const store::ReadTxn txn, env_->BeginRead());
  size_t visited = 0;
  bool stopped = false;
  absl::Status failed;
  RETURN_IF_ERROR(
      log::ForEach(txn.reader(), next_seq_, [&](uint64_t seq, const log::LogEntry& entry) {
        const size_t counted = PLANTED_BUG(kHeldLanesFillWindow) ? lanes_.size() : Counted();
        if (counted >= lanes_max_ || visited++ >= kEntriesMax) {
          stopped = true;
          return false;
        }
        next_seq_ = seq + 1;
        walked_ = std::max(walked_, next_seq_);
        EnterScope(entry.mutation().scope(), seq);
        // Recalled before its scope was known.
        Lane* known = Find(seq);
        if (known != nullptr && known->state == LaneState::kBlocked) {
          SetState(known, LaneState::kReady);
        }
        failed = AddEach(txn.reader(), log::LanesOf(seq, entry.mutation()), walked_, &added);
        return failed.ok();
      }));
  RETURN_IF_ERROR(failed);
  more_in_log_ = stopped;
  return added;
}

absl::StatusOr<std::vector<Lane*>> LaneWindow::Recall() {
  std::vector<Lane*> added;
  if (recalled_) return added;
  ASSIGN_OR_RETURN(const store::ReadTxn txn, env_->BeginRead());
  ASSIGN_OR_RETURN(const std::vector<uint64_t> open,
                   log::ReadOpen(txn.reader(), recall_seq_, kEntriesMax));
  for (const uint64_t seq : open) {
    recall_seq_ = seq + 1;
    ASSIGN_OR_RETURN(const auto entry, log::Find(txn.reader(), seq));
    TIDEOVER_CHECK(entry.has_value(), "an open mutation is not logged");
    RETURN_IF_ERROR(AddEach(txn.reader(), log::LanesOf(seq, entry->mutation()), seq + 1, &added));
  }
  recalled_ = open.size() < kEntriesMax;
  return added;
}

absl::StatusOr<std::vector<Lane*>> LaneWindow::Enqueue(const view::Enqueued& enqueued) {
  if (enqueued.seq >= walked_) {
    // Refill meets it in its turn.
    if (!PLANTED_BUG(kNewOnesNotRead)) more_in_log_ = true;
    return std::vector<Lane*>();
  }
  // Back from the dead-letter queue, to its old place; unless it has left again since.
  std::vector<LaneKey> keys;
  {
    ASSIGN_OR_RETURN(const store::ReadTxn txn, env_->BeginRead());
    ASSIGN_OR_RETURN(const auto entry, log::Find(txn.reader(), enqueued.seq));
    if (!entry.has_value()) return std::vector<Lane*>();
    // By the ids that it has on disk: a document may have another than when it was announced.
    keys = log::LanesOf(enqueued.seq, entry->mutation());
  }
  EnterScope(enqueued.scope, enqueued.seq);
  for (const LaneKey& key : keys) {
    const auto it = by_document_.find(key);
    if (it == by_document_.end()) continue;
    // What is older goes first; what is on its way is not called back.
    if (it->second->head >= enqueued.seq && !IsUnderWay(it->second->state)) Remove(it->second);
  }
  return AddAll(keys);
}

absl::StatusOr<std::vector<Lane*>> LaneWindow::Rename(store::CollectionId collection,
                                                      const std::string& from,
                                                      const std::string& to) {
  if (PLANTED_BUG(kRenameLeavesWindow)) return std::vector<Lane*>();
  const LaneKey new_key(collection, to);
  const auto it = by_document_.find({collection, from});
  // The lane ended when we saw on disk that nothing has the old id any more.
  if (it == by_document_.end()) return AddAll({new_key});
  Lane* ours = it->second;
  const auto other = by_document_.find(new_key);
  if (other == by_document_.end()) {
    std::replace(ours->keys.begin(), ours->keys.end(), it->first, new_key);
    by_document_.erase(it);
    by_document_[new_key] = ours;
    return std::vector<Lane*>();
  }
  // The server's id had a lane of its own already: on disk the two are one now. Ours ends here;
  // theirs goes on with whatever leads there, at once or when what is under way has ended.
  Lane* theirs = other->second;
  if (theirs == ours) return std::vector<Lane*>();
  std::vector<LaneKey> keys = Remove(ours);
  if (!IsUnderWay(theirs->state)) {
    for (LaneKey& key : Remove(theirs)) keys.push_back(std::move(key));
  }
  return AddAll(keys);
}

absl::StatusOr<std::vector<Lane*>> LaneWindow::Free(const LaneKey& key) {
  if (by_document_.contains(key)) return std::vector<Lane*>();
  if (Counted() < lanes_max_) return AddAll({key});
  // No room: the walk comes by here once more.
  ASSIGN_OR_RETURN(const store::ReadTxn txn, env_->BeginRead());
  ASSIGN_OR_RETURN(const auto front, FindLaneFront(txn.reader(), key));
  if (front.has_value() && front->seq < next_seq_) {
    next_seq_ = front->seq;
    more_in_log_ = true;
  }
  return std::vector<Lane*>();
}

absl::StatusOr<std::vector<Lane*>> LaneWindow::Advance(Lane* lane) { return AddAll(Remove(lane)); }

void LaneWindow::Forget(uint64_t seq) {
  if (PLANTED_BUG(kScopeNeverFreed)) return;
  const auto it = scope_of_.find(seq);
  if (it == scope_of_.end()) return;
  const auto scope = scopes_.find(it->second);
  scope->second.erase(seq);
  scope_of_.erase(it);
  if (scope->second.empty()) {
    scopes_.erase(scope);
    return;
  }
  Lane* next = Find(*scope->second.begin());
  if (next != nullptr && next->state == LaneState::kBlocked) SetState(next, LaneState::kReady);
}

void LaneWindow::EnterScope(const std::string& scope, uint64_t seq) {
  if (scope.empty()) return;
  std::set<uint64_t>& members = scopes_[scope];
  Lane* leader = members.empty() ? nullptr : Find(*members.begin());
  members.insert(seq);
  scope_of_[seq] = scope;
  // It may lead no longer.
  if (leader != nullptr && leader->state == LaneState::kReady) SetState(leader, LaneState::kReady);
}

bool LaneWindow::LeadsScope(const Lane& lane) const {
  if (lane.scope.empty() || PLANTED_BUG(kScopeIgnored)) return true;
  const auto scope = scopes_.find(lane.scope);
  return scope != scopes_.end() && *scope->second.begin() == lane.head;
}

Lane* LaneWindow::Find(uint64_t head_seq) const {
  const auto it = lanes_.find(head_seq);
  return it == lanes_.end() ? nullptr : it->second.get();
}

void LaneWindow::Count(const Lane& lane, int sign) {
  counts_[static_cast<size_t>(lane.state)] += sign;
  if (!IsActive(lane.state)) return;
  for (const auto& [collection, unused] : lane.keys) {
    size_t& active = active_[collection];
    active += sign;
    if (active == 0) active_.erase(collection);
  }
}

void LaneWindow::SetState(Lane* lane, LaneState state) {
  if (state == LaneState::kReady && !LeadsScope(*lane)) state = LaneState::kBlocked;
  if (lane->state == LaneState::kReady) ready_.erase(lane->head);
  if (lane->state == LaneState::kWaiting) waiting_.erase({lane->not_before, lane->head});
  Count(*lane, -1);
  lane->state = state;
  Count(*lane, +1);
  if (state == LaneState::kReady) ready_.insert(lane->head);
  if (state == LaneState::kWaiting) waiting_.insert({lane->not_before, lane->head});
}

void LaneWindow::Wait(Lane* lane, base::MonoTime not_before) {
  SetState(lane, LaneState::kHeld);
  lane->not_before = not_before;
  SetState(lane, LaneState::kWaiting);
}

void LaneWindow::Wake(base::MonoTime now) {
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    SetState(Find(waiting_.begin()->second), LaneState::kReady);
  }
}

std::vector<Lane*> LaneWindow::Ready(size_t count) const {
  std::vector<Lane*> ready;
  for (const uint64_t seq : ready_) {
    if (ready.size() == count) break;
    ready.push_back(Find(seq));
  }
  return ready;
}

std::optional<base::MonoTime> LaneWindow::NextWake() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.begin()->first;
}

size_t LaneWindow::CountIn(LaneState state) const { return counts_[static_cast<size_t>(state)]; }

size_t LaneWindow::ActiveIn(store::CollectionId collection) const {
  const auto it = active_.find(collection);
  return it == active_.end() ? 0 : it->second;
}

}  // namespace tideover::sync
