#include "sim/simulation.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "sim/ledger.h"
#include "sim/live.h"
#include "sim/model_server.h"
#include "sim/network.h"
#include "sim/operator.h"
#include "sim/sim_daemon.h"
#include "sim/version_check.h"
#include "sim/workload.h"
#include "sim/world.h"

namespace tideover::sim {
namespace {

// From the moment when the last fault ends: the longest backoff, the longest wait for certainty,
// and a few polls.
constexpr Millis kCalm{240'000};

// The simulation under way, for the handler of an abort.
World* g_world = nullptr;
uint64_t g_seed = 0;

void OnAbort(int /*signal*/) {
  // The process ends here in any case: that printing is not safe in a signal costs nothing.
  if (g_world != nullptr) {
    std::fprintf(stderr, "%sABORTED at seed %llu\n", g_world->Trace().c_str(),
                 static_cast<unsigned long long>(g_seed));
  }
  std::signal(SIGABRT, SIG_DFL);
}

class Simulation {
 public:
  Simulation(uint64_t seed, Mutant mutant, const std::string& directory, Coverage* coverage)
      : plan_(MakePlan(seed, mutant)), world_(seed), network_{world_, plan_,     server_,
                                                              wire_,  versions_, *coverage} {
    network_.on_effect = [this] { ledger_.OnEffects(); };
    server_.on_change = [this](const std::string& place, const json::Value& said) {
      Tell(network_, place, said);
    };
    network_.on_send = [this](int daemon, const sync::PushRequest& request) {
      const auto txn = daemons_[static_cast<size_t>(daemon)]->env().BeginRead();
      ledger_.OnSend(daemon, txn->reader(), request);
    };
    for (int i = 0; i < plan_.daemons; ++i) {
      const std::string path = fmt::format("{}/d{}", directory, i);
      std::filesystem::remove_all(path);
      daemons_.push_back(std::make_unique<SimDaemon>(network_, ledger_, i, path));
      workloads_.push_back(std::make_unique<Workload>(network_, ledger_, *daemons_.back()));
      operators_.push_back(std::make_unique<Operator>(network_, ledger_, *daemons_.back()));
    }
  }
  Outcome Run();

 private:
  void Chaos();
  void Calm();
  void EverySecond(int64_t until_ms);
  void StrikeDaemon(size_t i);
  void StrikeWorld();
  void NoteForAll(Fault fault);
  void CheckQuiet(size_t i);
  void SwitchIdentity();
  bool HasHandler() const { return plan_.conflict == doors::ConflictMode::kHandler; }
  // The app that answers for conflicts stays connected until then.
  void KeepAnswering(size_t i, int64_t until_ms);
  bool MayBeUp(size_t i) const { return !plan_.identities || i == active_; }
  void Partition();
  void SignOut();
  void SignIn();
  void Kill(size_t i);
  void Reopen(size_t i);

  const Plan plan_;
  World world_;
  ModelServer server_{world_, plan_};
  WireCheck wire_{world_, plan_};
  VersionCheck versions_{world_, plan_, server_, wire_};
  Network network_;
  Ledger ledger_{world_, plan_, server_, wire_, versions_};
  size_t active_ = 0;  // The identity that is signed in, where several share a machine.
  std::vector<std::unique_ptr<SimDaemon>> daemons_;
  std::vector<std::unique_ptr<Workload>> workloads_;
  std::vector<std::unique_ptr<Operator>> operators_;
};

void Simulation::Reopen(size_t i) {
  if (daemons_[i]->up() || world_.failed() || !MayBeUp(i)) return;
  operators_[i]->ForgetSyncs();
  daemons_[i]->Open();
  workloads_[i]->RepeatUnanswered();
}

void Simulation::Kill(size_t i) {
  network_.NoteFault(daemons_[i]->index(), Fault::kCrash);
  if (network_.Strikes(plan_.upgrade)) daemons_[i]->Upgrade();
  daemons_[i]->Crash();
  world_.After(Millis(world_.Between(0, 3000)), [this, i] { Reopen(i); });
}

// Each identity has a store of its own; what the one has under way its requests carry on alone.
void Simulation::SwitchIdentity() {
  network_.NoteFault(daemons_[active_]->index(), Fault::kIdentitySwitch);
  daemons_[active_]->Crash();
  active_ = 1 - active_;
  world_.Note("the other identity signs in");
  Reopen(active_);
}

void Simulation::NoteForAll(Fault fault) {
  for (auto& daemon : daemons_) network_.NoteFault(daemon->index(), fault);
}

void Simulation::SignIn() {
  if (network_.token_good) return;
  network_.token_good = true;
  world_.Note("somebody signs in");
  for (auto& daemon : daemons_) {
    wire_.OnTryNow(daemon->index());
    if (daemon->up()) daemon->engine().OnSignedIn();
  }
}

void Simulation::SignOut() {
  if (!network_.token_good) return;
  network_.token_good = false;
  world_.Note("the token ends");
  world_.After(Millis(world_.Between(0, 20'000)), [this] { SignIn(); });
}

void Simulation::Partition() {
  network_.reachable = false;
  NoteForAll(Fault::kPartition);
  world_.Note("the network goes");
  // Now and then the machine's own link is what went.
  const bool link = world_.Chance(0.3);
  const auto tell = [this, link](bool up) {
    for (auto& daemon : daemons_) {
      if (!link || !daemon->up()) continue;
      wire_.OnLink(daemon->index(), up, network_.WakesAt(daemon->index()).value_or(world_.Mono()));
      daemon->engine().OnLinkChange(up);
    }
  };
  tell(false);
  world_.After(Millis(world_.Between(100, 30'000)), [this, tell] {
    network_.reachable = true;
    world_.Note("the network is back");
    tell(true);
  });
}

void Simulation::StrikeDaemon(size_t i) {
  SimDaemon& daemon = *daemons_[i];
  if (daemon.up() && network_.Strikes(plan_.crash_second)) Kill(i);
  if (daemon.up() && !daemon.asleep() && network_.Strikes(plan_.suspend)) {
    daemon.Suspend(world_.Mono() + Millis(world_.Between(100, 30'000)));
  }
  if (network_.Strikes(plan_.operator_acts)) operators_[i]->Act();
  if (HasHandler() && world_.Chance(0.3)) operators_[i]->AnswerConflicts();
  // A turn may have killed it.
  if (!daemon.up()) world_.After(Millis(world_.Between(0, 3000)), [this, i] { Reopen(i); });
}

void Simulation::StrikeWorld() {
  if (network_.Strikes(plan_.switch_identity)) SwitchIdentity();
  if (network_.Strikes(plan_.partition)) Partition();
  if (network_.Strikes(plan_.silence)) {
    NoteForAll(Fault::kSilence);
    world_.Note("the network falls silent");
    network_.silent_until = world_.Mono() + Millis(world_.Between(100, 30'000));
  }
  if (network_.Strikes(plan_.sign_out)) SignOut();
  if (network_.Strikes(plan_.foreign_write)) {
    NoteForAll(Fault::kForeignWrite);
    server_.ForeignWrite();
  }
  if (network_.Strikes(plan_.live_cut)) CutEars(network_);
  if (network_.Strikes(plan_.restore)) server_.Backup();
  if (network_.Strikes(plan_.restore)) {
    NoteForAll(Fault::kRestore);
    server_.Restore();
  }
  if (network_.Strikes(plan_.wall_jump)) {
    NoteForAll(Fault::kClockJump);
    world_.JumpWall(world_.Between(-400, 400) * 86'400'000);
    world_.Note("the wall clock jumps");
  }
}

void Simulation::EverySecond(int64_t until_ms) {
  if (world_.Mono().ms >= until_ms) return;
  for (size_t i = 0; i < daemons_.size(); ++i) StrikeDaemon(i);
  StrikeWorld();
  world_.After(Millis(1000), [this, until_ms] { EverySecond(until_ms); });
}

void Simulation::Chaos() {
  network_.calm = false;
  const int64_t end = world_.Mono().ms + plan_.chaos_ms;
  for (int i = 0; i < plan_.operations; ++i) {
    const auto daemon =
        static_cast<size_t>(world_.Between(0, static_cast<int64_t>(daemons_.size()) - 1));
    world_.After(Millis(world_.Between(0, plan_.chaos_ms)),
                 [this, daemon] { workloads_[plan_.identities ? active_ : daemon]->Call(); });
  }
  world_.After(Millis(1000), [this, end] { EverySecond(end); });
  world_.RunUntil({end});
}

void Simulation::CheckQuiet(size_t i) {
  if (world_.failed()) return;
  workloads_[i]->CheckAnswered();
  operators_[i]->CheckAnswered();
  daemons_[i]->CheckQuiet();
}

void Simulation::KeepAnswering(size_t i, int64_t until_ms) {
  if (!HasHandler() || world_.Mono().ms >= until_ms) return;
  operators_[i]->AnswerConflicts();
  world_.After(Millis(1000), [this, i, until_ms] { KeepAnswering(i, until_ms); });
}

void Simulation::Calm() {
  if (world_.failed()) return;
  world_.Note("calm");
  network_.calm = true;
  // What the last partition, sign-out or crash left behind ends within its own time.
  world_.RunUntil(world_.Mono() + Millis(31'000));
  const auto settle = [this](size_t i) {
    if (world_.failed()) return;
    Reopen(i);
    daemons_[i]->SetNetwork(sync::NetworkSetting::kAuto);
    workloads_[i]->RepeatUnanswered();
    KeepAnswering(i, (world_.Mono() + kCalm).ms);
  };
  if (plan_.identities) {
    for (int turn = 0; turn < 2 && !world_.failed(); ++turn) {
      settle(active_);
      world_.RunUntil(world_.Mono() + kCalm);
      CheckQuiet(active_);
      if (!world_.failed()) SwitchIdentity();
    }
    return;
  }
  for (size_t i = 0; i < daemons_.size(); ++i) settle(i);
  world_.RunUntil(world_.Mono() + kCalm);
  for (size_t i = 0; i < daemons_.size(); ++i) CheckQuiet(i);
}

Outcome Simulation::Run() {
  g_world = &world_;
  g_seed = plan_.seed;
  for (size_t i = 0; i < daemons_.size(); ++i) Reopen(i);
  for (int round = 0; round < plan_.rounds && !world_.failed(); ++round) {
    Chaos();
    Calm();
  }
  for (auto& daemon : daemons_) daemon->Crash();
  g_world = nullptr;
  Outcome outcome;
  outcome.ok = !world_.failed();
  outcome.failure = world_.failure();
  if (!outcome.ok) outcome.trace = world_.Trace();
  outcome.hash = world_.trace_hash();
  outcome.steps = world_.steps();
  outcome.virtual_ms = world_.Mono().ms - 1'000'000;
  return outcome;
}

}  // namespace

Outcome Simulate(uint64_t seed, Mutant mutant, const std::string& directory, Coverage* coverage) {
  std::signal(SIGABRT, OnAbort);
  return Simulation(seed, mutant, directory, coverage).Run();
}

}  // namespace tideover::sim
