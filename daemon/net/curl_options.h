// The curl options that are the same for everything that speaks to a server (HTTP and the WebSocket
// handshake): which protocols, whom to trust, which proxy. One place, so that both verify alike.
// Stateless; loop thread. Private to this module, as all that includes curl.
#ifndef TIDEOVER_NET_CURL_OPTIONS_H_
#define TIDEOVER_NET_CURL_OPTIONS_H_

#include <absl/status/status.h>
#include <curl/curl.h>

#include <string>

#include "net/http_options.h"

namespace tideover::net {

// curl_global_init and its cleanup, counted by curl; whoever owns easy or multi handles holds one.
class CurlGlobal {
 public:
  CurlGlobal();
  ~CurlGlobal();
  CurlGlobal(const CurlGlobal&) = delete;
  CurlGlobal& operator=(const CurlGlobal&) = delete;
};

struct CurlEasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct CurlListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// Collects the first refusal of curl_easy_setopt, so that options can be set one per line.
class CurlSetter {
 public:
  explicit CurlSetter(CURL* easy) : easy_(easy) {}

  template <typename Value>
  void Set(CURLoption option, Value value) {
    CURLcode code = curl_easy_setopt(easy_, option, value);
    if (code != CURLE_OK && status_.ok()) {
      status_ = absl::InternalError("curl option " + std::to_string(option) + ": " +
                                    curl_easy_strerror(code));
    }
  }
  const absl::Status& status() const { return status_; }

 private:
  CURL* easy_;
  absl::Status status_;
};

// What curl says of a failure, in one line: `detail` is what it wrote to CURLOPT_ERRORBUFFER, which
// may hold what a server or a proxy has sent.
std::string CurlMessage(CURLcode code, const char* detail);

// `plain_http` as request_check.h has found it. INTERNAL when this libcurl lacks something.
absl::Status SetTransportOptions(CURL* easy, const HttpOptions& options, bool plain_http);

}  // namespace tideover::net

#endif  // TIDEOVER_NET_CURL_OPTIONS_H_
