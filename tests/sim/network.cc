#include "sim/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tideover::sim {
namespace {

using sync::ListResult;
using sync::PushClass;
using sync::PushResult;

// When the client gives up.
constexpr Millis kDeadline{8'000};

constexpr const char* kClassNames[] = {"confirmed", "rejected",     "conflict",
                                       "retry",     "unauthorized", "ambiguous"};

PushResult Failure(PushClass outcome, uint32_t status, const char* message) {
  PushResult result;
  result.outcome = outcome;
  result.error = {message, status, ""};
  return result;
}

ListResult ListFailure(PushClass outcome, uint32_t status, const char* message) {
  ListResult result;
  result.outcome = outcome;
  result.error = {message, status, ""};
  return result;
}

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

struct SimUpstream::Call {
  std::vector<sync::PushRequest> requests;
  std::vector<std::string> collections;
  PushDone done;
  MonoTime begun;
  bool answered = false;
};

struct SimUpstream::Listing {
  std::string collection;
  absl::AnyInvocable<void(ListResult)> done;
  bool answered = false;
};

Millis SimUpstream::Latency() {
  if (network_.Strikes(network_.plan.slow)) return Millis(network_.world.Between(500, 7000));
  return Millis(network_.world.Between(1, 150));
}

void SimUpstream::Answer(const std::shared_ptr<Call>& call, std::vector<PushResult> results) {
  if (std::exchange(call->answered, true)) return;
  for (size_t i = 0; i < results.size(); ++i) {
    PushResult& result = results[i];
    Mutate(network_.plan.mutant, network_.world, &result);
    network_.world.Note(fmt::format("d{} push {} -> {} {} {}", daemon_, call->requests[i].seq,
                                    kClassNames[static_cast<size_t>(result.outcome)],
                                    result.error.http_status, result.server_id));
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

PushResult SimUpstream::Execute(Network& network, int daemon, const sync::PushRequest& request,
                                const std::string& collection) {
  World& world = network.world;
  const bool broken = network.Strikes(network.plan.server_error);
  if (broken && world.Chance(0.5)) return Failure(PushClass::kAmbiguous, 504, "no effect, unknown");
  PushResult result = network.server.Execute(daemon, collection, request);
  world.Note(fmt::format("server carries out d{} {}-{} {} {}/{} -> {} {}", daemon, request.seq,
                         request.seqs.back(), static_cast<int>(request.mutation.kind()), collection,
                         request.mutation.document_id(),
                         kClassNames[static_cast<size_t>(result.outcome)], result.server_id));
  network.on_effect();
  if (broken) return Failure(PushClass::kAmbiguous, 200, "an error below a committed field");
  return result;
}

// As AppSync does it: refused as a whole, or one mutation after the other.
std::vector<PushResult> SimUpstream::AtServer(Network& network, int daemon, const Call& call) {
  const Plan& plan = network.plan;
  World& world = network.world;
  const auto all = [&call](const PushResult& result) {
    return std::vector<PushResult>(call.requests.size(), result);
  };
  if (!network.token_good) return all(Failure(PushClass::kUnauthorized, 401, "token refused"));
  if (network.Strikes(plan.busy)) {
    PushResult result = Failure(PushClass::kRetry, 429, "slow down");
    result.throttled = true;
    if (world.Chance(0.5)) result.retry_after = Millis(world.Between(0, 20) * 1000);
    return all(result);
  }
  if (network.Strikes(plan.server_error) && world.Chance(0.3)) {
    return all(Failure(PushClass::kRetry, 503, "unavailable"));
  }
  if (call.requests.size() > 1 && network.Strikes(plan.company_refused)) {
    PushResult result = Failure(PushClass::kRetry, 400, "one of them is malformed");
    result.alone = true;
    return all(result);
  }
  std::vector<PushResult> results;
  for (size_t i = 0; i < call.requests.size(); ++i) {
    results.push_back(Execute(network, daemon, call.requests[i], call.collections[i]));
  }
  return results;
}

// `there` from now the server has the request, `back` later its answer arrives, if it does.
void SimUpstream::Travel(const std::shared_ptr<Call>& call, Millis there, Millis back,
                         bool answered) {
  const std::weak_ptr<bool> alive = alive_;
  network_.world.After(kDeadline, [this, alive, call] {
    if (!alive.expired()) AnswerAll(call, Failure(PushClass::kAmbiguous, 0, "timeout"));
  });
  // The server's part happens whether or not the sender still lives.
  network_.world.After(
      there, [this, network = &network_, alive, call, back, answered, daemon = daemon_] {
        if (!network->reachable) return;
        std::vector<PushResult> results = AtServer(*network, daemon, *call);
        if (!answered) return;
        network->world.After(back,
                             [this, network, alive, call, results = std::move(results)]() mutable {
                               if (alive.expired() || !network->reachable) return;
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

void SimUpstream::Push(std::vector<sync::PushRequest> requests, PushDone done) {
  const Plan& plan = network_.plan;
  World& world = network_.world;
  auto call = std::make_shared<Call>();
  for (const sync::PushRequest& request : requests) {
    call->collections.push_back(catalog_.NameOf(request.mutation.collection()));
  }
  call->requests = std::move(requests);
  call->done = std::move(done);
  call->begun = world.Mono();
  const std::weak_ptr<bool> alive = alive_;
  const auto answer_after = [&](Millis wait, PushResult result) {
    world.After(wait, [this, alive, call, result = std::move(result)] {
      if (!alive.expired()) AnswerAll(call, result);
    });
  };
  if (!network_.reachable || network_.Strikes(plan.unsent)) {
    answer_after(Millis(world.Between(1, 50)), Failure(PushClass::kRetry, 0, "not reachable"));
    return;
  }
  if (network_.Strikes(plan.request_lost)) {
    answer_after(world.Chance(0.5) ? kDeadline : Latency(),
                 Failure(PushClass::kAmbiguous, 0, "the connection broke"));
    return;
  }
  if (network_.Strikes(plan.reset_early)) {
    // The server works on while the client is long told that the connection broke.
    const int64_t most = plan.tuning.push.server_time_max.count() - 1;
    const int64_t there = world.Chance(0.5) ? world.Between(1, most) : world.Between(1, 2000);
    Travel(call, Millis(there), Millis(0), /*answered=*/false);
    answer_after(Millis(world.Between(1, std::min<int64_t>(there, kDeadline.count()))),
                 Failure(PushClass::kAmbiguous, 0, "the connection broke"));
    return;
  }
  const bool answered = !network_.Strikes(plan.answer_lost);
  if (!answered && world.Chance(0.5)) {
    const Millis there = Latency();
    Travel(call, there, Millis(0), false);
    answer_after(there + Latency(), Failure(PushClass::kAmbiguous, 0, "the connection broke"));
    return;
  }
  const Millis there = Latency();
  Travel(call, there, Latency(), answered);
}

ListResult SimUpstream::ListAtServer(const std::string& collection) {
  if (!network_.token_good) return ListFailure(PushClass::kUnauthorized, 401, "token refused");
  if (network_.Strikes(network_.plan.list_failure)) {
    switch (network_.world.Between(0, 2)) {
      case 0:
        return ListFailure(PushClass::kRejected, 200, "null is not a list");
      case 1:
        return ListFailure(PushClass::kRetry, 503, "unavailable");
      default:
        return ListFailure(PushClass::kRetry, 429, "slow down");
    }
  }
  ListResult result;
  result.outcome = PushClass::kConfirmed;
  result.documents = network_.server.List(collection);
  return result;
}

void SimUpstream::List(sync::ListRequest request, absl::AnyInvocable<void(ListResult)> done) {
  World& world = network_.world;
  auto call = std::make_shared<Listing>();
  call->collection = request.collection;
  call->done = std::move(done);
  const std::weak_ptr<bool> alive = alive_;
  if (!network_.reachable || network_.Strikes(network_.plan.unsent)) {
    world.After(Millis(world.Between(1, 50)), [this, alive, call] {
      if (!alive.expired()) Answer(call, ListFailure(PushClass::kRetry, 0, "not reachable"));
    });
    return;
  }
  world.After(kDeadline, [this, alive, call] {
    if (!alive.expired()) Answer(call, ListFailure(PushClass::kRetry, 0, "timeout"));
  });
  const Millis there = Latency();
  const Millis back = Latency();
  if (network_.Strikes(network_.plan.answer_lost)) return;
  world.After(there, [this, alive, call, back] {
    if (alive.expired() || !network_.reachable) return;
    ListResult result = ListAtServer(call->collection);
    network_.world.After(back, [this, alive, call, result = std::move(result)]() mutable {
      if (!alive.expired() && network_.reachable) Answer(call, std::move(result));
    });
  });
}

}  // namespace tideover::sim
