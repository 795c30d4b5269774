#include "sync/puller.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/planted_bug.h"
#include "log/mutation_log.h"
#include "sync/backoff.h"
#include "sync/earlier.h"

namespace tideover::sync {
namespace {

// While mutations of a collection keep settling, it is listed at most this often, and seldom enough
// that no more than one in so many moments goes into lists of it.
constexpr base::Millis kBusyInterval{10'000};
constexpr int kBusyShare = 20;
// While others keep changing a collection and a list must tell what: a multiple of what the last
// one took, between these two.
constexpr int kToldShare = 4;
constexpr base::Millis kToldIntervalMin{1'000};
constexpr base::Millis kToldIntervalMax{60'000};
// A list that must be read again is asked for after a random part of this, of more each time.
constexpr base::Millis kAgainSoon{400};

base::Millis BusyInterval(base::Millis took) { return std::max(kBusyInterval, took * kBusyShare); }

base::Millis ToldInterval(base::Millis took) {
  return std::clamp(took * kToldShare, kToldIntervalMin, kToldIntervalMax);
}

}  // namespace

Puller::Puller(Parts parts, const Pusher& pusher, absl::AnyInvocable<void()> wake)
    : parts_(parts),
      pusher_(pusher),
      wake_(std::move(wake)),
      self_(std::make_shared<Puller*>(this)) {
  for (const auto& [name, tuning] : parts_.tuning.collections) {
    const auto id = parts_.catalog.IdOf(name);
    TIDEOVER_CHECK(id.has_value(), "a configured collection has no number");
    Collection& c = collections_[name];
    c.id = *id;
    c.tuning = &tuning;
  }
  parts_.board.Update([this](EngineStatus& status) {
    for (const auto& [name, c] : collections_) {
      status.collections[name].stale_time = c.tuning->stale_time;
    }
  });
  const absl::StatusOr<store::ReadTxn> txn = parts_.env->BeginRead();
  TIDEOVER_CHECK(txn.ok(), txn.status().ToString());
  const absl::StatusOr<log::Counters> counters = log::ReadCounters(txn->reader());
  TIDEOVER_CHECK(counters.ok(), counters.status().ToString());
  last_commit_ = counters->last_commit();
}

// When the collection would be listed if the network allows; nothing: no reason to.
std::optional<base::MonoTime> Puller::DueAt(const Collection& c) const {
  if (c.listing) return std::nullopt;
  std::optional<base::MonoTime> due;
  if (c.wanted || !c.waiting.empty()) due = base::MonoTime{0};
  if (c.poll_at.has_value()) due = Earlier(due, c.poll_at);
  const bool never = !c.asked_at.has_value();
  const base::MonoTime busy = never ? base::MonoTime{0} : *c.asked_at + BusyInterval(c.took);
  // Own writes: at once when the collection is quiet, now and then while it is not.
  const bool quiet = pusher_.ActiveIn(c.id) == 0;
  if (c.settled && c.tuning->refetch_on_settle) {
    due = Earlier(due, quiet ? base::MonoTime{0} : busy);
  }
  if (c.told) {
    due = Earlier(due, never || !quiet ? busy : *c.asked_at + ToldInterval(c.took));
  }
  const auto once_after = [&](base::MonoTime time) {
    const bool asked_since = c.asked_at.has_value() && *c.asked_at >= time;
    if (!asked_since) due = Earlier(due, time);
  };
  for (const OpenCreate& open : pusher_.OpenCreates(c.id)) {
    // It was asked for at once, for the create may show (OnCommitted); and again when its absence
    // proves something.
    if (open.verifying) once_after(open.certain_after);
  }
  if (const auto after = pusher_.ListAfter(c.id)) once_after(*after);
  if (!due.has_value()) return std::nullopt;
  if (c.waiting.empty()) due = std::max(*due, c.put_off);
  return std::max(*due, c.not_before);
}

bool Puller::Due(const Collection& c, base::MonoTime now) const {
  const auto due = DueAt(c);
  return due.has_value() && *due <= now;
}

void Puller::Pump() {
  const base::MonoTime now = parts_.clock.Mono();
  for (auto& [name, c] : collections_) {
    Watch(&c);
    const NetworkMode mode = c.tuning->network_mode;
    const bool may_ask = parts_.connectivity.Paused(mode, c.failures == 0) == PauseReason::kNone ||
                         parts_.connectivity.Probes(mode);
    if (may_ask) {
      // A list that came before an interrupted create is known would take its document for another.
      if (!pusher_.Walked() || !Due(c, now)) continue;
      if (parts_.connectivity.Admit(mode, now, c.failures == 0)) Ask(name, &c);
    } else if (!c.listing) {
      for (ListDone& done : std::exchange(c.waiting, {})) {
        done(absl::UnavailableError("nothing is sent at present: see `tideover status`"));
      }
    }
  }
}

// Creates that are under way while a list is: the list may show them under the server's id.
void Puller::Watch(Collection* c) {
  if (!c->listing) return;
  if (PLANTED_BUG(kSuspectsForgotten)) return;
  for (const OpenCreate& open : pusher_.OpenCreates(c->id)) c->suspects.insert(open.seq);
}

void Puller::Ask(const std::string& name, Collection* c) {
  c->listing = true;
  c->wanted = false;
  c->settled = false;
  c->told = false;
  c->invalidated = false;
  c->being_served = std::exchange(c->waiting, {});
  c->suspects.clear();
  c->asking_at = parts_.clock.Mono();
  c->asking_wall = parts_.clock.Wall();
  c->asked_commit = last_commit_;
  Watch(c);
  parts_.board.Update([&](EngineStatus& status) {
    status.collections[name].listing = true;
    ++status.collections[name].counts.begun;
  });
  parts_.upstream.List({name}, [self = std::weak_ptr(self_), name](ListResult result) {
    if (const auto alive = self.lock()) (*alive)->OnList(name, std::move(result));
  });
}

void Puller::OnList(const std::string& name, ListResult result) {
  Collection& c = collections_.at(name);
  const bool failed = result.outcome != PushClass::kConfirmed;
  parts_.connectivity.Answered(result.outcome, result.error, parts_.clock.Mono());
  parts_.board.NoteAnswer(failed, result.error, parts_.clock.Wall());
  if (failed) {
    End(name, &c, absl::UnavailableError(result.error.message), result.retry_after);
    return;
  }
  Watch(&c);
  doors::List list;
  list.collection = c.id;
  list.asked_commit = c.asked_commit;
  list.asked_wall = c.asking_wall;
  list.documents = std::move(result.documents);
  std::map<uint64_t, OpenCreate> open;
  for (const OpenCreate& create : pusher_.OpenCreates(c.id)) open[create.seq] = create;
  for (const uint64_t seq : c.suspects) {
    const auto it = open.find(seq);
    list.suspects.push_back(seq);
    list.absence_is_proof.push_back(it != open.end() && c.asking_at >= it->second.certain_after);
  }
  doors::MergeRequest request;
  request.events.emplace_back(std::move(list));
  parts_.merge.Merge(std::move(request),
                     [self = std::weak_ptr(self_), name](const doors::Answer& answer) {
                       if (const auto alive = self.lock()) (*alive)->OnMerged(name, answer);
                     });
  wake_();
}

void Puller::OnMerged(const std::string& name, const doors::Answer& answer) {
  Collection& c = collections_.at(name);
  if (answer.status.ok()) {
    c.asked_at = c.asking_at;
    c.took = parts_.clock.Mono() - c.asking_at;
    c.agains = answer.merge.list_again ? c.agains + 1 : 0;
    c.owes = answer.merge.absent_kept;
    if (c.settled_commit >= answer.merge.commit) PayOwed(&c);
    parts_.board.Update([&](EngineStatus& status) {
      CollectionStatus& entry = status.collections[name];
      // Asked for before: the server may have read it before, too.
      entry.invalidated = c.invalidated;
      ++entry.counts.applied;
      entry.counts.added += answer.merge.added;
      entry.counts.updated += answer.merge.updated;
      entry.counts.removed += answer.merge.removed;
    });
    if (answer.merge.list_again) {
      c.wanted = true;
      const auto wait = FullJitter(kAgainSoon, kBusyInterval, c.agains, parts_.random);
      c.not_before = parts_.clock.Mono() + wait + base::Millis(1);
    }
  }
  End(name, &c, answer.status, std::nullopt);
}

void Puller::End(const std::string& name, Collection* c, const absl::Status& status,
                 std::optional<base::Millis> retry_after) {
  const base::MonoTime now = parts_.clock.Mono();
  c->listing = false;
  if (status.ok()) {
    c->failures = 0;
  } else {
    const PushTuning& push = parts_.tuning.push;
    c->wanted = true;
    base::Millis wait =
        FullJitter(push.backoff_base, push.backoff_cap, ++c->failures, parts_.random);
    // While the backend cannot be reached at all, the breaker's probes set the pace.
    if (parts_.connectivity.NextProbe().has_value()) wait = base::Millis(0);
    c->not_before = now + std::max(wait, retry_after.value_or(base::Millis(0)));
  }
  if (c->tuning->poll_interval.count() > 0) {
    // A little jitter, so that many daemons do not poll in step.
    const auto interval = c->tuning->poll_interval;
    c->poll_at = now + interval + base::Millis(parts_.random.Below(interval.count() / 10 + 1));
  }
  parts_.board.Update([&, wall = parts_.clock.Wall().ms](EngineStatus& board) {
    CollectionStatus& entry = board.collections[name];
    entry.listing = false;
    entry.last_error = status.ok() ? "" : std::string(status.message());
    (status.ok() ? entry.last_list_wall_ms : entry.last_error_wall_ms) = wall;
  });
  if (PLANTED_BUG(kSyncUnanswered) && !status.ok()) c->being_served.clear();
  for (ListDone& done : std::exchange(c->being_served, {})) done(status);
  wake_();
}

void Puller::OnCommitted(const view::CommitNotice& notice) {
  last_commit_ = notice.commit;
  for (const view::Moved& moved : notice.settled) {
    for (auto& [name, c] : collections_) {
      const bool affected =
          std::any_of(moved.effects.begin(), moved.effects.end(),
                      [&, id = c.id](const auto& effect) { return effect.first == id; });
      if (c.id != moved.collection && !affected) continue;
      c.settled = true;
      c.settled_commit = notice.commit;
      c.told = c.told || moved.unproven;
      PayOwed(&c);
    }
  }
  for (const view::Moved& moved : notice.holds) {
    if (moved.hold != log::PushState::VERIFY) continue;
    for (auto& [name, c] : collections_) {
      if (c.id == moved.collection) c.wanted = true;
    }
  }
}

void Puller::PayOwed(Collection* c) {
  if (std::exchange(c->owes, false)) c->told = true;
}

void Puller::SyncNow(const std::string& collection, ListDone done) {
  std::vector<Collection*> chosen;
  for (auto& [name, c] : collections_) {
    if (collection.empty() || collection == name) chosen.push_back(&c);
  }
  if (chosen.empty()) {
    done(collection.empty() ? absl::OkStatus()
                            : absl::NotFoundError(fmt::format(
                                  "the configuration has no collection \"{}\"", collection)));
    return;
  }
  // Answered when the last has ended, with the first failure.
  struct Joint {
    size_t left;
    absl::Status status;
    ListDone done;
  };
  auto joint = std::make_shared<Joint>(Joint{chosen.size(), absl::OkStatus(), std::move(done)});
  for (Collection* c : chosen) {
    c->not_before = {};
    c->waiting.emplace_back([joint](const absl::Status& status) {
      joint->status.Update(status);
      if (--joint->left == 0) joint->done(joint->status);
    });
  }
  wake_();
}

void Puller::Touch(const std::string& collection) {
  const auto it = collections_.find(collection);
  if (it == collections_.end() || it->second.wanted) return;
  Collection& c = it->second;
  if (c.listing && !c.invalidated) return;
  const base::MonoTime now = parts_.clock.Mono();
  const bool fresh = c.asked_at.has_value() && now - *c.asked_at < c.tuning->stale_time;
  if (fresh && !c.invalidated) return;
  c.wanted = true;
  wake_();
}

void Puller::Invalidate(const std::string& collection) {
  const auto it = collections_.find(collection);
  if (it == collections_.end()) return;
  it->second.invalidated = true;
  parts_.board.Update(
      [&](EngineStatus& status) { status.collections[collection].invalidated = true; });
}

void Puller::ToldOf(const std::string& collection) {
  collections_.at(collection).told = true;
  wake_();
}

void Puller::PutOff(const std::string& collection, std::optional<base::MonoTime> until) {
  collections_.at(collection).put_off = until.value_or(base::MonoTime{0});
  wake_();
}

void Puller::Refresh() {
  for (auto& [name, c] : collections_) {
    c.wanted = true;
    c.not_before = {};
  }
}

bool Puller::Busy() const {
  return std::any_of(collections_.begin(), collections_.end(),
                     [](const auto& entry) { return entry.second.listing; });
}

std::optional<base::MonoTime> Puller::NextWake() const {
  std::optional<base::MonoTime> wake;
  for (const auto& [name, c] : collections_) {
    const NetworkMode mode = c.tuning->network_mode;
    const auto due = DueAt(c);
    if (!due.has_value()) continue;
    const auto probe = parts_.connectivity.NextProbe();
    if (parts_.connectivity.Paused(mode, c.failures == 0) == PauseReason::kNone) {
      wake = Earlier(wake, due);
    } else if (parts_.connectivity.Probes(mode) && probe.has_value()) {
      wake = Earlier(wake, std::max(*due, *probe));
    }
  }
  return wake;
}

}  // namespace tideover::sync
