#include "appsync/exchange.h"

#include <fmt/format.h>

#include <utility>

#include "appsync/graphql.h"

namespace tideover::appsync {
namespace {

using sync::PushClass;

// No credentials: a person must help, or it will pass. Either way this attempt was not executed.
Verdict WithoutToken(const absl::Status& status, const Verdict& before) {
  Verdict verdict;
  verdict.outcome = absl::IsUnauthenticated(status) ? PushClass::kUnauthorized : PushClass::kRetry;
  verdict.error = before.error;
  verdict.error.message = std::string(status.message());
  return verdict;
}

}  // namespace

struct Exchanges::Exchange {
  const OperationBinding* operation = nullptr;
  std::string body;
  Done done;
  // Credentials were refused once already; what was said then.
  bool renewed = false;
  Verdict refused;
  uint64_t generation = 0;
  std::unique_ptr<net::HttpTransfer> transfer;
};

Exchanges::Exchanges(net::HttpClient& http, AuthProvider& auth, Endpoint endpoint)
    : http_(http),
      auth_(auth),
      endpoint_(std::move(endpoint)),
      alive_(std::make_shared<bool>(true)) {}

Exchanges::~Exchanges() = default;

void Exchanges::Send(const OperationBinding& operation, const json::Value& arguments, Done done) {
  auto exchange = std::make_unique<Exchange>();
  exchange->operation = &operation;
  exchange->body = WriteRequest(operation, arguments);
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
  if (!header.ok()) return Finish(id, WithoutToken(header.status(), exchange.refused));
  exchange.generation = header->generation;
  net::HttpRequest request;
  request.url = endpoint_.url;
  request.headers = {{"Content-Type", "application/json; charset=UTF-8"},
                     {"Accept", "application/json"},
                     {"User-Agent", "tideover"},
                     {header->name, header->value.Reveal()}};
  request.body = exchange.body;
  request.timeout = endpoint_.request_timeout;
  request.repeatable = exchange.operation->kind == OperationKind::kQuery;
  exchange.transfer = http_.Start(
      std::move(request), [this, id](const net::HttpResult& result) { OnResult(id, result); });
}

void Exchanges::OnResult(uint64_t id, const net::HttpResult& result) {
  Exchange& exchange = *exchanges_.at(id);
  Verdict verdict = Classify(*exchange.operation, result);
  if (verdict.outcome != PushClass::kUnauthorized || exchange.renewed) {
    return Finish(id, std::move(verdict));
  }
  exchange.renewed = true;
  exchange.refused = std::move(verdict);
  auth_.Refresh(exchange.generation, TokenCallback(id));
}

void Exchanges::Finish(uint64_t id, Verdict verdict) {
  const auto node = exchanges_.extract(id);
  // May destroy this object: nothing of it is used after.
  node.mapped()->done(std::move(verdict));
}

}  // namespace tideover::appsync
