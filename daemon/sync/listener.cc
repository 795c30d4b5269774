#include "sync/listener.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/planted_bug.h"
#include "sync/backoff.h"
#include "sync/earlier.h"

namespace tideover::sync {
namespace {

// While it lasts nothing may be sent at all, so nobody may listen either.
bool Silences(PauseReason paused) {
  return paused != PauseReason::kNone && paused != PauseReason::kUnreachable;
}

}  // namespace

Listener::Listener(Parts parts, Puller& puller, absl::AnyInvocable<void()> wake)
    : parts_(parts),
      puller_(puller),
      wake_(std::move(wake)),
      self_(std::make_shared<Listener*>(this)) {
  for (const auto& [name, tuning] : parts_.tuning.collections) {
    if (!parts_.upstream.Tells(name)) continue;
    const auto id = parts_.catalog.IdOf(name);
    TIDEOVER_CHECK(id.has_value(), "a configured collection has no number");
    Collection& c = collections_[name];
    c.id = *id;
    c.mode = tuning.network_mode;
    Publish(name, LiveState::kNone);
  }
}

void Listener::Pump() {
  const base::MonoTime now = parts_.clock.Mono();
  for (auto& [name, c] : collections_) {
    const PauseReason paused = parts_.connectivity.Paused(c.mode);
    if (paused == PauseReason::kNone) c.probed = false;
    if (c.state != LiveState::kNone) {
      if (Silences(paused)) Stop(name, &c);
    } else if (paused == PauseReason::kNone && now >= c.not_before) {
      Listen(name, &c);
    } else if (parts_.connectivity.Probes(c.mode) && !std::exchange(c.probed, true)) {
      // Nothing else may be about to find out when the backend is back: a list will.
      puller_.ToldOf(name);
    }
  }
}

void Listener::Listen(const std::string& name, Collection* c) {
  c->state = LiveState::kOpening;
  Publish(name, LiveState::kOpening);
  if (c->failures == 0) puller_.PutOff(name, parts_.clock.Mono() + kListenFirst);
  const uint64_t round = ++c->round;
  parts_.upstream.Listen(name, [self = std::weak_ptr(self_), name, c, round](LiveEvent event) {
    const auto alive = self.lock();
    if (alive == nullptr || c->round != round) return;
    (*alive)->OnEvent(name, c, std::move(event));
  });
}

void Listener::Stop(const std::string& name, Collection* c) {
  if (c->state == LiveState::kNone) return;
  c->state = LiveState::kNone;
  ++c->round;
  parts_.upstream.StopListening(name);
  puller_.PutOff(name, std::nullopt);
  Publish(name, LiveState::kNone);
}

void Listener::StartAnew() {
  for (auto& [name, c] : collections_) {
    Stop(name, &c);
    c.failures = 0;
    c.not_before = {};
  }
}

void Listener::OnEvent(const std::string& name, Collection* c, LiveEvent event) {
  if (std::holds_alternative<LiveBegun>(event)) {
    OnBegun(name, c);
  } else if (auto* change = std::get_if<LiveChange>(&event)) {
    OnChange(name, c, std::move(*change));
  } else {
    OnEnded(name, c, std::get<LiveEnded>(event));
  }
}

void Listener::OnBegun(const std::string& name, Collection* c) {
  c->state = LiveState::kLive;
  c->begun_at = parts_.clock.Mono();
  Publish(name, LiveState::kLive);
  // What was changed before, nobody told us of.
  if (!PLANTED_BUG(kMissedNotListed)) puller_.ToldOf(name);
  puller_.PutOff(name, std::nullopt);
}

void Listener::OnChange(const std::string& name, Collection* c, LiveChange change) {
  if (!change.document.has_value() || told_.size() >= kToldWaitingMax) {
    if (!PLANTED_BUG(kHintNotListed)) puller_.ToldOf(name);
    return;
  }
  told_.push_back({c->id, *std::move(change.document)});
  if (!merging_) Merge();
}

void Listener::Merge() {
  merging_ = true;
  std::set<std::string> names;
  doors::MergeRequest request;
  for (doors::Told& told : std::exchange(told_, {})) {
    names.insert(parts_.catalog.NameOf(told.collection));
    request.events.emplace_back(std::move(told));
  }
  parts_.merge.Merge(std::move(request),
                     [self = std::weak_ptr(self_), names](const doors::Answer& answer) {
                       if (const auto alive = self.lock()) (*alive)->OnMerged(names, answer);
                     });
}

void Listener::OnMerged(const std::set<std::string>& names, const doors::Answer& answer) {
  merging_ = false;
  // A list makes up for what the store had no room for, too.
  const bool doubtful = !answer.status.ok() || answer.merge.list_again;
  if (doubtful && !PLANTED_BUG(kHintNotListed)) {
    for (const std::string& name : names) puller_.ToldOf(name);
  }
  if (!told_.empty()) Merge();
}

void Listener::OnEnded(const std::string& name, Collection* c, const LiveEnded& ended) {
  const base::MonoTime now = parts_.clock.Mono();
  const PushTuning& push = parts_.tuning.push;
  if (c->state == LiveState::kLive && now - c->begun_at >= kHeldLong) c->failures = 0;
  base::Millis wait = FullJitter(push.backoff_base, push.backoff_cap, ++c->failures, parts_.random);
  if (ended.outcome == PushClass::kRejected) wait = kRefusedWait;
  c->not_before = now + std::max(wait, ended.retry_after.value_or(base::Millis(0)));
  c->state = LiveState::kNone;
  puller_.PutOff(name, std::nullopt);
  if (PLANTED_BUG(kListensOnce)) c->not_before = base::MonoTime{INT64_MAX};
  Publish(name, LiveState::kNone, ended.error);
  wake_();
}

void Listener::Publish(const std::string& name, LiveState state, const PushError& error) {
  parts_.board.Update([&](EngineStatus& status) {
    CollectionStatus& entry = status.collections[name];
    entry.tells = true;
    entry.live = state;
    if (state == LiveState::kLive || !error.message.empty()) entry.live_error = error.message;
  });
}

std::optional<base::MonoTime> Listener::NextWake() const {
  std::optional<base::MonoTime> wake;
  for (const auto& [name, c] : collections_) {
    const bool may_listen = parts_.connectivity.Paused(c.mode) == PauseReason::kNone;
    if (c.state == LiveState::kNone && may_listen) wake = Earlier(wake, c.not_before);
  }
  return wake;
}

}  // namespace tideover::sync
