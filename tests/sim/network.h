// Network: what lies between the daemons and the server, with its faults. SimUpstream is one
// daemon's way through it, for one life of the process: an implementation of sync::Upstream that
// keeps that interface's promises (answers once, always, within a deadline) and nothing more. What
// was sent goes on to the server also when the process that sent it is gone.
//
// HTTP clients do not repeat a request by themselves, so nothing is duplicated here: what looks
// like it is a request that the server carries out late, up to server_time_max after it was made,
// while its sender has given up and sent another.
#ifndef TIDEOVER_TESTS_SIM_NETWORK_H_
#define TIDEOVER_TESTS_SIM_NETWORK_H_

#include <functional>
#include <memory>
#include <string>

#include "sim/model_server.h"
#include "sim/plan.h"
#include "sim/world.h"
#include "store/catalog.h"
#include "sync/upstream.h"

namespace tideover::sim {

// Shared by all daemons. A resource of the simulation.
struct Network {
  World& world;
  const Plan& plan;
  ModelServer& server;
  bool calm = false;                // No new faults.
  bool reachable = true;            // For all.
  bool token_good = true;           // The server accepts the credentials.
  std::function<void()> on_effect;  // After each execution.

  bool Strikes(double chance) { return !calm && world.Chance(chance); }
};

class SimUpstream final : public sync::Upstream {
 public:
  SimUpstream(Network& network, int daemon, const store::Catalog& catalog)
      : network_(network), daemon_(daemon), catalog_(catalog) {}
  SimUpstream(const SimUpstream&) = delete;
  SimUpstream& operator=(const SimUpstream&) = delete;

  size_t FitTogether(std::span<const sync::PushRequest> requests) const override;
  void Push(std::vector<sync::PushRequest> requests, PushDone done) override;
  void List(sync::ListRequest request, absl::AnyInvocable<void(sync::ListResult)> done) override;
  void Reset() override {}

 private:
  struct Call;
  struct Listing;
  Millis Latency();
  void Travel(const std::shared_ptr<Call>& call, Millis there, Millis back, bool answered);
  void Answer(const std::shared_ptr<Call>& call, std::vector<sync::PushResult> results);
  void AnswerAll(const std::shared_ptr<Call>& call, const sync::PushResult& result);
  void Answer(const std::shared_ptr<Listing>& call, sync::ListResult result);
  static std::vector<sync::PushResult> AtServer(Network& network, int daemon, const Call& call);
  static sync::PushResult Execute(Network& network, int daemon, const sync::PushRequest& request,
                                  const std::string& collection);
  sync::ListResult ListAtServer(const std::string& collection);

  Network& network_;
  const int daemon_;
  const store::Catalog& catalog_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace tideover::sim

#endif  // TIDEOVER_TESTS_SIM_NETWORK_H_
