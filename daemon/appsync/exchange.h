// Exchanges, a resource: sends GraphQL operations, one or several in a request, with the
// credentials of the moment and classifies what comes back. When credentials are refused they are
// renewed once, for all who were refused, and the request is sent once more; it was certainly not
// executed, because none of its operations was. Owned by the
// upstream; loop thread. Each `done` is called exactly once, in a later turn, within the timeouts
// of the provider and of two requests; destroying this drops what is under way.
#ifndef TIDEOVER_APPSYNC_EXCHANGE_H_
#define TIDEOVER_APPSYNC_EXCHANGE_H_

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "appsync/auth.h"
#include "appsync/binding.h"
#include "appsync/classify.h"
#include "appsync/graphql.h"
#include "base/clock.h"
#include "net/http_client.h"
#include "net/http_options.h"

namespace tideover::appsync {

struct Endpoint {
  // AppSync's GraphQL endpoint.
  std::string url;
  // Of one request, from sending it to the last byte of its answer.
  base::Millis request_timeout{30'000};
  // Of the socket on which changes are told; requests have those of their client.
  net::HttpOptions socket_options = {};
};

class Exchanges {
 public:
  // One verdict for each call, in their order.
  using Done = absl::AnyInvocable<void(std::vector<Verdict>)>;

  Exchanges(net::HttpClient& http, AuthProvider& auth, Endpoint endpoint);
  ~Exchanges();
  Exchanges(const Exchanges&) = delete;
  Exchanges& operator=(const Exchanges&) = delete;

  // At least one call, all of one kind; their operations outlive this object.
  void Send(std::vector<Call> calls, Done done);

  size_t under_way() const { return exchanges_.size(); }

 private:
  struct Exchange;

  void OnToken(uint64_t id, absl::StatusOr<AuthHeader> header);
  void OnResult(uint64_t id, const net::HttpResult& result);
  void Finish(uint64_t id, std::vector<Verdict> verdicts);
  AuthProvider::Done TokenCallback(uint64_t id);

  net::HttpClient& http_;
  AuthProvider& auth_;
  const Endpoint endpoint_;
  std::map<uint64_t, std::unique_ptr<Exchange>> exchanges_;
  uint64_t last_id_ = 0;
  // What callbacks of the provider, which outlives this, hold weakly.
  const std::shared_ptr<bool> alive_;
};

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_EXCHANGE_H_
