// The values of HTTP as this daemon speaks it: a request, and its result, which is either a
// response (any status) or a failure of the transport that says whether the server may have seen
// the request. Values; no thread, no curl, no retry: what an answer means is for the caller.
#ifndef TIDEOVER_NET_HTTP_H_
#define TIDEOVER_NET_HTTP_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"

namespace tideover::net {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

enum class HttpMethod { kGet, kPost };

struct HttpRequest {
  HttpMethod method = HttpMethod::kPost;
  // https, or http to a loopback host where the client's options allow it; no user or password.
  std::string url = {};
  // Names are tokens, values hold no CR, LF or NUL; else the request fails as kNotSent. A body's
  // Content-Type must be given here; Content-Length is the client's.
  HttpHeaders headers = {};
  // Only with kPost.
  std::string body = {};
  // From Start() to the last byte of the response, waiting for a connection included.
  base::Millis timeout = std::chrono::seconds(30);
  // True where it does no harm when the server receives the request twice. Only then is it sent
  // again, on a new connection, when a reused one turns out to be dead before anything came back.
  bool repeatable = false;
};

struct HttpResponse {
  int status = 0;
  // In order, names in lower case; of the final response only (no 1xx, no proxy), trailers at the
  // end.
  HttpHeaders headers = {};
  // Decoded (gzip). What ends with the connection instead of a length may have been cut without a
  // sign of it: only a body that parses as a whole is one.
  std::string body = {};
  // From Retry-After, a number of seconds or a date; never negative, at most kRetryAfterMax.
  std::optional<base::Millis> retry_after = {};

  // The first header of that name (in lower case), or nullptr.
  const std::string* FindHeader(std::string_view name) const;
};

// Longer waits are cut to this.
inline constexpr base::Millis kRetryAfterMax = std::chrono::hours(24);

enum class Delivery {
  // Nothing of the request left: bad request, no address, refused, TLS or proxy failed, or time ran
  // out before any of that was done.
  kNotSent,
  // Sending had begun, so the server may have acted on it: reset, timeout, HTTP/2 error, response
  // that is truncated or over a limit. Whatever is in doubt is here.
  kUnknown,
};

struct HttpFailure {
  Delivery delivery = Delivery::kUnknown;
  // CURLcode, for logs and metrics only; 0 where curl was not asked.
  int curl_code = 0;
  // Status of a response that had begun; 0 without one. The rest of it is not to be trusted.
  int status = 0;
  // One line for people: no path, query, header or body; it may name the host.
  std::string message = {};
};

using HttpResult = std::variant<HttpResponse, HttpFailure>;

}  // namespace tideover::net

#endif  // TIDEOVER_NET_HTTP_H_
