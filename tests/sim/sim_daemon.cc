#include "sim/sim_daemon.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace tideover::sim {

SimDaemon::SimDaemon(Network& network, Ledger& ledger, int index, std::string directory)
    : network_(network),
      world_(network.world),
      ledger_(ledger),
      index_(index),
      directory_(std::move(directory)),
      rules_(SimRules(network.plan)),
      tuning_(network.plan.tuning) {
  constexpr Millis kPauses[] = {Millis(20), Millis(5'000)};
  for (const Millis pause : kPauses) {
    watchers_.push_back(std::make_unique<Watcher>(world_, index_, pause));
  }
}

void SimDaemon::Open() {
  TIDEOVER_CHECK(!up(), "opened twice");
  auto life = std::make_shared<Life>();
  store::EnvOptions options;
  options.path = directory_;
  options.map_bytes = uint64_t{64} << 20;
  options.quota_bytes = uint64_t{48} << 20;
  options.unsafe_no_sync = true;
  auto env = store::Env::Open(options);
  TIDEOVER_CHECK(env.ok(), env.status().ToString());
  life->env = *std::move(env);
  auto doors =
      doors::Doors::Open(life->env.get(), rules_, &world_, &world_.random(), {}, SimOperations());
  TIDEOVER_CHECK(doors.ok(), doors.status().ToString());
  life->doors = *std::move(doors);
  life->feed = std::make_unique<view::ChangeFeed>(life->doors->opened_at_commit());
  life->upstream = std::make_unique<SimUpstream>(network_, index_, life->doors->catalog());
  life_ = life;
  world_.Note(fmt::format("d{} opens at commit {}", index_, life->doors->opened_at_commit()));
  ledger_.OnOpened(index_, *life->env, *life->doors);
  for (auto& watcher : watchers_) watcher->Attach(*life->feed, *life->env);
  life->engine = std::make_unique<sync::Engine>(
      sync::EngineOptions{tuning_, setting_, true},
      sync::EnginePorts{&world_, &world_.random(), life->env.get(), &life->doors->catalog(),
                        &life->doors->rules(), life->upstream.get(), this, &life->board,
                        [this](std::optional<MonoTime> at) { Arm(at); }});
  life->engine->Start();
}

void SimDaemon::Crash() {
  if (!up()) return;
  world_.Note(fmt::format("d{} dies", index_));
  network_.wire.OnDeath(index_);
  for (auto& watcher : watchers_) watcher->Detach();
  const std::shared_ptr<Life> life = std::exchange(life_, nullptr);
  life->engine.reset();
  life->upstream.reset();
  life->queue.clear();
  life->feed.reset();
  life->doors.reset();
  life->env.reset();
}

void SimDaemon::Upgrade() {
  network_.NoteFault(index_, Fault::kUpgrade);
  DrawSizes(world_.random(), &tuning_.push);
  world_.Note(fmt::format("d{} is upgraded", index_));
}

void SimDaemon::Suspend(MonoTime until) {
  network_.NoteFault(index_, Fault::kSuspend);
  network_.asleep_until[index_] = until;
  world_.Note(fmt::format("d{} sleeps for {} ms", index_, (until - world_.Mono()).count()));
}

void SimDaemon::CheckQuiet() {
  ledger_.CheckQuiet(index_, env(), doors());
  for (auto& watcher : watchers_) watcher->CheckQuiet();
}

void SimDaemon::NoteFault(Fault fault, const std::vector<Waiting>& turn) {
  network_.NoteFault(index_, fault);
  for (const Waiting& waiting : turn) {
    const auto* commit = std::get_if<doors::CommitRequest>(&waiting.request);
    if (commit == nullptr) continue;
    for (const doors::Operation& operation : commit->operations) {
      network_.coverage.Note(fault, operation.kind);
    }
  }
}

void SimDaemon::AfterInThisLife(Millis delay, absl::AnyInvocable<void()> event) {
  world_.After(delay,
               [this, life = std::weak_ptr<Life>(life_), event = std::move(event)]() mutable {
                 const std::shared_ptr<Life> alive = life.lock();
                 if (alive == nullptr || alive != life_) return;
                 if (const auto wakes = network_.WakesAt(index_)) {
                   AfterInThisLife(*wakes - world_.Mono(), std::move(event));
                 } else {
                   event();
                 }
               });
}

void SimDaemon::Arm(std::optional<MonoTime> at) {
  const uint64_t timer = ++life_->timer;
  if (!at.has_value()) return;
  if (Is(Mutant::kTimerLost) && world_.Chance(0.02)) return;
  AfterInThisLife(*at - world_.Mono(), [this, timer] {
    if (life_->timer == timer) life_->engine->Turn();
  });
}

void SimDaemon::SetNetwork(sync::NetworkSetting setting) {
  setting_ = setting;
  network_.wire.OnSetting(index_, setting);
  if (up()) engine().SetNetwork(setting);
}

void SimDaemon::Submit(doors::Request request, Done done) {
  Enqueue({std::move(request), std::move(done), false});
}

void SimDaemon::Merge(doors::MergeRequest request, Done done) {
  if (Is(Mutant::kSentMarksLost)) {
    std::erase_if(request.events, [](const doors::MergeEvent& event) {
      return std::holds_alternative<doors::Sent>(event);
    });
  }
  for (doors::MergeEvent& event : request.events) {
    auto* list = std::get_if<doors::List>(&event);
    if (list == nullptr) continue;
    if (Is(Mutant::kListGuardOff)) list->asked_commit = UINT64_MAX;
    if (Is(Mutant::kAbsenceAlwaysProves)) {
      list->absence_is_proof.assign(list->suspects.size(), true);
    }
  }
  if (Is(Mutant::kMergeAnsweredUnwritten) && world_.Chance(0.1)) request.events.clear();
  Enqueue({std::move(request), std::move(done), true});
}

void SimDaemon::Enqueue(Waiting waiting) {
  Life& life = *life_;
  if (Is(Mutant::kAnswerBeforeCommit) && !waiting.from_engine && world_.Chance(0.2)) {
    // As if the turn had run: it will be the next one to.
    ledger_.OnAnsweredEarly(index_, waiting.request);
  }
  life.queue.push_back(std::move(waiting));
  if (std::exchange(life.turn_scheduled, true)) return;
  AfterInThisLife(Millis(world_.Between(0, 10)), [this] { RunTurn(); });
}

void SimDaemon::RunTurn() {
  Life& life = *life_;
  life.turn_scheduled = false;
  std::vector<Waiting> served = std::exchange(life.queue, {});
  const bool dies = network_.Strikes(network_.plan.crash_turn);
  if (dies && world_.Chance(0.5)) {
    NoteFault(Fault::kCrashBefore, served);
    world_.Note(fmt::format("d{} dies before a commit of {}", index_, served.size()));
    Crash();
    return;
  }
  std::vector<doors::Answer> answers;
  view::CommitNotice notice;
  if (network_.Strikes(network_.plan.disk_full)) {
    NoteFault(Fault::kNoRoom, served);
    // As Doors::RunTurn answers when the disk is full.
    world_.Note(fmt::format("d{} has no room for a turn of {}", index_, served.size()));
    answers.assign(served.size(), {absl::ResourceExhaustedError("the disk is full"), {}, {}});
  } else {
    std::vector<const doors::Request*> requests;
    for (const Waiting& waiting : served) requests.push_back(&waiting.request);
    auto ran = life.doors->RunTurn(requests, &answers);
    if (!ran.ok()) {
      world_.Fail(fmt::format("d{}: the turn failed: {}", index_, ran.status().ToString()));
      return;
    }
    notice = *std::move(ran);
    if (notice.commit != 0) {
      world_.Note(fmt::format("d{} commit {} of {}: {} changes", index_, notice.commit,
                              served.size(), notice.changes.size()));
      ledger_.OnTurn(index_, *life.env, *life.doors, notice);
      life.feed->Publish(notice);
      for (auto& watcher : watchers_) watcher->OnPublished();
    }
  }
  if (dies) {
    NoteFault(Fault::kCrashAfter, served);
    world_.Note(fmt::format("d{} dies after a commit", index_));
    Crash();
    return;
  }
  const MonoTime at = std::max(world_.Mono() + Millis(world_.Between(0, 15)), life.last_delivery);
  life.last_delivery = at;
  AfterInThisLife(at - world_.Mono(), [this, notice = std::move(notice), served = std::move(served),
                                       answers = std::move(answers)]() mutable {
    Deliver(std::move(notice), std::move(served), std::move(answers));
  });
}

void SimDaemon::Deliver(view::CommitNotice notice, std::vector<Waiting> served,
                        std::vector<doors::Answer> answers) {
  const bool lost = Is(Mutant::kCommitNoticeLost) && world_.Chance(0.05);
  if (notice.commit != 0 && !lost) life_->engine->OnCommitted(notice);
  for (size_t i = 0; i < served.size(); ++i) served[i].done(std::move(answers[i]));
}

}  // namespace tideover::sim
