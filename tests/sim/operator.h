// Operator: the people who look after one daemon, and the app that answers for conflicts where the
// mode is `handler`. They retry, discard, hold, release and edit mutations, decide conflicts, force
// the network off and on, and ask for syncs. A resource of the simulation.
#ifndef TIDEOVER_TESTS_SIM_OPERATOR_H_
#define TIDEOVER_TESTS_SIM_OPERATOR_H_

#include <memory>
#include <string>
#include <vector>

#include "doors/request.h"
#include "sim/sim_daemon.h"
#include "sim/version_check.h"

namespace tideover::sim {

class Operator {
 public:
  Operator(Network& network, Ledger& ledger, SimDaemon& daemon)
      : network_(network), world_(network.world), ledger_(ledger), daemon_(daemon) {}

  // One act; nothing while the daemon is down.
  void Act();
  // The app that answers for conflicts is connected, and has a look.
  void AnswerConflicts();
  // The daemon died: whoever asked for a sync was told so.
  void ForgetSyncs() { syncs_open_ = std::make_shared<int>(0); }
  // Every sync that was asked for must have been answered; called when all is quiet.
  void CheckAnswered();

 private:
  struct Seen {
    uint64_t seq = 0;
    bool conflict = false;  // Held for CONFLICT.
    log::Mutation::Kind kind = log::Mutation::KIND_UNSPECIFIED;
  };
  std::vector<Seen> Mutations();
  void DecideOne();
  void Decide(const Seen& seen);
  std::string OtherContent(const Seen& seen);
  void Ask(doors::OutboxRequest::Verb verb, uint64_t seq, std::string json);
  void AskForSync();

  Network& network_;
  World& world_;
  Ledger& ledger_;
  SimDaemon& daemon_;
  int contents_ = 0;
  std::shared_ptr<int> syncs_open_ = std::make_shared<int>(0);
};

}  // namespace tideover::sim

#endif  // TIDEOVER_TESTS_SIM_OPERATOR_H_
