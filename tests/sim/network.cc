#include "sim/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/front_end.h"
#include "sim/live.h"

namespace tideover::sim {
namespace {

using sync::ListResult;
using sync::PushClass;
using sync::PushResult;

// When the client gives up.
constexpr Millis kDeadline{8'000};

void Mutate(Mutant mutant, World& world, PushResult* result) {
  if (mutant == Mutant::kRetryIsRejected && result->outcome == PushClass::kRetry &&
      result->error.http_status != 0) {
    result->outcome = PushClass::kRejected;
  }
  if (result->outcome != PushClass::kAmbiguous) return;
  if (mutant == Mutant::kAmbiguousIsConfirmed) {
    result->outcome = PushClass::kConfirmed;
    result->server_id = fmt::format("x{}", world.Mono().ms);
  } else if (mutant == Mutant::kAmbiguousIsRetry) {
    result->outcome = PushClass::kRetry;
  } else if (mutant == Mutant::kAmbiguousIsRejected) {
    result->outcome = PushClass::kRejected;
  }
}

}  // namespace

std::optional<MonoTime> Network::WakesAt(int daemon) const {
  const auto it = asleep_until.find(daemon);
  if (it == asleep_until.end() || it->second <= world.Mono()) return std::nullopt;
  return it->second;
}

void Network::NoteFault(int daemon, Fault fault) {
  const auto it = under_way.find(daemon);
  if (it == under_way.end()) return;
  for (size_t kind = 0; kind < it->second.size(); ++kind) {
    if (it->second[kind] > 0) coverage.Note(fault, static_cast<log::Mutation::Kind>(kind));
  }
}

struct SimUpstream::Call {
  std::vector<sync::PushRequest> requests;
  std::vector<std::string> collections;
  PushDone done;
  bool answered = false;
};

struct SimUpstream::Listing {
  std::string collection;
  absl::AnyInvocable<void(ListResult)> done;
  bool answered = false;
};

SimUpstream::~SimUpstream() {
  network_.under_way.erase(daemon_);
  std::erase_if(network_.ears, [this](const auto& ear) { return ear.first.first == daemon_; });
}

void SimUpstream::Listen(const std::string& collection, OnLive on_event) {
  auto ear = std::make_shared<Ear>();
  ear->daemon = daemon_;
  ear->collection = collection;
  ear->place = network_.server.Place(daemon_, collection);
  ear->on_event = std::move(on_event);
  ear->alive = alive_;
  sim::Listen(network_, ear);
}

bool SimUpstream::Strikes(const Call& call, double chance, Fault fault) {
  if (!network_.Strikes(chance)) return false;
  for (const sync::PushRequest& request : call.requests) {
    network_.coverage.Note(fault, request.mutation.kind());
  }
  return true;
}

Millis SimUpstream::Latency(const Call* call) {
  const double slow = network_.plan.slow;
  const bool strikes =
      call != nullptr ? Strikes(*call, slow, Fault::kSlow) : network_.Strikes(slow);
  return Millis(strikes ? network_.world.Between(500, 7000) : network_.world.Between(1, 150));
}

void SimUpstream::At(MonoTime time, std::function<void()> event) {
  network_.world.After(time - network_.world.Mono(), [this, alive = std::weak_ptr<bool>(alive_),
                                                      event = std::move(event)]() mutable {
    if (alive.expired()) return;
    if (const auto wakes = network_.WakesAt(daemon_)) {
      At(*wakes, std::move(event));
    } else {
      event();
    }
  });
}

void SimUpstream::Answer(const std::shared_ptr<Call>& call, std::vector<PushResult> results) {
  if (std::exchange(call->answered, true)) return;
  for (size_t i = 0; i < results.size(); ++i) {
    PushResult& result = results[i];
    const sync::PushRequest& request = call->requests[i];
    Mutate(network_.plan.mutant, network_.world, &result);
    network_.world.Note(fmt::format("d{} push {} -> {} {} {}", daemon_, request.seq,
                                    kClassNames[static_cast<size_t>(result.outcome)],
                                    result.error.http_status, result.server_id));
    network_.wire.OnAnswer(daemon_, request, result);
    network_.versions.OnAnswer(daemon_, request, result);
    --network_.under_way[daemon_][static_cast<size_t>(request.mutation.kind())];
  }
  call->done(std::move(results));
}

void SimUpstream::Answer(const std::shared_ptr<Listing>& call, ListResult result) {
  if (std::exchange(call->answered, true)) return;
  if (network_.plan.mutant == Mutant::kEmptyListOnFailure) result.outcome = PushClass::kConfirmed;
  network_.world.Note(fmt::format("d{} list {} -> {} {} with {}", daemon_, call->collection,
                                  kClassNames[static_cast<size_t>(result.outcome)],
                                  result.error.http_status, result.documents.size()));
  call->done(std::move(result));
}

// `there` from now the server has the request, `back` later its answer arrives, if it does.
void SimUpstream::Travel(const std::shared_ptr<Call>& call, Millis there, Millis back,
                         bool answered) {
  At(network_.world.Mono() + kDeadline,
     [this, call] { AnswerAll(call, Failure(PushClass::kAmbiguous, 0, "timeout")); });
  // The server's part happens whether or not the sender still lives.
  const std::weak_ptr<bool> alive = alive_;
  network_.world.After(there, [this, network = &network_, alive, call, back, answered,
                               daemon = daemon_] {
    if (!network->reachable || network->Silent()) return;
    std::vector<PushResult> results = Serve(*network, daemon, call->requests, call->collections);
    if (!answered) return;
    network->world.After(
        back, [this, network, daemon, alive, call, results = std::move(results)]() mutable {
          const bool arrives = network->reachable && !network->Silent();
          if (alive.expired() || !arrives || network->WakesAt(daemon).has_value()) return;
          Answer(call, std::move(results));
        });
  });
}

size_t SimUpstream::FitTogether(std::span<const sync::PushRequest> requests) const {
  return requests.size();
}

void SimUpstream::AnswerAll(const std::shared_ptr<Call>& call, const PushResult& result) {
  Answer(call, std::vector<PushResult>(call->requests.size(), result));
}

void SimUpstream::AnswerAfter(const std::shared_ptr<Call>& call, Millis wait, PushResult result) {
  At(network_.world.Mono() + wait,
     [this, call, result = std::move(result)] { AnswerAll(call, result); });
}

std::shared_ptr<SimUpstream::Call> SimUpstream::Begin(std::vector<sync::PushRequest> requests,
                                                      PushDone done) {
  auto call = std::make_shared<Call>();
  for (const sync::PushRequest& request : requests) {
    call->collections.push_back(catalog_.NameOf(request.mutation.collection()));
    network_.wire.OnSend(daemon_, call->collections.back(), request);
    network_.on_send(daemon_, request);
    ++network_.under_way[daemon_][static_cast<size_t>(request.mutation.kind())];
  }
  call->requests = std::move(requests);
  call->done = std::move(done);
  return call;
}

// What never reaches the server, and is answered here.
bool SimUpstream::IsLost(const std::shared_ptr<Call>& call) {
  const Plan& plan = network_.plan;
  World& world = network_.world;
  if (!network_.reachable || Strikes(*call, plan.unsent, Fault::kUnsent)) {
    AnswerAfter(call, Millis(world.Between(1, 50)), Failure(PushClass::kRetry, 0, "not reachable"));
    return true;
  }
  if (Strikes(*call, plan.request_lost, Fault::kRequestLost)) {
    AnswerAfter(call, world.Chance(0.5) ? kDeadline : Latency(call.get()),
                Failure(PushClass::kAmbiguous, 0, "the connection broke"));
    return true;
  }
  return false;
}

void SimUpstream::Push(std::vector<sync::PushRequest> requests, PushDone done) {
  const Plan& plan = network_.plan;
  World& world = network_.world;
  const std::shared_ptr<Call> call = Begin(std::move(requests), std::move(done));
  if (IsLost(call)) return;
  if (Strikes(*call, plan.reset_early, Fault::kLate)) {
    // The server works on while the client is long told that the connection broke.
    const int64_t most = plan.tuning.push.server_time_max.count() - 1;
    const int64_t there = world.Chance(0.5) ? world.Between(1, most) : world.Between(1, 2000);
    Travel(call, Millis(there), Millis(0), /*answered=*/false);
    AnswerAfter(call, Millis(world.Between(1, std::min<int64_t>(there, kDeadline.count()))),
                Failure(PushClass::kAmbiguous, 0, "the connection broke"));
    return;
  }
  if (plan.ledger && Strikes(*call, plan.duplicate, Fault::kDuplicate)) {
    Travel(call, Millis(world.Between(1, plan.tuning.push.server_time_max.count() - 1)), Millis(0),
           /*answered=*/false);
  }
  const bool answered = !Strikes(*call, plan.answer_lost, Fault::kAnswerLost);
  const Millis there = Latency(call.get());
  if (!answered && world.Chance(0.5)) {
    Travel(call, there, Millis(0), false);
    AnswerAfter(call, there + Latency(call.get()),
                Failure(PushClass::kAmbiguous, 0, "the connection broke"));
    return;
  }
  Travel(call, there, Latency(call.get()), answered);
}

void SimUpstream::List(sync::ListRequest request, absl::AnyInvocable<void(ListResult)> done) {
  World& world = network_.world;
  auto call = std::make_shared<Listing>();
  call->collection = request.collection;
  call->done = std::move(done);
  const auto fails_after = [this, call](Millis wait, const char* message) {
    At(network_.world.Mono() + wait,
       [this, call, message] { Answer(call, ListFailure(PushClass::kRetry, 0, message)); });
  };
  if (!network_.reachable || network_.Strikes(network_.plan.unsent)) {
    fails_after(Millis(world.Between(1, 50)), "not reachable");
    return;
  }
  fails_after(kDeadline, "timeout");
  const Millis there = Latency(nullptr);
  const Millis back = Latency(nullptr);
  if (network_.Strikes(network_.plan.answer_lost)) return;
  const auto passes = [this] {
    return network_.reachable && !network_.Silent() && !network_.WakesAt(daemon_).has_value();
  };
  const std::weak_ptr<bool> alive = alive_;
  world.After(there, [this, alive, call, back, passes] {
    if (alive.expired() || !passes()) return;
    ListResult result = ServeList(network_, daemon_, call->collection);
    network_.world.After(back, [this, alive, call, passes, result = std::move(result)]() mutable {
      if (!alive.expired() && passes()) Answer(call, std::move(result));
    });
  });
}

}  // namespace tideover::sim
