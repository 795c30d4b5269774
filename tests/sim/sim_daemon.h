// SimDaemon: the daemon in the simulated world: the real store, doors, change feed and sync engine,
// with a writer, a merge port and a timer that run on virtual time. A resource of the simulation;
// Crash and Open may alternate as often as one likes.
//
// The writer is what doors/writer.h is: requests wait in a queue, a turn takes all of them, and
// later (the disk, the way back to the loop) the notice is delivered and each caller answered, in
// order. Between a turn and its delivery the store is ahead of what the engine was told, as it is
// in the daemon. A crash drops the queue and all that is not delivered.
#ifndef TIDEOVER_TESTS_SIM_SIM_DAEMON_H_
#define TIDEOVER_TESTS_SIM_SIM_DAEMON_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "doors/doors.h"
#include "sim/ledger.h"
#include "sim/network.h"
#include "sim/watcher.h"
#include "store/env.h"
#include "sync/engine.h"
#include "view/change_feed.h"

namespace tideover::sim {

using Done = absl::AnyInvocable<void(doors::Answer)>;

class SimDaemon final : public sync::MergePort {
 public:
  SimDaemon(Network& network, Ledger& ledger, int index, std::string directory);
  ~SimDaemon() override { Crash(); }
  SimDaemon(const SimDaemon&) = delete;
  SimDaemon& operator=(const SimDaemon&) = delete;

  void Open();
  void Crash();
  // A newer version will be opened next: other tuning, the same format.
  void Upgrade();
  // The machine sleeps until then: nothing of it happens, and its connections are lost.
  void Suspend(MonoTime until);
  bool asleep() const { return network_.WakesAt(index_).has_value(); }
  void CheckQuiet();
  bool up() const { return life_ != nullptr; }

  // From apps and operators; answered with the delivery of its turn, never when the process dies.
  void Submit(doors::Request request, Done done);
  void Merge(doors::MergeRequest request, Done done) override;

  // Only while it is up.
  sync::Engine& engine() { return *life_->engine; }
  store::Env& env() { return *life_->env; }
  const doors::Doors& doors() const { return *life_->doors; }
  sync::EngineStatus status() const { return life_->board.Get(); }
  int index() const { return index_; }
  // What the operator last asked for; it survives the process.
  void SetNetwork(sync::NetworkSetting setting);

 private:
  struct Waiting {
    doors::Request request;
    Done done;
    bool from_engine = false;
  };
  // All that a crash takes away.
  struct Life {
    std::unique_ptr<store::Env> env;
    std::unique_ptr<doors::Doors> doors;
    std::unique_ptr<view::ChangeFeed> feed;
    sync::StatusBoard board;
    std::unique_ptr<SimUpstream> upstream;
    std::unique_ptr<sync::Engine> engine;
    std::vector<Waiting> queue;
    bool turn_scheduled = false;
    MonoTime last_delivery;
    uint64_t timer = 0;  // Of the timer that is armed; older ones are dead.
  };
  void Enqueue(Waiting waiting);
  void RunTurn();
  void Deliver(view::CommitNotice notice, std::vector<Waiting> served,
               std::vector<doors::Answer> answers);
  void Arm(std::optional<MonoTime> at);
  // `event` unless the process has died meanwhile.
  void AfterInThisLife(Millis delay, absl::AnyInvocable<void()> event);
  // A fault struck what is under way, and what waits for this turn.
  void NoteFault(Fault fault, const std::vector<Waiting>& turn);
  bool Is(Mutant mutant) const { return network_.plan.mutant == mutant; }

  Network& network_;
  World& world_;
  Ledger& ledger_;
  const int index_;
  const std::string directory_;
  doors::RulesByCollection rules_;
  sync::Tuning tuning_;
  // Apps outlive the daemon.
  std::vector<std::unique_ptr<Watcher>> watchers_;
  sync::NetworkSetting setting_ = sync::NetworkSetting::kAuto;
  std::shared_ptr<Life> life_;
};

}  // namespace tideover::sim

#endif  // TIDEOVER_TESTS_SIM_SIM_DAEMON_H_
