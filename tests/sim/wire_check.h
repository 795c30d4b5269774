// WireCheck: what may leave a daemon, and when. Holds every request against what the mutation was
// when it was logged, what the operator said, and what the server answered before:
//
//   - no document is named to the server by a provisional id;
//   - what the server confirmed is not sent again while the process lives;
//   - nothing is sent before the time that a Retry-After names, unless somebody asks to try now;
//   - nothing is sent while the operator says offline, or the link is down and counts.
//
// A resource of the simulation.
#ifndef TIDEOVER_TESTS_SIM_WIRE_CHECK_H_
#define TIDEOVER_TESTS_SIM_WIRE_CHECK_H_

#include <map>
#include <set>
#include <string>

#include "sim/model_server.h"
#include "sim/plan.h"
#include "sim/world.h"
#include "sync/status_board.h"
#include "sync/upstream.h"

namespace tideover::sim {

class WireCheck {
 public:
  WireCheck(World& world, const Plan& plan) : world_(world), plan_(plan) {}

  void OnSetting(int daemon, sync::NetworkSetting setting);
  // `at` is when the machine, which may be asleep, can take note of it.
  void OnLink(int daemon, bool up, MonoTime at);
  // Somebody asks to try now.
  void OnTryNow(int daemon);
  // A person took something out: what left together with it counts as unanswered.
  void OnDiscard(Author author);
  void OnDeath(int daemon);
  void OnSend(int daemon, const std::string& collection, const sync::PushRequest& request);
  void OnAnswer(int daemon, const sync::PushRequest& request, const sync::PushResult& result);
  // It was refused as one of several.
  bool Split(Author author) const { return split_.contains(author); }

 private:
  struct Machine {
    sync::NetworkSetting setting = sync::NetworkSetting::kAuto;
    MonoTime set_at;
    bool link_up = true;
    MonoTime link_at;
    std::set<uint64_t> confirmed;
    std::map<uint64_t, MonoTime> not_before;
  };
  void CheckWords(int daemon, const sync::PushRequest& request);
  bool MaySend(const Machine& machine, const std::string& collection) const;

  World& world_;
  const Plan& plan_;
  std::map<int, Machine> machines_;
  std::set<Author> split_;
  std::set<Author> discarded_;
};

}  // namespace tideover::sim

#endif  // TIDEOVER_TESTS_SIM_WIRE_CHECK_H_
