// What the model server tells by itself, and the way it takes: a message may be late, come twice or
// after younger ones, or say only that something changed. It is lost without a word only where the
// plan says so; otherwise whoever missed one learns soon that his connection is gone. The server
// tells everybody of one place the same, in whatever order.
#ifndef TIDEOVER_TESTS_SIM_LIVE_H_
#define TIDEOVER_TESTS_SIM_LIVE_H_

#include <memory>
#include <string>

#include "sim/network.h"

namespace tideover::sim {

// One daemon that listens to one collection. Ends with `alive`, the process.
struct Ear {
  int daemon = 0;
  std::string collection;
  std::string place;
  sync::Upstream::OnLive on_event;
  std::weak_ptr<bool> alive;
  bool told = false;    // The server knows of it.
  bool begun = false;   // And it knows that.
  bool doomed = false;  // It missed something: its end is on its way.
};

// The daemon asks to listen.
void Listen(Network& network, const std::shared_ptr<Ear>& ear);
// A document of the place changed: as it leaves the server.
void Tell(Network& network, const std::string& place, const json::Value& said);
// The connections of everybody, or of now and then one, are gone.
void CutEars(Network& network);

}  // namespace tideover::sim

#endif  // TIDEOVER_TESTS_SIM_LIVE_H_
