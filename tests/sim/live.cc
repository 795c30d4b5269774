#include "sim/live.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/front_end.h"

namespace tideover::sim {
namespace {

using sync::LiveBegun;
using sync::LiveChange;
using sync::LiveEnded;
using sync::PushClass;

// The longest until a connection over which nothing comes any more is noticed.
constexpr int64_t kNoticedWithin = 8'000;

bool IsOpen(const Network& network, const std::shared_ptr<Ear>& ear) {
  const auto it = network.ears.find({ear->daemon, ear->collection});
  return it != network.ears.end() && it->second == ear && !ear->alive.expired();
}

bool Passes(const Network& network, const Ear& ear) {
  return network.reachable && !network.Silent() && !network.WakesAt(ear.daemon).has_value();
}

// `event` then, or as soon as the machine is awake; never when nobody listens any more.
void At(Network& network, Millis wait, const std::shared_ptr<Ear>& ear,
        std::function<void()> event) {
  network.world.After(wait, [&network, ear, event = std::move(event)]() mutable {
    if (!IsOpen(network, ear)) return;
    if (const auto wakes = network.WakesAt(ear->daemon)) {
      At(network, *wakes - network.world.Mono(), ear, std::move(event));
    } else {
      event();
    }
  });
}

void End(Network& network, const std::shared_ptr<Ear>& ear, LiveEnded ended) {
  network.world.Note(fmt::format("d{} hears no more of {}: {}", ear->daemon, ear->collection,
                                 ended.error.message));
  network.ears.erase({ear->daemon, ear->collection});
  ear->on_event(std::move(ended));
}

void EndAfter(Network& network, int64_t ms, const std::shared_ptr<Ear>& ear, const char* message) {
  if (std::exchange(ear->doomed, true)) return;
  At(network, Millis(ms), ear, [&network, ear, message] {
    End(network, ear, {PushClass::kRetry, {message, 0, ""}, {}});
  });
}

// It missed something, and will notice.
void Doom(Network& network, const std::shared_ptr<Ear>& ear) {
  EndAfter(network, network.world.Between(1, kNoticedWithin), ear, "the connection is dead");
}

void Answer(Network& network, const std::shared_ptr<Ear>& ear) {
  World& world = network.world;
  if (!IsOpen(network, ear)) return;
  if (!Passes(network, *ear)) return Doom(network, ear);
  const Millis back(world.Between(1, 150));
  if (!network.token_good) {
    return At(network, back, ear, [&network, ear] {
      End(network, ear, {PushClass::kUnauthorized, {"token refused", 401, ""}, {}});
    });
  }
  if (network.Strikes(network.plan.list_failure)) {
    const Millis wait(world.Between(0, 20) * 1000);
    return At(network, back, ear, [&network, ear, wait] {
      End(network, ear, {PushClass::kRetry, {"too many listen", 429, ""}, wait});
    });
  }
  ear->told = true;
  At(network, back, ear, [&network, ear] {
    if (!Passes(network, *ear)) return Doom(network, ear);
    network.world.Note(fmt::format("d{} hears of {}", ear->daemon, ear->collection));
    ear->begun = true;
    ear->on_event(LiveBegun());
  });
}

void Deliver(Network& network, const std::shared_ptr<Ear>& ear, LiveChange change) {
  if (!Passes(network, *ear)) return Doom(network, ear);
  // What came before is in the list that follows.
  if (!ear->begun) return;
  network.world.Note(fmt::format(
      "d{} is told of {}: {}", ear->daemon, ear->collection,
      change.document.has_value() ? json::Write(*change.document) : "something changed"));
  ear->on_event(std::move(change));
}

void TellOne(Network& network, const std::shared_ptr<Ear>& ear, const json::Value& said) {
  const Plan& plan = network.plan;
  World& world = network.world;
  if (network.Strikes(plan.message_lost)) return;
  LiveChange change;
  if (!world.Chance(plan.message_bare)) change.document = said;
  int64_t delay = world.Between(0, 150);
  if (network.Strikes(plan.message_late)) {
    delay = world.Between(500, 30'000);
    network.NoteFault(ear->daemon, Fault::kMessageLate);
  }
  At(network, Millis(delay), ear,
     [&network, ear, change] { Deliver(network, ear, std::move(change)); });
}

}  // namespace

void Listen(Network& network, const std::shared_ptr<Ear>& ear) {
  World& world = network.world;
  network.ears[{ear->daemon, ear->collection}] = ear;
  if (!network.reachable || network.Strikes(network.plan.unsent)) {
    return EndAfter(network, world.Between(1, 50), ear, "not reachable");
  }
  // Not through At: it is the server's part.
  world.After(Millis(world.Between(1, 150)), [&network, ear] { Answer(network, ear); });
}

void Tell(Network& network, const std::string& place, const json::Value& said) {
  // Telling changes nobody's ears: what it does happens later.
  for (const auto& [key, ear] : network.ears) {
    if (!ear->told || ear->place != place) continue;
    TellOne(network, ear, said);
    if (network.Strikes(network.plan.message_late)) TellOne(network, ear, said);
  }
}

void CutEars(Network& network) {
  const bool all = network.world.Chance(0.5);
  for (const auto& [key, ear] : network.ears) {
    if (!all && network.world.Chance(0.5)) continue;
    network.NoteFault(ear->daemon, Fault::kLiveCut);
    ear->told = false;
    Doom(network, ear);
  }
}

}  // namespace tideover::sim
