// HttpClient, a resource: many HTTP requests at once over few connections, on the event loop.
//
// Owned by the daemon, used on the loop thread only; it must be destroyed before its loop. Requests
// share HTTP/2 connections where the server allows it. Certificates and host names are always
// checked, redirects are never followed, there are no cookies and no environment variables, and
// every limit of HttpOptions is enforced on bytes that have been decoded.
//
// Nothing is retried here and nothing is kept: after a crash the caller's own log decides. curl's
// silent second try of a POST whose reused connection had died is prevented too (see
// HttpRequest::repeatable), because it would hide that the first copy may have been applied.
// The process must ignore SIGPIPE.
#ifndef TIDEOVER_NET_HTTP_CLIENT_H_
#define TIDEOVER_NET_HTTP_CLIENT_H_

#include <absl/functional/any_invocable.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "loop/event_loop.h"
#include "net/http.h"
#include "net/http_options.h"

namespace tideover::net {

class CurlMulti;
class HttpClient;

// HttpTransfer, a resource: one request under way. Destroying it cancels the request: `done` is
// then destroyed without being called, and whether the server has seen the request is unknown.
// Destroying it after `done` was called, or inside it, or after the client, does nothing.
class HttpTransfer {
 public:
  ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

 private:
  friend class HttpClient;
  HttpTransfer(std::weak_ptr<HttpClient*> client, uint64_t id)
      : client_(std::move(client)), id_(id) {}

  std::weak_ptr<HttpClient*> client_;
  uint64_t id_;
};

class HttpClient {
 public:
  using Done = absl::AnyInvocable<void(HttpResult)>;

  // What becomes of the requests that are under way when connections are dropped.
  enum class InFlight {
    // They go on where they are, until their own timeouts.
    kLetFinish,
    // They fail at once; `delivery` says for each whether it may have been sent.
    kFail,
  };

  HttpClient(loop::EventLoop& loop, const base::Clock& clock, HttpOptions options);
  // Cancels everything: no `done` is called any more.
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Calls `done` exactly once, in a later turn of the loop, unless the returned transfer or this
  // client is destroyed before. `done` may start requests and destroy transfers, and this client.
  [[nodiscard]] std::unique_ptr<HttpTransfer> Start(HttpRequest request, Done done);

  // For the return from sleep and for a changed network: no later request uses a connection, an
  // address or a TLS session from before.
  void DropConnections(InFlight in_flight);

  // Requests started, not cancelled, whose `done` has not been called.
  size_t in_flight() const { return transfers_.size(); }

 private:
  friend class HttpTransfer;

  struct Entry;

  // Ends what curl works on; `code` is a CURLcode.
  void Abort(Entry& entry, int code, std::string message);
  void Finish(uint64_t id, HttpResult result);
  void Deliver(uint64_t id);
  void Cancel(uint64_t id);
  void DestroyIdleRetired();
  std::unique_ptr<CurlMulti> NewMulti();

  loop::EventLoop& loop_;
  const base::Clock& clock_;
  const HttpOptions options_;

  // Takes the new transfers.
  std::unique_ptr<CurlMulti> multi_;
  // From before DropConnections(); each until its last transfer is gone.
  std::vector<std::unique_ptr<CurlMulti>> retired_;
  // By id, ascending: in the order of Start(). Declared after the multis that it points into.
  std::map<uint64_t, std::unique_ptr<Entry>> transfers_;
  uint64_t last_id_ = 0;
  // What posted deliveries and HttpTransfers hold weakly: gone when the client is.
  std::shared_ptr<HttpClient*> self_;
};

}  // namespace tideover::net

#endif  // TIDEOVER_NET_HTTP_CLIENT_H_
