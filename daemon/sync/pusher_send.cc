// The way of one attempt: sent marks, request, answer, outcome. The lanes are in pusher.cc.
#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "sync/backoff.h"
#include "sync/pusher.h"

namespace tideover::sync {

void Pusher::Mark(std::vector<doors::MergeEvent> marks) {
  marking_ = true;
  std::vector<uint64_t> heads;
  for (const doors::MergeEvent& mark : marks) heads.push_back(std::get<doors::Sent>(mark).seq);
  parts_.merge.Merge({std::move(marks)},
                     [self = std::weak_ptr(self_), heads = std::move(heads)](doors::Answer answer) {
                       if (const auto alive = self.lock()) (*alive)->OnMarked(heads, answer);
                     });
}

void Pusher::OnMarked(const std::vector<uint64_t>& heads, const doors::Answer& answer) {
  marking_ = false;
  Prepared prepared;
  if (answer.status.ok()) {
    const absl::StatusOr<store::ReadTxn> txn = parts_.env->BeginRead();
    TIDEOVER_CHECK(txn.ok(), txn.status().ToString());
    for (const uint64_t head : heads) Prepare(txn->reader(), head, &prepared);
  } else {
    for (const uint64_t head : heads) Fail(head, answer.status);
  }
  SendAll(std::move(prepared));
  wake_();
}

void Pusher::Prepare(const store::Reader& reader, uint64_t head, Prepared* prepared) {
  Attempt& attempt = attempts_.at(head);
  absl::StatusOr<PreparedPush> push = PreparePush(reader, parts_.catalog, parts_.rules, head);
  Lane* lane = window_.Find(head);
  if (lane == nullptr || absl::IsNotFound(push.status())) {
    // Taken out by a person between mark and request.
    parts_.connectivity.Abandoned();
    Finish(head);
    return;
  }
  if (!push.ok()) {
    Fail(head, push.status());
    return;
  }
  attempt.entry = std::move(push->head);
  if (push->request.seqs.back() != attempt.last) {
    // A person changed the bundle meanwhile: it never left, and is put together anew.
    parts_.connectivity.Abandoned();
    attempt.verdict = Verdict{doors::Deferred{head, attempt.entry.push().last_error(), false,
                                              attempt.entry.push().hold(), false},
                              Next::kAgain};
    window_.SetState(lane, LaneState::kMerging);
    Record({head});
    return;
  }
  prepared->push_back(std::move(push->request));
}

// Few mutations get a request each; many share, as evenly as the room allows.
void Pusher::SendAll(Prepared prepared) {
  const size_t room = flow_.requests() > requests_ ? flow_.requests() - requests_ : 1;
  const size_t share = std::min((prepared.size() + room - 1) / room, flow_.batch());
  auto next = prepared.begin();
  while (next != prepared.end()) {
    const auto left = static_cast<size_t>(prepared.end() - next);
    size_t company = 0;
    while (company < std::min(share, left) &&
           !window_.Find((next + static_cast<ptrdiff_t>(company))->seq)->apart) {
      ++company;
    }
    const size_t count = company < 2 ? 1 : parts_.upstream.FitTogether(std::span(&*next, company));
    const auto end = next + static_cast<ptrdiff_t>(count);
    Send(Prepared(std::make_move_iterator(next), std::make_move_iterator(end)));
    next = end;
  }
}

void Pusher::Send(Prepared batch) {
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
  Flow::Sign sign = reached == results.end() ? Flow::Sign::kNone : Flow::Sign::kGood;
  for (const PushResult& result : results) {
    if (result.throttled) sign = Flow::Sign::kThrottled;
    const bool timeout = result.outcome == PushClass::kAmbiguous && IsUnreachable(result.error);
    if (timeout && sign == Flow::Sign::kNone) sign = Flow::Sign::kTimeout;
    parts_.board.NoteAnswer(result.outcome != PushClass::kConfirmed, result.error,
                            parts_.clock.Wall());
  }
  flow_.Note({sign, results.size(), requests_, now - sent_at}, now);
}

void Pusher::OnAnswers(const std::vector<uint64_t>& heads, std::vector<PushResult> results) {
  TIDEOVER_CHECK(results.size() == heads.size(), "an answer is not for what was sent");
  NoteAnswers(results, attempts_.at(heads.front()).sent_at);
  --requests_;
  for (size_t i = 0; i < heads.size(); ++i) OnAnswer(heads[i], std::move(results[i]));
  Record(heads);
  wake_();
}

void Pusher::OnAnswer(uint64_t head, PushResult result) {
  Attempt& attempt = attempts_.at(head);
  const base::MonoTime certain_after = attempt.sent_at + parts_.tuning.push.server_time_max;
  if (result.outcome == PushClass::kAmbiguous) {
    echoes_.Note(head, attempt.entry.mutation(), certain_after, parts_.clock.Mono());
  }
  const bool backs_off =
      !result.alone && !(result.outcome == PushClass::kRetry && IsUnreachable(result.error));
  const bool alone = result.alone;
  const auto retry_after = result.retry_after;
  attempt.verdict = Judge(head, attempt.entry, *TuningOf(attempt.collection), std::move(result));
  Lane* lane = window_.Find(head);
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
  parts_.merge.Merge(std::move(request),
                     [self = std::weak_ptr(self_), heads = std::move(heads)](doors::Answer answer) {
                       if (const auto alive = self.lock()) (*alive)->OnRecorded(heads, answer);
                     });
}

void Pusher::OnRecorded(const std::vector<uint64_t>& heads, const doors::Answer& answer) {
  for (const uint64_t head : heads) {
    if (absl::IsResourceExhausted(answer.status)) {
      // No room even for that: what the server said is kept here and offered again.
      rerecord_.insert({parts_.clock.Mono() + kNoRoomWait, head});
    } else if (answer.status.ok()) {
      Finish(head);
    }
  }
  wake_();
}

}  // namespace tideover::sync
