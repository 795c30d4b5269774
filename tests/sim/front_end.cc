#include "sim/front_end.h"

#include <fmt/format.h>

#include <utility>

namespace tideover::sim {
namespace {

using sync::ListResult;
using sync::PushClass;
using sync::PushRequest;
using sync::PushResult;

// Its documents are never answered for: whatever else there is must not wait for them.
bool IsStuck(const PushRequest& request) {
  return request.mutation.json().find("stuck") != std::string::npos;
}

class Serving {
 public:
  Serving(Network& network, int daemon, const std::vector<PushRequest>& requests,
          const std::vector<std::string>& collections)
      : network_(network), daemon_(daemon), requests_(requests), collections_(collections) {}
  std::vector<PushResult> Run();

 private:
  bool Strikes(double chance, Fault fault);
  std::optional<PushResult> RefuseAll();
  PushResult RunOne(size_t i);
  void Note(const PushRequest& request, const PushResult& result);

  Network& network_;
  const int daemon_;
  const std::vector<PushRequest>& requests_;
  const std::vector<std::string>& collections_;
};

bool Serving::Strikes(double chance, Fault fault) {
  if (!network_.Strikes(chance)) return false;
  for (const PushRequest& request : requests_) {
    network_.coverage.Note(fault, request.mutation.kind());
  }
  return true;
}

std::optional<PushResult> Serving::RefuseAll() {
  const Plan& plan = network_.plan;
  World& world = network_.world;
  if (!network_.token_good) {
    for (const PushRequest& request : requests_) {
      network_.coverage.Note(Fault::kUnauthorized, request.mutation.kind());
    }
    return Failure(PushClass::kUnauthorized, 401, "token refused");
  }
  // Of a doubled request the one half may be refused and the other not: nobody could tell.
  if (plan.ledger && plan.duplicate > 0) return std::nullopt;
  if (Strikes(plan.busy, Fault::kTooMany)) {
    PushResult result = Failure(PushClass::kRetry, 429, "slow down");
    result.throttled = true;
    if (world.Chance(0.5)) result.retry_after = Millis(world.Between(0, 20) * 1000);
    return result;
  }
  if (Strikes(plan.server_error * 0.3, Fault::kUnavailable)) {
    return Failure(PushClass::kRetry, 503, "unavailable");
  }
  if (requests_.size() > 1 && Strikes(plan.company_refused, Fault::kCompanyRefused)) {
    PushResult result = Failure(PushClass::kRetry, 400, "one of them is malformed");
    result.alone = true;
    return result;
  }
  if (requests_.size() == 1 && Strikes(plan.forbidden, Fault::kForbidden)) {
    network_.server.Refuse({daemon_, requests_.front().seq});
    return Failure(PushClass::kRejected, 403, "forbidden");
  }
  return std::nullopt;
}

void Serving::Note(const PushRequest& request, const PushResult& result) {
  const sync::Mutation& mutation = request.mutation;
  network_.world.Note(fmt::format(
      "server carries out d{} {}-{} {} {} {} on {} -> {} {} {}", daemon_, request.seq,
      request.seqs.back(), static_cast<int>(mutation.kind()), mutation.document_id(),
      mutation.json(), request.base_version, kClassNames[static_cast<size_t>(result.outcome)],
      result.server_id, result.document.has_value() ? json::Write(*result.document) : ""));
  if (result.outcome == PushClass::kRejected) {
    network_.coverage.Note(Fault::kRefused, mutation.kind());
  } else if (result.outcome == PushClass::kConflict) {
    network_.coverage.Note(Fault::kConflict, mutation.kind());
  }
}

PushResult Serving::RunOne(size_t i) {
  const PushRequest& request = requests_[i];
  if (IsStuck(request)) return Failure(PushClass::kAmbiguous, 504, "stuck");
  const bool broken = network_.Strikes(network_.plan.server_error);
  if (broken && network_.world.Chance(0.5)) {
    network_.coverage.Note(Fault::kGatewayTimeout, request.mutation.kind());
    return Failure(PushClass::kAmbiguous, 504, "no effect, unknown");
  }
  PushResult result = network_.server.Execute(daemon_, collections_[i], request);
  Note(request, result);
  network_.on_effect();
  if (!broken) return result;
  network_.coverage.Note(Fault::kErrorBelow, request.mutation.kind());
  return Failure(PushClass::kAmbiguous, 200, "an error below a committed field");
}

std::vector<PushResult> Serving::Run() {
  if (const auto refused = RefuseAll()) {
    return std::vector<PushResult>(requests_.size(), *refused);
  }
  std::vector<PushResult> results;
  for (size_t i = 0; i < requests_.size(); ++i) results.push_back(RunOne(i));
  return results;
}

}  // namespace

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

std::vector<PushResult> Serve(Network& network, int daemon,
                              const std::vector<PushRequest>& requests,
                              const std::vector<std::string>& collections) {
  return Serving(network, daemon, requests, collections).Run();
}

ListResult ServeList(Network& network, int daemon, const std::string& collection) {
  if (!network.token_good) return ListFailure(PushClass::kUnauthorized, 401, "token refused");
  if (network.Strikes(network.plan.list_failure)) {
    switch (network.world.Between(0, 2)) {
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
  result.documents = network.server.List(daemon, collection);
  return result;
}

}  // namespace tideover::sim
