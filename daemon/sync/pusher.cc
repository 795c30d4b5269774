#include "sync/pusher.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"
#include "base/logging.h"
#include "base/planted_bug.h"
#include "doors/writer.h"
#include "log/lanes.h"
#include "log/mutation_log.h"
#include "sync/earlier.h"

namespace tideover::sync {
namespace {

// A custom operation is of no collection. One that may be repeated is resent as such a create is.
const CollectionTuning kInvokeTuning{};
const CollectionTuning kRepeatableTuning{.ambiguous = AmbiguousCreate::kResend};

}  // namespace

Pusher::Pusher(Parts parts, absl::AnyInvocable<void()> wake)
    : parts_(parts),
      wake_(std::move(wake)),
      window_(parts.env, parts.tuning.push.window_max),
      flow_(parts.tuning.push.in_flight_max, parts.tuning.push.batch_max),
      started_(parts.clock.Mono()),
      self_(std::make_shared<Pusher*>(this)) {
  const absl::StatusOr<store::ReadTxn> txn = parts_.env->BeginRead();
  TIDEOVER_CHECK(txn.ok(), txn.status().ToString());
  const absl::Status remembered =
      echoes_.Remember(txn->reader(), started_ + parts_.tuning.push.server_time_max, started_);
  TIDEOVER_CHECK(remembered.ok(), remembered.ToString());
}

const CollectionTuning* Pusher::TuningOf(store::CollectionId collection) const {
  if (collection == log::kNoCollection) return &kInvokeTuning;
  const auto it = parts_.tuning.collections.find(parts_.catalog.NameOf(collection));
  return it == parts_.tuning.collections.end() ? nullptr : &it->second;
}

const CollectionTuning& Pusher::TuningOf(const log::Mutation& mutation) const {
  if (mutation.kind() != log::Mutation::INVOKE) return *TuningOf(mutation.collection());
  const auto it = parts_.tuning.operations.find(mutation.operation());
  const bool resend =
      it != parts_.tuning.operations.end() && it->second.ambiguous == AmbiguousInvoke::kResend;
  return resend ? kRepeatableTuning : kInvokeTuning;
}

void Pusher::Pump() {
  const base::MonoTime now = parts_.clock.Mono();
  window_.Wake(now);
  while (!rerecord_.empty() && rerecord_.begin()->first <= now) {
    const uint64_t head = rerecord_.begin()->second;
    rerecord_.erase(rerecord_.begin());
    Record({head});
  }
  Admit(window_.Refill());
  Admit(window_.Recall());
  const bool paused = parts_.connectivity.Paused(NetworkMode::kAlways) != PauseReason::kNone;
  if (paused || now < flow_.paused_until()) UnsendMarked();
  Start();
}

// Looks at lanes that came into the window: attempts of an earlier run are judged before anything
// else.
void Pusher::Admit(const absl::StatusOr<std::vector<Lane*>>& lanes) {
  TIDEOVER_CHECK(lanes.ok(), lanes.status().ToString());
  for (Lane* lane : *lanes) {
    if (TuningOf(lane->collection) == nullptr) {
      base::Log(base::LogLevel::kWarning, "pusher",
                "a pending mutation waits for a collection that is not configured",
                {{"collection", parts_.catalog.NameOf(lane->collection)}, {"seq", lane->head}});
      window_.SetState(lane, LaneState::kHeld);
    } else if (lane->interrupted || lane->unanswered || lane->state == LaneState::kHeld) {
      Recover(lane);
    }
  }
}

// The head of `lane` has a history on disk: an attempt that nobody answered, or a hold.
void Pusher::Recover(Lane* lane) {
  const absl::StatusOr<store::ReadTxn> txn = parts_.env->BeginRead();
  TIDEOVER_CHECK(txn.ok(), txn.status().ToString());
  const auto entry = log::Find(txn->reader(), lane->head);
  TIDEOVER_CHECK(entry.ok(), entry.status().ToString());
  if (!entry->has_value()) return;  // Taken out since; its notice is on the way.
  const base::MonoTime certain_after = started_ + parts_.tuning.push.server_time_max;
  const auto note = [&](bool unresolved) {
    echoes_.Note(lane->head, (*entry)->mutation(), certain_after, parts_.clock.Mono(), unresolved);
  };
  if (lane->interrupted) {
    Attempt& attempt = attempts_[lane->head];
    attempt.collection = lane->collection;
    attempt.entry = **entry;
    attempt.verdict = JudgeInterrupted(lane->head, **entry, TuningOf((*entry)->mutation()));
    note(attempt.verdict->next == Next::kHeld);
    lane->interrupted = false;
    window_.SetState(lane, LaneState::kMerging);
    if (WaitsForList(*attempt.verdict)) {
      open_creates_[lane->head] = {lane->head, lane->collection, certain_after, true};
    }
    Record({lane->head});
    return;
  }
  if (lane->unanswered) note((*entry)->push().hold() == log::PushState::AMBIGUOUS);
  if ((*entry)->push().hold() == log::PushState::VERIFY && !PLANTED_BUG(kVerifyForgotten)) {
    open_creates_[lane->head] = {lane->head, lane->collection, certain_after, true};
  }
}

// Lanes that may be started now.
size_t Pusher::Room() const {
  if (marking_ > 0 || requests_ >= flow_.requests()) return 0;
  if (parts_.clock.Mono() < flow_.paused_until()) return 0;
  const size_t room = (flow_.requests() - requests_) * flow_.batch();
  return room - std::min(room, marked_.size());
}

void Pusher::Start() {
  const size_t room = Room();
  const base::MonoTime now = parts_.clock.Mono();
  if (room == 0 || !parts_.connectivity.AdmitsAny(now)) return;
  std::optional<store::ReadTxn> txn;
  std::vector<doors::MergeEvent> marks;
  for (Lane* lane : window_.Ready(room)) {
    if (!MayStart(lane, now)) continue;
    if (!txn.has_value()) {
      absl::StatusOr<store::ReadTxn> begun = parts_.env->BeginRead();
      TIDEOVER_CHECK(begun.ok(), begun.status().ToString());
      txn.emplace(*std::move(begun));
    }
    Plan(txn->reader(), lane, &marks);
  }
  // No more together than the writer takes into one turn.
  for (size_t i = 0; i < marks.size(); i += doors::kTurnMax) {
    Mark(std::span(marks).subspan(i, std::min(doors::kTurnMax, marks.size() - i)));
  }
}

bool Pusher::MayStart(Lane* lane, base::MonoTime now) {
  const CollectionTuning* tuning = TuningOf(lane->collection);
  if (tuning == nullptr) {
    window_.SetState(lane, LaneState::kHeld);
    return false;
  }
  std::optional<base::MonoTime> until = echoes_.WaitOfScope(lane->scope, now);
  for (const LaneKey& document : lane->keys) {
    until = std::max(until, echoes_.WaitOf(document, lane->head, now));
  }
  if (until.has_value()) {
    window_.Wait(lane, *until);
    parts_.board.SetNextAttempt(lane->head, parts_.clock.Wall().ms + (*until - now).count());
    return false;
  }
  if (PLANTED_BUG(kPauseIgnored)) return true;
  return parts_.connectivity.Admit(tuning->network_mode, now, !lane->tried);
}

// What of the lane leaves as one write. One that undoes itself ends without leaving.
void Pusher::Plan(const store::Reader& reader, Lane* lane, std::vector<doors::MergeEvent>* marks) {
  const uint64_t head = lane->head;
  const auto sendable = doors::PlanSend(reader, head, parts_.tuning.push.bundle_max);
  TIDEOVER_CHECK(sendable.ok(), sendable.status().ToString());
  if (sendable->bundle.empty()) {
    // Taken out since; its notice is on the way, and nothing is to be done until then.
    parts_.connectivity.Abandoned();
    window_.SetState(lane, LaneState::kHeld);
    return;
  }
  if (sendable->bundle.entries.front().mutation().references_size() > 0) {
    // A person has put a reference into it.
    parts_.connectivity.Abandoned();
    Admit(window_.Advance(lane));
    return;
  }
  Attempt& attempt = attempts_[head];
  attempt.collection = lane->collection;
  attempt.seqs = sendable->bundle.seqs;
  attempt.last = sendable->bundle.last();
  parts_.board.SetNextAttempt(head, 0);
  if (sendable->cancelled) {
    parts_.connectivity.Abandoned();
    window_.SetState(lane, LaneState::kMerging);
    attempt.verdict = Verdict{doors::Cancelled{head, attempt.last}, Next::kDone};
    Record({head});
    return;
  }
  window_.SetState(lane, LaneState::kMarking);
  SetInFlight(attempt, true);
  marks->emplace_back(doors::Sent{head, attempt.last});
}

// The attempt is over and its outcome durable: the lane goes on.
void Pusher::Finish(uint64_t head) {
  const Attempt attempt = std::move(attempts_.at(head));
  Drop(head);
  const Next next = attempt.verdict.has_value() ? attempt.verdict->next : Next::kDone;
  if (!attempt.verdict.has_value() || !WaitsForList(*attempt.verdict)) open_creates_.erase(head);
  Lane* lane = window_.Find(head);
  if (lane == nullptr || (PLANTED_BUG(kLaneNeverReleased) && next == Next::kAgain)) return;
  const base::MonoTime now = parts_.clock.Mono();
  switch (next) {
    case Next::kDone:
      break;
    case Next::kHeld:
      window_.SetState(lane, LaneState::kHeld);
      break;
    case Next::kSignIn:
      window_.SetState(lane, LaneState::kReady);
      break;
    case Next::kAgain:
      window_.Wait(lane, now + attempt.wait);
      parts_.board.SetNextAttempt(head, parts_.clock.Wall().ms + attempt.wait.count());
      break;
  }
  // A person may have taken it out, or let it go, while the outcome was on its way.
  GoOn(lane);
}

void Pusher::SetInFlight(const Attempt& attempt, bool in_flight) {
  for (const uint64_t seq : attempt.seqs) parts_.board.SetInFlight(seq, in_flight);
}

void Pusher::Drop(uint64_t head) {
  const auto it = attempts_.find(head);
  SetInFlight(it->second, false);
  attempts_.erase(it);
  const auto settled = settled_under_way_.extract(head);
  if (!settled.empty()) LeaveScope(head, settled.mapped());
}

// Looks at the disk again: the head may have left, another may lead now, or its hold changed.
void Pusher::GoOn(Lane* lane) {
  const absl::StatusOr<store::ReadTxn> txn = parts_.env->BeginRead();
  TIDEOVER_CHECK(txn.ok(), txn.status().ToString());
  const auto front = FindLaneFront(txn->reader(), lane->keys.front());
  TIDEOVER_CHECK(front.ok(), front.status().ToString());
  if (!front->has_value() || (*front)->seq != lane->head) {
    parts_.board.SetNextAttempt(lane->head, 0);
    open_creates_.erase(lane->head);
    Admit(window_.Advance(lane));
    return;
  }
  const log::PushState::Hold hold = (*front)->entry.push().hold();
  const bool held = hold != log::PushState::NONE;
  if (hold != log::PushState::VERIFY) open_creates_.erase(lane->head);
  if (held && lane->state != LaneState::kHeld) window_.SetState(lane, LaneState::kHeld);
  const bool rests = lane->state == LaneState::kHeld || lane->state == LaneState::kMerging;
  if (!held && rests) window_.SetState(lane, LaneState::kReady);
}

// The request was never made.
void Pusher::Fail(uint64_t seq, const absl::Status& status) {
  parts_.connectivity.Abandoned();
  Drop(seq);
  if (absl::IsUnavailable(status)) return;  // The writer stops, and we with it.
  base::Log(base::LogLevel::kWarning, "pusher", "a mutation could not be sent",
            {{"seq", seq}, {"error", status.ToString()}});
  if (Lane* lane = PLANTED_BUG(kUnmarkedStuck) ? nullptr : window_.Find(seq)) {
    window_.Wait(lane, parts_.clock.Mono() + kNoRoomWait);
  }
}

void Pusher::OnCommitted(const view::CommitNotice& notice) {
  for (const view::Change& change : notice.changes) {
    if (change.previous_id.empty()) continue;
    Admit(window_.Rename(change.collection, change.previous_id, change.id));
  }
  for (const view::Moved& moved : notice.settled) {
    const bool confirmed = moved.outcome == log::SettledEntry::CONFIRMED;
    if (attempts_.contains(moved.seq)) {
      settled_under_way_[moved.seq] = confirmed;
    } else {
      LeaveScope(moved.seq, confirmed);
    }
    open_creates_.erase(moved.seq);
    parts_.board.SetNextAttempt(moved.seq, 0);
    if (!confirmed) {
      echoes_.Unresolved({moved.collection, moved.document_id});
      for (const log::DocumentKey& key : moved.effects) echoes_.Unresolved(key);
    }
    Lane* lane = window_.Find(moved.seq);
    if (lane != nullptr) {
      if (!IsUnderWay(lane->state)) GoOn(lane);
      continue;
    }
    // It waited for another lane, and others may have waited behind it.
    if (moved.effects.empty()) Admit(window_.Free({moved.collection, moved.document_id}));
    for (const log::DocumentKey& key : moved.effects) Admit(window_.Free(key));
  }
  for (const log::DocumentKey& key : notice.freed) Admit(window_.Free(key));
  // After what left: a mutation that was refused and retried in one commit is pending.
  for (const view::Enqueued& enqueued : notice.enqueued) {
    settled_under_way_.erase(enqueued.seq);
    Admit(window_.Enqueue(enqueued));
  }
  for (const view::Moved& moved : notice.holds) NoteHold(moved);
}

// The scope goes on, when no attempt of it is under way any more.
void Pusher::LeaveScope(uint64_t seq, bool confirmed) {
  if (!confirmed) echoes_.Ended(seq);
  window_.Forget(seq);
}

void Pusher::NoteHold(const view::Moved& moved) {
  Lane* lane = window_.Find(moved.seq);
  // An attempt under way stays watched, whatever a person does to its mutation meanwhile.
  if (lane != nullptr && IsUnderWay(lane->state)) return;
  if (moved.hold != log::PushState::VERIFY) open_creates_.erase(moved.seq);
  if (lane == nullptr) return;
  lane->failures = 0;
  if (moved.hold == log::PushState::NONE && TuningOf(moved.collection) != nullptr) {
    window_.SetState(lane, LaneState::kReady);
    parts_.board.SetNextAttempt(moved.seq, 0);
  } else {
    window_.SetState(lane, LaneState::kHeld);
  }
}

void Pusher::TryNow() {
  flow_.Resume();
  window_.Wake({std::numeric_limits<int64_t>::max()});
}

std::optional<base::MonoTime> Pusher::NextWake() const {
  std::optional<base::MonoTime> wake = window_.NextWake();
  if (!rerecord_.empty()) wake = Earlier(wake, rerecord_.begin()->first);
  if (window_.WantsRefill() || !window_.Recalled()) wake = parts_.clock.Mono();
  if (flow_.paused_until() > parts_.clock.Mono()) wake = Earlier(wake, flow_.paused_until());
  if (WaitsForProbe()) wake = Earlier(wake, parts_.connectivity.NextProbe());
  return wake;
}

// Something could be sent if only the next probe found the backend well.
bool Pusher::WaitsForProbe() const {
  if (!parts_.connectivity.NextProbe().has_value() || Room() == 0) return false;
  const std::vector<Lane*> ready = window_.Ready(Room());
  return std::any_of(ready.begin(), ready.end(), [this](const Lane* lane) {
    const CollectionTuning* tuning = TuningOf(lane->collection);
    return tuning != nullptr && parts_.connectivity.Probes(tuning->network_mode);
  });
}

std::vector<OpenCreate> Pusher::OpenCreates(store::CollectionId collection) const {
  std::vector<OpenCreate> open;
  for (const auto& [seq, create] : open_creates_) {
    if (create.collection == collection) open.push_back(create);
  }
  return open;
}

}  // namespace tideover::sync
