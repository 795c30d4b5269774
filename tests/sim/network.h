// Network: what lies between the daemons and the server, with its faults. SimUpstream is one
// daemon's way through it, for one life of the process: an implementation of sync::Upstream that
// keeps that interface's promises (answers once, always, within a deadline) and nothing more. What
// was sent goes on to the server also when the process that sent it is gone.
//
// HTTP clients do not repeat a request by themselves, so that a plain server never gets one twice:
// what looks like it is a request that the server carries out late, up to server_time_max after it
// was made, while its sender has given up and sent another. Where the server has a ledger, requests
// are doubled as well.
#ifndef TIDEOVER_TESTS_SIM_NETWORK_H_
#define TIDEOVER_TESTS_SIM_NETWORK_H_

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "sim/coverage.h"
#include "sim/model_server.h"
#include "sim/plan.h"
#include "sim/version_check.h"
#include "sim/wire_check.h"
#include "sim/world.h"
#include "store/catalog.h"
#include "sync/upstream.h"

namespace tideover::sim {

struct Ear;  // live.h

// Shared by all daemons. A resource of the simulation.
struct Network {
  World& world;
  const Plan& plan;
  ModelServer& server;
  WireCheck& wire;
  VersionCheck& versions;
  Coverage& coverage;
  bool calm = false;                          // No new faults.
  bool reachable = true;                      // For all.
  bool token_good = true;                     // The server accepts the credentials.
  MonoTime silent_until = {};                 // Packets vanish, and nobody is told.
  std::map<int, MonoTime> asleep_until = {};  // Machines that are suspended.
  std::function<void()> on_effect = [] {};    // After each execution.
  // Before a request leaves.
  std::function<void(int, const sync::PushRequest&)> on_send = [](int, const sync::PushRequest&) {};
  // Requests under way of each daemon by the kind of their mutations.
  std::map<int, std::array<int, log::Mutation::Kind_ARRAYSIZE>> under_way = {};
  // Who listens, by daemon and collection.
  std::map<std::pair<int, std::string>, std::shared_ptr<Ear>> ears = {};

  bool Strikes(double chance) { return !calm && world.Chance(chance); }
  bool Silent() const { return world.Mono() < silent_until; }
  // When the machine wakes up; nothing: it is awake.
  std::optional<MonoTime> WakesAt(int daemon) const;
  // The fault struck everything that the daemon has under way.
  void NoteFault(int daemon, Fault fault);
};

class SimUpstream final : public sync::Upstream {
 public:
  SimUpstream(Network& network, int daemon, const store::Catalog& catalog)
      : network_(network), daemon_(daemon), catalog_(catalog) {}
  ~SimUpstream() override;
  SimUpstream(const SimUpstream&) = delete;
  SimUpstream& operator=(const SimUpstream&) = delete;

  size_t FitTogether(std::span<const sync::PushRequest> requests) const override;
  void Push(std::vector<sync::PushRequest> requests, PushDone done) override;
  void List(sync::ListRequest request, absl::AnyInvocable<void(sync::ListResult)> done) override;
  bool Tells(const std::string& /*collection*/) const override { return network_.plan.live; }
  void Listen(const std::string& collection, OnLive on_event) override;
  void StopListening(const std::string& collection) override {
    network_.ears.erase({daemon_, collection});
  }
  void Reset() override {}

 private:
  struct Call;
  struct Listing;
  Millis Latency(const Call* call);
  bool Strikes(const Call& call, double chance, Fault fault);
  std::shared_ptr<Call> Begin(std::vector<sync::PushRequest> requests, PushDone done);
  bool IsLost(const std::shared_ptr<Call>& call);
  void Travel(const std::shared_ptr<Call>& call, Millis there, Millis back, bool answered);
  void Answer(const std::shared_ptr<Call>& call, std::vector<sync::PushResult> results);
  void AnswerAll(const std::shared_ptr<Call>& call, const sync::PushResult& result);
  void AnswerAfter(const std::shared_ptr<Call>& call, Millis wait, sync::PushResult result);
  void Answer(const std::shared_ptr<Listing>& call, sync::ListResult result);
  // `event` then, or as soon as the machine is awake; never when the process is gone.
  void At(MonoTime time, std::function<void()> event);

  Network& network_;
  const int daemon_;
  const store::Catalog& catalog_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace tideover::sim

#endif  // TIDEOVER_TESTS_SIM_NETWORK_H_
