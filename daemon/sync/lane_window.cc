#include "sync/lane_window.h"

#include <algorithm>

#include "base/check.h"
#include "base/planted_bug.h"
#include "base/status_macros.h"
#include "log/lanes.h"
#include "log/mutation_log.h"

namespace tideover::sync {
namespace {

// Log entries that one Refill reads at most, so that the loop is never kept for long.
constexpr size_t kRefillEntriesMax = 5000;

bool IsActive(LaneState state) { return state == LaneState::kReady || IsUnderWay(state); }

}  // namespace

bool IsUnderWay(LaneState state) {
  return state == LaneState::kMarking || state == LaneState::kInFlight ||
         state == LaneState::kMerging;
}

// The document's lane as the disk has it; nullptr when nothing that was walked is pending. The disk
// may be ahead of what we were told: what was walked under another id leads the lane.
absl::StatusOr<Lane*> LaneWindow::Add(const store::Reader& reader, LaneKey key, uint64_t end) {
  ASSIGN_OR_RETURN(const auto front, log::LaneFront(reader, key.first, key.second));
  if (!front.has_value() || *front >= end) return nullptr;
  ASSIGN_OR_RETURN(const auto entry, log::Find(reader, *front));
  TIDEOVER_CHECK(entry.has_value(), "a lane names a mutation that is not logged");
  Lane& lane = lanes_[key];
  lane.key = std::move(key);
  Count(lane, +1);
  SetHead(&lane, *front, *entry);
  return &lane;
}

void LaneWindow::SetHead(Lane* lane, uint64_t seq, const log::LogEntry& entry) {
  lane->head = seq;
  lane->scope = entry.mutation().scope();
  lane->failures = 0;
  lane->apart = false;
  lane->interrupted = entry.push().open_attempt();
  lane->unanswered = entry.push().unanswered();
  lane->tried = entry.push().attempts() > 0;
  by_head_[seq] = lane;
  const bool free = entry.push().hold() == log::PushState::NONE;
  SetState(lane, free ? LaneState::kReady : LaneState::kHeld);
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
        if (counted >= lanes_max_ || visited++ >= kRefillEntriesMax) {
          stopped = true;
          return false;
        }
        next_seq_ = seq + 1;
        const log::Mutation& mutation = entry.mutation();
        EnterScope(mutation.scope(), seq);
        LaneKey key(mutation.collection(), mutation.document_id());
        if (lanes_.contains(key)) {
          // Recalled before its scope was known.
          Lane* known = Find(seq);
          if (known != nullptr && known->state == LaneState::kBlocked) {
            SetState(known, LaneState::kReady);
          }
          return true;
        }
        const absl::StatusOr<Lane*> lane = Add(txn.reader(), std::move(key), next_seq_);
        failed = lane.status();
        if (lane.ok() && *lane != nullptr) added.push_back(*lane);
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
  size_t visited = 0;
  recalled_ = true;
  absl::Status failed;
  RETURN_IF_ERROR(
      log::ForEach(txn.reader(), recall_seq_, [&](uint64_t seq, const log::LogEntry& entry) {
        recalled_ = visited++ < kRefillEntriesMax;
        if (!recalled_) return false;
        recall_seq_ = seq + 1;
        const bool open =
            entry.push().open_attempt() || entry.push().hold() == log::PushState::VERIFY;
        LaneKey key(entry.mutation().collection(), entry.mutation().document_id());
        if (!open || lanes_.contains(key)) return true;
        const absl::StatusOr<Lane*> lane = Add(txn.reader(), std::move(key), seq + 1);
        failed = lane.status();
        if (lane.ok() && *lane != nullptr) added.push_back(*lane);
        return failed.ok();
      }));
  RETURN_IF_ERROR(failed);
  return added;
}

absl::StatusOr<Lane*> LaneWindow::Enqueue(const view::Enqueued& enqueued) {
  if (enqueued.seq >= next_seq_) {
    // Refill meets it in its turn.
    if (!PLANTED_BUG(kNewOnesNotRead)) more_in_log_ = true;
    return nullptr;
  }
  // Back from the dead-letter queue, to its old place; unless it has left again since.
  ASSIGN_OR_RETURN(const store::ReadTxn txn, env_->BeginRead());
  ASSIGN_OR_RETURN(const auto entry, log::Find(txn.reader(), enqueued.seq));
  if (!entry.has_value()) return nullptr;
  EnterScope(enqueued.scope, enqueued.seq);
  // By the id that it has on disk: the document may have another than when it was announced.
  LaneKey key(enqueued.collection, entry->mutation().document_id());
  const auto it = lanes_.find(key);
  if (it == lanes_.end()) return Add(txn.reader(), std::move(key), next_seq_);
  Lane* lane = &it->second;
  if (lane->head < enqueued.seq || IsUnderWay(lane->state)) return nullptr;
  SetState(lane, LaneState::kHeld);  // Takes the old head out of the queues.
  by_head_.erase(lane->head);
  SetHead(lane, enqueued.seq, *entry);
  return lane;
}

absl::StatusOr<Lane*> LaneWindow::Rename(store::CollectionId collection, const std::string& from,
                                         const std::string& to) {
  if (PLANTED_BUG(kRenameLeavesWindow)) return nullptr;
  auto node = lanes_.extract(LaneKey(collection, from));
  if (node.empty()) {
    // The lane ended when we saw on disk that nothing has the old id any more.
    LaneKey key(collection, to);
    if (lanes_.contains(key)) return nullptr;
    ASSIGN_OR_RETURN(const store::ReadTxn txn, env_->BeginRead());
    return Add(txn.reader(), std::move(key), next_seq_);
  }
  node.key().second = to;
  node.mapped().key.second = to;
  const auto inserted = lanes_.insert(std::move(node));
  if (inserted.inserted) return nullptr;
  // The server's id had a lane of its own already: on disk the two are one now. Ours ends here;
  // theirs goes on with whatever leads there, at once or when what is under way has ended.
  Lane* ours = &inserted.node.mapped();
  Lane* theirs = &inserted.position->second;
  SetState(ours, LaneState::kHeld);
  Count(*ours, -1);
  by_head_.erase(ours->head);
  if (IsUnderWay(theirs->state)) return nullptr;
  return Advance(theirs);
}

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

absl::StatusOr<Lane*> LaneWindow::Advance(Lane* lane) {
  ASSIGN_OR_RETURN(const store::ReadTxn txn, env_->BeginRead());
  ASSIGN_OR_RETURN(const auto front,
                   log::LaneFront(txn.reader(), lane->key.first, lane->key.second));
  SetState(lane, LaneState::kHeld);
  by_head_.erase(lane->head);
  if (front.has_value() && *front < next_seq_) {
    ASSIGN_OR_RETURN(const auto entry, log::Find(txn.reader(), *front));
    TIDEOVER_CHECK(entry.has_value(), "a lane names a mutation that is not logged");
    SetHead(lane, *front, *entry);
    return lane;
  }
  if (front.has_value()) more_in_log_ = true;
  Count(*lane, -1);
  lanes_.erase(LaneKey(lane->key));
  return nullptr;
}

Lane* LaneWindow::Find(uint64_t head_seq) {
  const auto it = by_head_.find(head_seq);
  return it == by_head_.end() ? nullptr : it->second;
}

void LaneWindow::Count(const Lane& lane, int sign) {
  counts_[static_cast<size_t>(lane.state)] += sign;
  if (!IsActive(lane.state)) return;
  size_t& active = active_[lane.key.first];
  active += sign;
  if (active == 0) active_.erase(lane.key.first);
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
    SetState(by_head_.at(waiting_.begin()->second), LaneState::kReady);
  }
}

std::vector<Lane*> LaneWindow::Ready(size_t count) const {
  std::vector<Lane*> ready;
  for (const uint64_t seq : ready_) {
    if (ready.size() == count) break;
    ready.push_back(by_head_.at(seq));
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
