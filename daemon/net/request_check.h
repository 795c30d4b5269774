// What is refused before curl sees it: requests to places, or with headers, that are never meant.
// Pure.
#ifndef TIDEOVER_NET_REQUEST_CHECK_H_
#define TIDEOVER_NET_REQUEST_CHECK_H_

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "net/http.h"
#include "net/http_options.h"

namespace tideover::net {

// 127.0.0.0/8, ::1 (with or without brackets) and localhost.
bool IsLoopbackHost(std::string_view host);
// The same of a URL's host, whatever its scheme; false for what is no URL.
bool IsLoopbackUrl(const std::string& url);

// What the transport has to know of a URL. A value.
struct CheckedUrl {
  // Plain http, to a loopback host.
  bool plain_http = false;
  // Host, and the port where it is not the scheme's own: the value of a Host header.
  std::string authority = {};
  // Path and query: what a request line names.
  std::string target = {};
};

// INVALID_ARGUMENT for a URL that does not parse, has a user or password, or another scheme;
// PERMISSION_DENIED for plain http that is not allowed. Messages hold at most scheme and host.
absl::StatusOr<CheckedUrl> CheckUrl(const std::string& url, bool allow_plain_http_loopback);

// The same of a wss URL, or ws in place of plain http.
absl::StatusOr<CheckedUrl> CheckWebSocketUrl(const std::string& url,
                                             bool allow_plain_http_loopback);

// INVALID_ARGUMENT for a name that is no token, a value with CR, LF or NUL, and for the headers
// that are the client's own: Content-Length, Transfer-Encoding, Connection and such.
absl::Status CheckHeaders(const HttpHeaders& headers);

}  // namespace tideover::net

#endif  // TIDEOVER_NET_REQUEST_CHECK_H_
