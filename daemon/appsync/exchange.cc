#include "appsync/exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "appsync/classify_shared.h"

namespace tideover::appsync {
namespace {

using sync::PushClass;

// No credentials: a person must help, or it will pass. Either way this attempt was not executed.
Verdict WithoutToken(const absl::Status& status, const sync::PushError& before) {
  Verdict verdict;
  verdict.outcome = absl::IsUnauthenticated(status) ? PushClass::kUnauthorized : PushClass::kRetry;
  verdict.error = before;
  verdict.error.message = std::string(status.message());
  return verdict;
}

bool AllUnauthorized(const std::vector<Verdict>& verdicts) {
  return std::all_of(verdicts.begin(), verdicts.end(), [](const Verdict& verdict) {
    return verdict.outcome == PushClass::kUnauthorized;
  });
}

}  // namespace

struct Exchanges::Exchange {
  // Without their arguments, which are in the body.
  std::vector<Call> calls;
  std::string body;
  Done done;
  // Credentials were refused once already; what was said then.
  bool renewed = false;
  sync::PushError refused;
  uint64_t generation = 0;
  std::unique_ptr<net::HttpTransfer> transfer;
};

Exchanges::Exchanges(net::HttpClient& http, AuthProvider& auth, Endpoint endpoint)
    : http_(http),
      auth_(auth),
      endpoint_(std::move(endpoint)),
      alive_(std::make_shared<bool>(true)) {}

Exchanges::~Exchanges() = default;

void Exchanges::Send(std::vector<Call> calls, Done done) {
  auto exchange = std::make_unique<Exchange>();
  exchange->body = WriteRequest(calls);
  exchange->calls = std::move(calls);
  for (Call& call : exchange->calls) call.arguments = json::Value();
  exchange->done = std::move(done);
  const uint64_t id = ++last_id_;
  exchanges_[id] = std::move(exchange);
  auth_.Token(TokenCallback(id));
}

AuthProvider::Done Exchanges::TokenCallback(uint64_t id) {
  return [this, id, alive = std::weak_ptr<bool>(alive_)](absl::StatusOr<AuthHeader> header) {
    if (!alive.expired()) OnToken(id, std::move(header));
  };
}

void Exchanges::OnToken(uint64_t id, absl::StatusOr<AuthHeader> header) {
  Exchange& exchange = *exchanges_.at(id);
  if (!header.ok()) {
    const Verdict verdict = WithoutToken(header.status(), exchange.refused);
    return Finish(id, std::vector<Verdict>(exchange.calls.size(), verdict));
  }
  exchange.generation = header->generation;
  net::HttpRequest request;
  request.url = endpoint_.url;
  request.headers = {{"Content-Type", "application/json; charset=UTF-8"},
                     {"Accept", "application/json"},
                     {"User-Agent", "tideover"},
                     {header->name, header->value.Reveal()}};
  request.body = exchange.body;
  request.timeout = endpoint_.request_timeout;
  request.repeatable = exchange.calls[0].operation->kind == OperationKind::kQuery;
  exchange.transfer = http_.Start(
      std::move(request), [this, id](const net::HttpResult& result) { OnResult(id, result); });
}

void Exchanges::OnResult(uint64_t id, const net::HttpResult& result) {
  Exchange& exchange = *exchanges_.at(id);
  std::vector<Verdict> verdicts = ClassifyShared(exchange.calls, result);
  if (exchange.renewed || !AllUnauthorized(verdicts)) return Finish(id, std::move(verdicts));
  exchange.renewed = true;
  exchange.refused = std::move(verdicts[0].error);
  auth_.Refresh(exchange.generation, TokenCallback(id));
}

void Exchanges::Finish(uint64_t id, std::vector<Verdict> verdicts) {
  const auto node = exchanges_.extract(id);
  // May destroy this object: nothing of it is used after.
  node.mapped()->done(std::move(verdicts));
}

}  // namespace tideover::appsync
