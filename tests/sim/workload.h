// Workload: the apps and the operator of one daemon. Apps make calls of every kind, name their
// mutations or do not, and repeat a call that a crash left unanswered, with the same mutation ids.
// The operator retries and discards mutations, forces the network off and on, and asks for syncs. A
// resource of the simulation.
#ifndef TIDEOVER_TESTS_SIM_WORKLOAD_H_
#define TIDEOVER_TESTS_SIM_WORKLOAD_H_

#include <string>
#include <vector>

#include "doors/operation.h"
#include "sim/sim_daemon.h"

namespace tideover::sim {

class Workload {
 public:
  Workload(Network& network, Ledger& ledger, SimDaemon& daemon)
      : network_(network), world_(network.world), ledger_(ledger), daemon_(daemon) {}

  // One call of an app; nothing while the daemon is down.
  void Call();
  // The daemon is up again: calls that were never answered are made again.
  void RepeatUnanswered();
  // The daemon died: whoever asked for a sync was told so.
  void ForgetSyncs() { syncs_open_ = std::make_shared<int>(0); }
  void OperatorActs();
  // Every sync that was asked for must have been answered; called when all is quiet.
  void CheckAnswered();

 private:
  struct Pending {
    std::vector<doors::OperationInput> inputs;
    bool answered = false;
    bool accepted = false;
  };
  struct Handle {
    std::string collection;
    std::string id;
  };
  doors::OperationInput MakeInput();
  std::string MakeContent();
  void FillCreate(doors::OperationInput* input);
  std::vector<Handle> VisibleDocuments();
  std::vector<uint64_t> Mutations();
  void Submit(const std::shared_ptr<Pending>& call);
  void AskForSync();

  Network& network_;
  World& world_;
  Ledger& ledger_;
  SimDaemon& daemon_;
  std::vector<std::shared_ptr<Pending>> unanswered_;
  std::vector<Handle> handles_;  // Ids as the apps first learnt them.
  int contents_ = 0;
  int mutation_ids_ = 0;
  std::shared_ptr<int> syncs_open_ = std::make_shared<int>(0);
};

}  // namespace tideover::sim

#endif  // TIDEOVER_TESTS_SIM_WORKLOAD_H_
