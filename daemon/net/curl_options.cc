#include "net/curl_options.h"

#include <algorithm>

#include "base/check.h"

namespace tideover::net {

CurlGlobal::CurlGlobal() {
  CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  TIDEOVER_CHECK(code == CURLE_OK, curl_easy_strerror(code));
}

CurlGlobal::~CurlGlobal() { curl_global_cleanup(); }

std::string CurlMessage(CURLcode code, const char* detail) {
  std::string message = detail[0] != '\0' ? detail : curl_easy_strerror(code);
  std::replace_if(
      message.begin(), message.end(), [](unsigned char c) { return c < ' '; }, ' ');
  return message;
}

absl::Status SetTransportOptions(CURL* easy, const HttpOptions& options, bool plain_http) {
  CurlSetter curl(easy);
  curl.Set(CURLOPT_NOSIGNAL, 1L);
  // What is given up while its name is being looked up does not wait for the thread that does so,
  // on the loop, until the resolver has answered. The thread ends by itself.
  curl.Set(CURLOPT_QUICK_EXIT, 1L);
  curl.Set(CURLOPT_PROTOCOLS_STR, plain_http ? "http" : "https");
  curl.Set(CURLOPT_REDIR_PROTOCOLS_STR, "https");
  curl.Set(CURLOPT_FOLLOWLOCATION, 0L);
  curl.Set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  curl.Set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl.Set(CURLOPT_UNRESTRICTED_AUTH, 0L);

  curl.Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl.Set(CURLOPT_SSL_VERIFYPEER, 1L);
  curl.Set(CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.ca_file.empty()) {
    // Takes the place of the system's bundle; the system's directory stays.
    curl.Set(CURLOPT_CAINFO, options.ca_file.c_str());
    curl.Set(CURLOPT_CAPATH, "/etc/ssl/certs");
    curl.Set(CURLOPT_PROXY_CAINFO, options.ca_file.c_str());
    curl.Set(CURLOPT_PROXY_CAPATH, "/etc/ssl/certs");
  }

  // An empty string, and not nullptr, keeps curl from asking the environment.
  bool proxied = !plain_http && !options.proxy.empty();
  curl.Set(CURLOPT_PROXY, proxied ? options.proxy.c_str() : "");
  curl.Set(CURLOPT_NOPROXY, "");
  if (proxied && !options.proxy_credentials.empty()) {
    curl.Set(CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl.Set(CURLOPT_PROXYUSERPWD, options.proxy_credentials.c_str());
  }
  curl.Set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);

  curl.Set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  curl.Set(CURLOPT_TCP_KEEPALIVE, 1L);
  curl.Set(CURLOPT_TCP_KEEPIDLE, 30L);
  curl.Set(CURLOPT_TCP_KEEPINTVL, 10L);
  return curl.status();
}

}  // namespace tideover::net
