#include "sim/simulation.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "sim/ledger.h"
#include "sim/model_server.h"
#include "sim/network.h"
#include "sim/sim_daemon.h"
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
  Simulation(uint64_t seed, Mutant mutant, const std::string& directory)
      : plan_(MakePlan(seed, mutant)), world_(seed) {
    network_.on_effect = [this] { ledger_.OnEffects(); };
    for (int i = 0; i < plan_.daemons; ++i) {
      const std::string path = fmt::format("{}/d{}", directory, i);
      std::filesystem::remove_all(path);
      daemons_.push_back(std::make_unique<SimDaemon>(network_, ledger_, i, path));
      workloads_.push_back(std::make_unique<Workload>(network_, ledger_, *daemons_.back()));
    }
  }
  Outcome Run();

 private:
  void Chaos();
  void Calm();
  void EverySecond(int64_t until_ms);
  void Partition();
  void SignOut();
  void SignIn();
  void Kill(size_t i);
  void Reopen(size_t i);

  const Plan plan_;
  World world_;
  ModelServer server_{world_, plan_.wide_answers};
  Network network_{world_, plan_, server_, false, true, true, {}};
  Ledger ledger_{world_, plan_, server_};
  std::vector<std::unique_ptr<SimDaemon>> daemons_;
  std::vector<std::unique_ptr<Workload>> workloads_;
};

void Simulation::Reopen(size_t i) {
  if (daemons_[i]->up() || world_.failed()) return;
  daemons_[i]->Open();
  workloads_[i]->RepeatUnanswered();
}

void Simulation::Kill(size_t i) {
  daemons_[i]->Crash();
  world_.After(Millis(world_.Between(0, 3000)), [this, i] { Reopen(i); });
}

void Simulation::SignIn() {
  if (network_.token_good) return;
  network_.token_good = true;
  world_.Note("somebody signs in");
  for (auto& daemon : daemons_) {
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
  world_.Note("the network goes");
  // Now and then the machine's own link is what went.
  const bool link = world_.Chance(0.3);
  const auto tell = [this, link](bool up) {
    for (auto& daemon : daemons_) {
      if (link && daemon->up()) daemon->engine().OnLinkChange(up);
    }
  };
  tell(false);
  world_.After(Millis(world_.Between(100, 30'000)), [this, tell] {
    network_.reachable = true;
    world_.Note("the network is back");
    tell(true);
  });
}

void Simulation::EverySecond(int64_t until_ms) {
  if (world_.Mono().ms >= until_ms) return;
  for (size_t i = 0; i < daemons_.size(); ++i) {
    if (daemons_[i]->up() && network_.Strikes(plan_.crash_second)) Kill(i);
    if (network_.Strikes(plan_.operator_acts)) workloads_[i]->OperatorActs();
    // A turn may have killed it.
    if (!daemons_[i]->up()) {
      world_.After(Millis(world_.Between(0, 3000)), [this, i] { Reopen(i); });
    }
  }
  if (network_.Strikes(plan_.partition)) Partition();
  if (network_.Strikes(plan_.sign_out)) SignOut();
  if (network_.Strikes(plan_.foreign_write)) server_.ForeignWrite();
  if (network_.Strikes(plan_.wall_jump)) {
    world_.JumpWall(world_.Between(-400, 400) * 86'400'000);
    world_.Note("the wall clock jumps");
  }
  world_.After(Millis(1000), [this, until_ms] { EverySecond(until_ms); });
}

void Simulation::Chaos() {
  network_.calm = false;
  const int64_t end = world_.Mono().ms + plan_.chaos_ms;
  for (int i = 0; i < plan_.operations; ++i) {
    const auto daemon =
        static_cast<size_t>(world_.Between(0, static_cast<int64_t>(daemons_.size()) - 1));
    world_.After(Millis(world_.Between(0, plan_.chaos_ms)),
                 [this, daemon] { workloads_[daemon]->Call(); });
  }
  world_.After(Millis(1000), [this, end] { EverySecond(end); });
  world_.RunUntil({end});
}

void Simulation::Calm() {
  if (world_.failed()) return;
  world_.Note("calm");
  network_.calm = true;
  // What the last partition, sign-out or crash left behind ends within its own time.
  world_.RunUntil(world_.Mono() + Millis(31'000));
  for (size_t i = 0; i < daemons_.size() && !world_.failed(); ++i) {
    Reopen(i);
    daemons_[i]->SetNetwork(sync::NetworkSetting::kAuto);
    workloads_[i]->RepeatUnanswered();
  }
  world_.RunUntil(world_.Mono() + kCalm);
  for (size_t i = 0; i < daemons_.size() && !world_.failed(); ++i) {
    workloads_[i]->CheckAnswered();
    ledger_.CheckQuiet(daemons_[i]->index(), daemons_[i]->env(), daemons_[i]->doors());
  }
}

Outcome Simulation::Run() {
  g_world = &world_;
  g_seed = plan_.seed;
  for (size_t i = 0; i < daemons_.size(); ++i) daemons_[i]->Open();
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

Outcome Simulate(uint64_t seed, Mutant mutant, const std::string& directory) {
  std::signal(SIGABRT, OnAbort);
  return Simulation(seed, mutant, directory).Run();
}

std::string ReplayCommand(uint64_t seed, Mutant mutant) {
  std::string command = fmt::format("sim_test --seed={}", seed);
  if (mutant != Mutant::kNone) command += fmt::format(" --mutant={}", NameOf(mutant));
  return command;
}

}  // namespace tideover::sim
