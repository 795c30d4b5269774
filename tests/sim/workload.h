// Workload: the apps of one daemon. They make calls of every kind, name their mutations or do not,
// and repeat a call that a crash left unanswered, with the same mutation ids. A resource of the
// simulation.
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
  // Every call that can be repeated must have been answered; called when all is quiet.
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
  std::string SomeTodo();
  std::string MakeReference(const std::string& collection);
  void FillCreate(doors::OperationInput* input);
  void FillWrite(const Handle& target, doors::OperationInput* input);
  void FillInvoke(const std::vector<Handle>& visible, doors::OperationInput* input);
  std::vector<Handle> VisibleDocuments();
  void Submit(const std::shared_ptr<Pending>& call);

  Network& network_;
  World& world_;
  Ledger& ledger_;
  SimDaemon& daemon_;
  std::vector<std::shared_ptr<Pending>> unanswered_;
  std::vector<Handle> handles_;  // Ids as the apps first learnt them.
  int contents_ = 0;
  int mutation_ids_ = 0;
};

}  // namespace tideover::sim

#endif  // TIDEOVER_TESTS_SIM_WORKLOAD_H_
