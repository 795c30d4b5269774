// The way of one attempt: sent marks, request, answer, outcome. The lanes are in pusher.cc.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/planted_bug.h"
#include "log/mutation_log.h"
#include "sync/backoff.h"
#include "sync/pusher.h"

namespace tideover::sync {

void Pusher::Mark(std::span<doors::MergeEvent> marks) {
  ++marking_;
  std::vector<uint64_t> heads;
  doors::MergeRequest request;
  for (doors::MergeEvent& mark : marks) {
    heads.push_back(std::get<doors::Sent>(mark).seq);
    request.events.push_back(std::move(mark));
  }
  parts_.merge.Merge(std::move(request), [self = std::weak_ptr(self_),
                                          heads = std::move(heads)](const doors::Answer& answer) {
    if (const auto alive = self.lock()) (*alive)->OnMarked(heads, answer);
  });
}

void Pusher::OnMarked(const std::vector<uint64_t>& heads, const doors::Answer& answer) {
  --marking_;
  for (const uint64_t head : heads) {
    if (answer.status.ok()) {
      marked_.push_back(head);
    } else {
      Fail(head, answer.status);
    }
  }
  // All of them, so that they can share what room there is.
  if (marking_ == 0) SendMarked();
  wake_();
}

// Few mutations get a request each; many share, as evenly as the room allows.
void Pusher::SendMarked() {
  const base::MonoTime now = parts_.clock.Mono();
  while (!marked_.empty() && requests_ < flow_.requests() && now >= flow_.paused_until()) {
    const size_t room = flow_.requests() - requests_;
    const size_t share = std::min((marked_.size() + room - 1) / room, flow_.batch());
    std::vector<PushRequest> batch = Prepare(share);
    if (batch.empty()) continue;
    const size_t count = batch.size() == 1 ? 1 : parts_.upstream.FitTogether(batch);
    while (batch.size() > count) {
      marked_.push_front(batch.back().seq);
      batch.pop_back();
    }
    Send(std::move(batch));
  }
}

// Takes what is marked, in order, up to `most` mutations that may share a request.
std::vector<PushRequest> Pusher::Prepare(size_t most) {
  const absl::StatusOr<store::ReadTxn> txn = parts_.env->BeginRead();
  TIDEOVER_CHECK(txn.ok(), txn.status().ToString());
  std::vector<PushRequest> batch;
  bool full = false;
  while (!marked_.empty() && !full && batch.size() < most) {
    const uint64_t head = marked_.front();
    const Lane* lane = window_.Find(head);
    const bool apart = lane != nullptr && lane->apart;
    if (apart && !batch.empty()) break;
    marked_.pop_front();
    if (auto request = PrepareOne(txn->reader(), head)) batch.push_back(*std::move(request));
    full = apart && !batch.empty();
  }
  return batch;
}

// Not even a probe may leave.
bool Pusher::IsPaused(const Lane& lane) const {
  const NetworkMode mode = TuningOf(lane.collection)->network_mode;
  const Connectivity& connectivity = parts_.connectivity;
  return connectivity.Paused(mode, !lane.tried) != PauseReason::kNone &&
         !connectivity.Probes(mode) && !PLANTED_BUG(kPauseIgnored);
}

std::optional<PushRequest> Pusher::PrepareOne(const store::Reader& reader, uint64_t head) {
  Attempt& attempt = attempts_.at(head);
  absl::StatusOr<PreparedPush> push = PreparePush(reader, parts_.catalog, parts_.rules, head);
  if (window_.Find(head) == nullptr || absl::IsNotFound(push.status())) {
    // Taken out by a person between mark and request.
    parts_.connectivity.Abandoned();
    Finish(head);
    return std::nullopt;
  }
  if (!push.ok()) {
    Fail(head, push.status());
    return std::nullopt;
  }
  attempt.entry = std::move(push->head);
  const bool marked = attempt.entry.push().open_attempt();
  if (!marked || push->request.seqs.back() != attempt.last || IsPaused(*window_.Find(head))) {
    // A person held it or changed the bundle meanwhile, or the network has gone: it is put together
    // anew.
    Unsend(head);
    return std::nullopt;
  }
  return std::move(push->request);
}

// It was marked and never left: the mark is taken back.
void Pusher::Unsend(uint64_t head) {
  Attempt& attempt = attempts_.at(head);
  parts_.connectivity.Abandoned();
  log::PushState::Hold hold = log::PushState::NONE;
  log::PushError said;
  const absl::StatusOr<store::ReadTxn> txn = parts_.env->BeginRead();
  TIDEOVER_CHECK(txn.ok(), txn.status().ToString());
  const auto entry = log::Find(txn->reader(), head);
  TIDEOVER_CHECK(entry.ok(), entry.status().ToString());
  if (entry->has_value()) {
    hold = (*entry)->push().hold();
    said = (*entry)->push().last_error();
  }
  attempt.verdict =
      Verdict{doors::Deferred{head, std::move(said), false, hold, false}, Next::kAgain};
  if (Lane* lane = window_.Find(head)) window_.SetState(lane, LaneState::kMerging);
  Record({head});
}

// Nothing may leave at present: what is marked waits like everything else.
void Pusher::UnsendMarked() {
  while (!marked_.empty()) {
    const uint64_t head = marked_.front();
    marked_.pop_front();
    Unsend(head);
  }
}

void Pusher::Send(std::vector<PushRequest> batch) {
  const base::MonoTime now = parts_.clock.Mono();
  std::vector<uint64_t> heads;
  for (const PushRequest& request : batch) {
    heads.push_back(request.seq);
    Attempt& attempt = attempts_.at(request.seq);
    attempt.sent_at = now;
    window_.SetState(window_.Find(request.seq), LaneState::kInFlight);
    if (attempt.entry.mutation().kind() == log::Mutation::CREATE) {
      open_creates_[request.seq] = {request.seq, attempt.collection,
                                    now + parts_.tuning.push.server_time_max, false};
    }
  }
  ++requests_;
  parts_.upstream.Push(std::move(batch), [self = std::weak_ptr(self_), heads = std::move(heads)](
                                             std::vector<PushResult> results) {
    if (const auto alive = self.lock()) (*alive)->OnAnswers(heads, std::move(results));
  });
}

// What one answer of the backend says about the way there and about its load.
void Pusher::NoteAnswers(const std::vector<PushResult>& results, base::MonoTime sent_at) {
  const base::MonoTime now = parts_.clock.Mono();
  const auto reached = std::find_if(results.begin(), results.end(), [](const PushResult& result) {
    return result.outcome == PushClass::kConfirmed || !IsUnreachable(result.error);
  });
  const PushResult& speaker = reached == results.end() ? results.front() : *reached;
  parts_.connectivity.Answered(speaker.outcome, speaker.error, now);
  Flow::Answer answer{reached == results.end() ? Flow::Sign::kNone : Flow::Sign::kGood,
                      results.size(), requests_, now - sent_at};
  for (const PushResult& result : results) {
    if (result.throttled) {
      answer.sign = Flow::Sign::kThrottled;
      answer.retry_after = result.retry_after;
    }
    const bool timeout = result.outcome == PushClass::kAmbiguous && IsUnreachable(result.error);
    if (timeout && answer.sign == Flow::Sign::kNone) answer.sign = Flow::Sign::kTimeout;
    parts_.board.NoteAnswer(result.outcome != PushClass::kConfirmed, result.error,
                            parts_.clock.Wall());
  }
  flow_.Note(answer, now);
}

void Pusher::OnAnswers(const std::vector<uint64_t>& heads, std::vector<PushResult> results) {
  TIDEOVER_CHECK(results.size() == heads.size(), "an answer is not for what was sent");
  if (PLANTED_BUG(kRetryAfterIgnored)) results.front().retry_after.reset();
  NoteAnswers(results, attempts_.at(heads.front()).sent_at);
  --requests_;
  if (PLANTED_BUG(kAnswersSwapped)) std::reverse(results.begin(), results.end());
  for (size_t i = 0; i < heads.size(); ++i) OnAnswer(heads[i], std::move(results[i]));
  Record(heads);
  SendMarked();
  wake_();
}

void Pusher::OnAnswer(uint64_t head, PushResult result) {
  Attempt& attempt = attempts_.at(head);
  const base::Millis most = parts_.tuning.push.server_time_max;
  const base::MonoTime certain_after =
      attempt.sent_at + (PLANTED_BUG(kCertainTooEarly) ? base::Millis(1) : most);
  const bool unanswered = result.outcome == PushClass::kAmbiguous;
  const bool backs_off =
      !result.alone && !(result.outcome == PushClass::kRetry && IsUnreachable(result.error));
  const bool alone = result.alone;
  const auto retry_after = result.retry_after;
  attempt.verdict =
      Judge(head, attempt.entry, TuningOf(attempt.entry.mutation()), std::move(result));
  if (unanswered) {
    echoes_.Note(head, attempt.entry.mutation(), certain_after, parts_.clock.Mono(),
                 attempt.verdict->next == Next::kHeld);
  }
  Lane* lane = window_.Find(head);
  if (lane != nullptr) lane->tried = true;
  if (lane != nullptr && alone) lane->apart = true;
  if (attempt.verdict->next == Next::kAgain && backs_off && lane != nullptr) {
    const PushTuning& push = parts_.tuning.push;
    attempt.wait = FullJitter(push.backoff_base, push.backoff_cap, ++lane->failures, parts_.random);
    if (retry_after.has_value()) attempt.wait = std::max(attempt.wait, *retry_after);
  }
  // A list may have to tell.
  if (WaitsForList(*attempt.verdict)) {
    open_creates_[head] = {head, attempt.collection, certain_after, true};
  }
  if (lane != nullptr) window_.SetState(lane, LaneState::kMerging);
  SetInFlight(attempt, false);
}

void Pusher::Record(std::vector<uint64_t> heads) {
  doors::MergeRequest request;
  for (const uint64_t head : heads) request.events.push_back(attempts_.at(head).verdict->event);
  parts_.merge.Merge(std::move(request), [self = std::weak_ptr(self_),
                                          heads = std::move(heads)](const doors::Answer& answer) {
    if (const auto alive = self.lock()) (*alive)->OnRecorded(heads, answer);
  });
}

void Pusher::OnRecorded(const std::vector<uint64_t>& heads, const doors::Answer& answer) {
  for (const uint64_t head : heads) {
    if (absl::IsResourceExhausted(answer.status)) {
      // No room even for that: what the server said is kept here and offered again.
      if (PLANTED_BUG(kOutcomeDropped)) continue;
      rerecord_.insert({parts_.clock.Mono() + kNoRoomWait, head});
    } else if (answer.status.ok()) {
      Finish(head);
    }
  }
  wake_();
}

}  // namespace tideover::sync
