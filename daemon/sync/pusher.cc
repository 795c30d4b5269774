#include "sync/pusher.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"
#include "base/ids.h"
#include "base/logging.h"
#include "base/status_macros.h"
#include "cache/documents.h"
#include "log/lanes.h"
#include "log/mutation_log.h"
#include "sync/backoff.h"
#include "view/fold.h"

namespace tideover::sync {
namespace {

// How long an outcome waits that the store had no room for.
constexpr base::Millis kRerecordAfter{1000};

bool IsVerify(const Verdict& verdict) {
  const auto* deferred = std::get_if<doors::Deferred>(&verdict.event);
  return deferred != nullptr && deferred->hold == log::PushState::VERIFY;
}

std::optional<base::MonoTime> Earlier(std::optional<base::MonoTime> a,
                                      std::optional<base::MonoTime> b) {
  if (!a.has_value()) return b;
  if (!b.has_value()) return a;
  return std::min(*a, *b);
}

}  // namespace

Pusher::Pusher(Parts parts, absl::AnyInvocable<void()> wake)
    : parts_(parts),
      wake_(std::move(wake)),
      window_(parts.env, parts.tuning.push.window_max),
      started_(parts.clock.Mono()),
      self_(std::make_shared<Pusher*>(this)) {
  const absl::StatusOr<store::ReadTxn> txn = parts_.env->BeginRead();
  TIDEOVER_CHECK(txn.ok(), txn.status().ToString());
  const absl::Status remembered =
      echoes_.Remember(txn->reader(), started_ + parts_.tuning.push.server_time_max, started_);
  TIDEOVER_CHECK(remembered.ok(), remembered.ToString());
}

const CollectionTuning* Pusher::TuningOf(store::CollectionId collection) const {
  const auto it = parts_.tuning.collections.find(parts_.catalog.NameOf(collection));
  return it == parts_.tuning.collections.end() ? nullptr : &it->second;
}

void Pusher::Pump() {
  const base::MonoTime now = parts_.clock.Mono();
  window_.Wake(now);
  while (!rerecord_.empty() && rerecord_.begin()->first <= now) {
    const uint64_t seq = rerecord_.begin()->second;
    rerecord_.erase(rerecord_.begin());
    Record(seq);
  }
  const absl::StatusOr<std::vector<Lane*>> added = window_.Refill();
  TIDEOVER_CHECK(added.ok(), added.status().ToString());
  Admit(*added);
  Start();
}

// Looks at lanes that came into the window: attempts of an earlier run are judged before anything
// else.
void Pusher::Admit(const std::vector<Lane*>& lanes) {
  for (Lane* lane : lanes) {
    if (TuningOf(lane->key.first) == nullptr) {
      base::Log(base::LogLevel::kWarning, "pusher",
                "a pending mutation waits for a collection that is not configured",
                {{"collection", parts_.catalog.NameOf(lane->key.first)}, {"seq", lane->head}});
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
  if (lane->interrupted || lane->unanswered) {
    echoes_.Note(lane->head, (*entry)->mutation(), certain_after, parts_.clock.Mono());
  }
  if (lane->interrupted) {
    Attempt attempt;
    attempt.collection = lane->key.first;
    attempt.entry = **entry;
    attempt.verdict = JudgeInterrupted(lane->head, **entry, *TuningOf(lane->key.first));
    lane->interrupted = false;
    window_.SetState(lane, LaneState::kMerging);
    Watch(lane->head, attempt, certain_after);
    attempts_[lane->head] = std::move(attempt);
    Record(lane->head);
  } else if ((*entry)->push().hold() == log::PushState::VERIFY) {
    open_creates_[lane->head] = {lane->head, lane->key.first, certain_after, true};
  }
}

void Pusher::Start() {
  const size_t in_flight_max = parts_.tuning.push.in_flight_max;
  if (attempts_.size() >= in_flight_max) return;
  const base::MonoTime now = parts_.clock.Mono();
  std::vector<uint64_t> seqs;
  for (Lane* lane : window_.Ready(in_flight_max - attempts_.size())) {
    const CollectionTuning* tuning = TuningOf(lane->key.first);
    if (tuning == nullptr) {
      window_.SetState(lane, LaneState::kHeld);
      continue;
    }
    if (const auto until = echoes_.WaitOf(lane->key, lane->head, now)) {
      window_.Wait(lane, *until);
      parts_.board.SetNextAttempt(lane->head, parts_.clock.Wall().ms + (*until - now).count());
      continue;
    }
    if (!parts_.connectivity.Admit(tuning->network_mode, now)) continue;
    Attempt& attempt = attempts_[lane->head];
    attempt.collection = lane->key.first;
    attempt.mode = tuning->network_mode;
    window_.SetState(lane, LaneState::kMarking);
    parts_.board.SetInFlight(lane->head, true);
    parts_.board.SetNextAttempt(lane->head, 0);
    seqs.push_back(lane->head);
  }
  if (!seqs.empty()) Mark(std::move(seqs));
}

void Pusher::Mark(std::vector<uint64_t> seqs) {
  doors::MergeRequest request;
  for (const uint64_t seq : seqs) request.events.emplace_back(doors::Sent{seq});
  parts_.merge.Merge(std::move(request),
                     [self = std::weak_ptr(self_), seqs = std::move(seqs)](doors::Answer answer) {
                       if (const auto alive = self.lock()) (*alive)->OnMarked(seqs, answer);
                     });
}

void Pusher::OnMarked(const std::vector<uint64_t>& seqs, const doors::Answer& answer) {
  for (const uint64_t seq : seqs) {
    if (answer.status.ok()) {
      Send(seq);
    } else {
      Fail(seq, answer.status);
    }
  }
  wake_();
}

absl::StatusOr<PushRequest> Pusher::MakeRequest(uint64_t seq, Attempt* attempt) const {
  ASSIGN_OR_RETURN(const store::ReadTxn txn, parts_.env->BeginRead());
  ASSIGN_OR_RETURN(auto entry, log::Find(txn.reader(), seq));
  if (!entry.has_value()) return absl::NotFoundError("the mutation was taken out");
  attempt->entry = *entry;
  PushRequest request;
  request.seq = seq;
  request.mutation = entry->mutation();
  request.attempt = entry->push().attempts();
  ASSIGN_OR_RETURN(request.change, view::ChangeOf(request.mutation));
  const std::string& id = request.mutation.document_id();
  ASSIGN_OR_RETURN(const auto document,
                   cache::Find(txn.reader(), request.mutation.collection(), id));
  std::optional<json::Value> base;
  if (document.has_value() && document->base.has_value()) {
    ASSIGN_OR_RETURN(base, json::Parse(*document->base));
  }
  const auto rules = parts_.rules.find(parts_.catalog.NameOf(request.mutation.collection()));
  TIDEOVER_CHECK(rules != parts_.rules.end(), "a collection with tuning has no rules");
  request.document = view::Apply(std::move(base), request.mutation.kind(), request.change,
                                 rules->second.id_field, id);
  return request;
}

void Pusher::Send(uint64_t seq) {
  Lane* lane = window_.Find(seq);
  Attempt& attempt = attempts_.at(seq);
  absl::StatusOr<PushRequest> request = MakeRequest(seq, &attempt);
  if (lane == nullptr || absl::IsNotFound(request.status())) {
    // Taken out by a person between mark and request.
    parts_.connectivity.Abandoned();
    Finish(seq);
    return;
  }
  if (!request.ok()) {
    Fail(seq, request.status());
    return;
  }
  window_.SetState(lane, LaneState::kInFlight);
  attempt.sent_at = parts_.clock.Mono();
  if (request->mutation.kind() == log::Mutation::CREATE) {
    const base::Millis server_time = parts_.tuning.push.server_time_max;
    open_creates_[seq] = {seq, attempt.collection, attempt.sent_at + server_time, false};
  }
  parts_.upstream.Push(*std::move(request), [self = std::weak_ptr(self_), seq](PushResult result) {
    if (const auto alive = self.lock()) (*alive)->OnAnswer(seq, std::move(result));
  });
}

void Pusher::NoteAnswer(const PushResult& result) {
  const bool failed = result.outcome != PushClass::kConfirmed;
  parts_.connectivity.Answered(result.outcome, result.error, parts_.clock.Mono());
  parts_.board.NoteAnswer(failed, result.error, parts_.clock.Wall());
}

void Pusher::OnAnswer(uint64_t seq, PushResult result) {
  Attempt& attempt = attempts_.at(seq);
  NoteAnswer(result);
  const base::MonoTime certain_after = attempt.sent_at + parts_.tuning.push.server_time_max;
  if (result.outcome == PushClass::kAmbiguous) {
    echoes_.Note(seq, attempt.entry.mutation(), certain_after, parts_.clock.Mono());
  }
  const CollectionTuning* tuning = TuningOf(attempt.collection);
  const bool unreachable = result.outcome == PushClass::kRetry && IsUnreachable(result.error);
  const auto retry_after = result.retry_after;
  attempt.verdict = Judge(seq, attempt.entry, *tuning, std::move(result));
  Lane* lane = window_.Find(seq);
  if (attempt.verdict->next == Next::kAgain && !unreachable && lane != nullptr) {
    const PushTuning& push = parts_.tuning.push;
    attempt.wait = FullJitter(push.backoff_base, push.backoff_cap, ++lane->failures, parts_.random);
    if (retry_after.has_value()) attempt.wait = std::max(attempt.wait, *retry_after);
  }
  Watch(seq, attempt, certain_after);
  if (lane != nullptr) window_.SetState(lane, LaneState::kMerging);
  parts_.board.SetInFlight(seq, false);
  Record(seq);
  wake_();
}

// Keeps account of creates whose outcome a list may have to tell.
void Pusher::Watch(uint64_t seq, const Attempt& attempt, base::MonoTime certain_after) {
  if (IsVerify(*attempt.verdict)) {
    open_creates_[seq] = {seq, attempt.collection, certain_after, true};
  }
}

void Pusher::Record(uint64_t seq) {
  doors::MergeRequest request;
  request.events.push_back(attempts_.at(seq).verdict->event);
  parts_.merge.Merge(std::move(request), [self = std::weak_ptr(self_), seq](doors::Answer answer) {
    if (const auto alive = self.lock()) (*alive)->OnRecorded(seq, answer);
  });
}

void Pusher::OnRecorded(uint64_t seq, const doors::Answer& answer) {
  if (absl::IsResourceExhausted(answer.status)) {
    // No room even for that: what the server said is kept here and offered again.
    rerecord_.insert({parts_.clock.Mono() + kRerecordAfter, seq});
  } else if (answer.status.ok()) {
    Finish(seq);
  }
  wake_();
}

// The attempt is over and its outcome durable: the lane goes on.
void Pusher::Finish(uint64_t seq) {
  const Attempt attempt = std::move(attempts_.at(seq));
  attempts_.erase(seq);
  parts_.board.SetInFlight(seq, false);
  const Next next = attempt.verdict.has_value() ? attempt.verdict->next : Next::kDone;
  if (!attempt.verdict.has_value() || !IsVerify(*attempt.verdict)) open_creates_.erase(seq);
  Lane* lane = window_.Find(seq);
  if (lane == nullptr) return;
  const base::MonoTime now = parts_.clock.Mono();
  switch (next) {
    case Next::kDone:
      GoOn(lane);
      return;
    case Next::kHeld:
      window_.SetState(lane, LaneState::kHeld);
      break;
    case Next::kSignIn:
      window_.SetState(lane, LaneState::kReady);
      break;
    case Next::kAgain:
      window_.Wait(lane, now + attempt.wait);
      parts_.board.SetNextAttempt(seq, parts_.clock.Wall().ms + attempt.wait.count());
      break;
  }
  // A person may have taken it out, or let it go, while the outcome was on its way.
  GoOn(lane);
}

// Looks at the disk again: the head may have left, another may lead now, or its hold changed.
void Pusher::GoOn(Lane* lane) {
  const absl::StatusOr<store::ReadTxn> txn = parts_.env->BeginRead();
  TIDEOVER_CHECK(txn.ok(), txn.status().ToString());
  const auto front = log::LaneFront(txn->reader(), lane->key.first, lane->key.second);
  TIDEOVER_CHECK(front.ok(), front.status().ToString());
  if (*front != lane->head) {
    parts_.board.SetNextAttempt(lane->head, 0);
    open_creates_.erase(lane->head);
    const absl::StatusOr<Lane*> next = window_.Advance(lane);
    TIDEOVER_CHECK(next.ok(), next.status().ToString());
    if (*next != nullptr) Admit({*next});
    return;
  }
  const auto entry = log::Find(txn->reader(), lane->head);
  TIDEOVER_CHECK(entry.ok() && entry->has_value(), "the head of a lane is not logged");
  const bool held = (*entry)->push().hold() != log::PushState::NONE;
  if ((*entry)->push().hold() != log::PushState::VERIFY) open_creates_.erase(lane->head);
  if (held && lane->state != LaneState::kHeld) window_.SetState(lane, LaneState::kHeld);
  if (!held && lane->state == LaneState::kHeld) window_.SetState(lane, LaneState::kReady);
}

// The request was never made.
void Pusher::Fail(uint64_t seq, const absl::Status& status) {
  parts_.connectivity.Abandoned();
  attempts_.erase(seq);
  parts_.board.SetInFlight(seq, false);
  if (absl::IsUnavailable(status)) return;  // The writer stops, and we with it.
  base::Log(base::LogLevel::kWarning, "pusher", "a mutation could not be sent",
            {{"seq", seq}, {"error", status.ToString()}});
  if (Lane* lane = window_.Find(seq)) {
    window_.Wait(lane, parts_.clock.Mono() + kRerecordAfter);
  }
}

void Pusher::OnCommitted(const view::CommitNotice& notice) {
  for (const view::Change& change : notice.changes) {
    if (change.previous_id.empty()) continue;
    const absl::StatusOr<Lane*> lane =
        window_.Rename(change.collection, change.previous_id, change.id);
    TIDEOVER_CHECK(lane.ok(), lane.status().ToString());
    if (*lane != nullptr) Admit({*lane});
  }
  for (const view::Moved& moved : notice.settled) {
    window_.Forget(moved.seq);
    open_creates_.erase(moved.seq);
    parts_.board.SetNextAttempt(moved.seq, 0);
    Lane* lane = window_.Find(moved.seq);
    if (lane != nullptr && !IsUnderWay(lane->state)) GoOn(lane);
  }
  // After what left: a mutation that was refused and retried in one commit is pending.
  for (const view::Enqueued& enqueued : notice.enqueued) {
    const absl::StatusOr<Lane*> lane = window_.Enqueue(enqueued);
    TIDEOVER_CHECK(lane.ok(), lane.status().ToString());
    if (*lane != nullptr) Admit({*lane});
  }
  for (const view::Moved& moved : notice.holds) NoteHold(moved);
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

void Pusher::TryNow() { window_.Wake({std::numeric_limits<int64_t>::max()}); }

std::optional<base::MonoTime> Pusher::NextWake() const {
  std::optional<base::MonoTime> wake = window_.NextWake();
  if (!rerecord_.empty()) wake = Earlier(wake, rerecord_.begin()->first);
  if (window_.WantsRefill()) wake = parts_.clock.Mono();
  if (WaitsForProbe()) wake = Earlier(wake, parts_.connectivity.NextProbe());
  return wake;
}

// Something could be sent if only the next probe found the backend well.
bool Pusher::WaitsForProbe() const {
  const size_t in_flight_max = parts_.tuning.push.in_flight_max;
  if (!parts_.connectivity.NextProbe().has_value() || attempts_.size() >= in_flight_max) {
    return false;
  }
  const std::vector<Lane*> ready = window_.Ready(in_flight_max - attempts_.size());
  return std::any_of(ready.begin(), ready.end(), [this](const Lane* lane) {
    const CollectionTuning* tuning = TuningOf(lane->key.first);
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
