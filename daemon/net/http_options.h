// What a deployment may decide about HTTP; a value that the client copies. The limits are here as
// well, so that tests can reach them.
#ifndef TIDEOVER_NET_HTTP_OPTIONS_H_
#define TIDEOVER_NET_HTTP_OPTIONS_H_

#include <cstddef>
#include <string>

#include "base/clock.h"

namespace tideover::net {

struct HttpOptions {
  // PEM file of certificate authorities that are trusted beside the system's directory
  // (/etc/ssl/certs); empty: only the system's.
  std::string ca_file;
  // "http://host:port", "https://..." or "socks5h://..."; empty: none; the environment is never
  // asked.
  std::string proxy;
  // "user:password" for the proxy (Basic); a secret.
  std::string proxy_credentials;
  // Plain http:// to 127.0.0.0/8, ::1 and localhost, for a backend on one's own machine; it does
  // not go through the proxy.
  bool allow_plain_http_loopback = false;

  // HTTP/2 where the server offers it over TLS (ALPN). False: HTTP/1.1 only.
  bool http2 = true;
  // Requests that share one HTTP/2 connection; a server may allow fewer.
  int streams_max = 256;
  // Connections to one host when http2 is on. Two, so that a full or draining connection does not
  // stop everything.
  int host_connections_max = 2;
  // The same when http2 is off and each connection carries one request at a time.
  int host_connections_max_http1 = 16;

  // Largest response body after decoding.
  size_t body_bytes_max = size_t{8} << 20;
  // Largest sum of all header bytes of one transfer, intermediate responses included.
  size_t header_bytes_max = size_t{64} << 10;

  // DNS, TCP, proxy and TLS together.
  base::Millis connect_timeout = std::chrono::seconds(10);
  // A transfer that moves fewer bytes per second than this for so long is given up.
  int low_speed_bytes_per_second = 100;
  std::chrono::seconds low_speed_time{20};
};

}  // namespace tideover::net

#endif  // TIDEOVER_NET_HTTP_OPTIONS_H_
