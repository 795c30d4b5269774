#include "net/request_check.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <strings.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace tideover::net {
namespace {

struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

// A part of the URL as curl normalises it, which is how it will connect.
std::string UrlPart(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return "";
  std::string copy(text);
  curl_free(text);
  return copy;
}

CheckedUrl Checked(CURLU* url, bool plain_http) {
  std::string port = UrlPart(url, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT);
  std::string query = UrlPart(url, CURLUPART_QUERY);
  return {.plain_http = plain_http,
          .authority = UrlPart(url, CURLUPART_HOST) + (port.empty() ? "" : ":" + port),
          .target = UrlPart(url, CURLUPART_PATH) + (query.empty() ? "" : "?" + query)};
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// RFC 9110, section 5.6.2.
bool IsToken(std::string_view name) {
  auto is_token_char = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr);
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), is_token_char);
}

constexpr std::string_view kOwnHeaders[] = {"content-length",  "transfer-encoding",
                                            "connection",      "keep-alive",
                                            "upgrade",         "te",
                                            "trailer",         "expect",
                                            "accept-encoding", "proxy-authorization"};

}  // namespace

bool IsLoopbackHost(std::string_view host) {
  if (EqualsIgnoringCase(host, "localhost")) return true;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  std::string text(host);
  in_addr v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, text.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool IsLoopbackUrl(const std::string& url) {
  std::unique_ptr<CURLU, UrlDeleter> parsed(curl_url());
  const auto error =
      curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME);
  return error == CURLUE_OK && IsLoopbackHost(UrlPart(parsed.get(), CURLUPART_HOST));
}

absl::StatusOr<CheckedUrl> CheckUrl(const std::string& url, bool allow_plain_http_loopback) {
  // curl would read up to the NUL only.
  if (url.find('\0') != std::string::npos) return absl::InvalidArgumentError("URL: holds a NUL");
  std::unique_ptr<CURLU, UrlDeleter> parsed(curl_url());
  CURLUcode error = curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_DISALLOW_USER);
  if (error != CURLUE_OK) {
    return absl::InvalidArgumentError(std::string("URL: ") + curl_url_strerror(error));
  }
  std::string scheme = UrlPart(parsed.get(), CURLUPART_SCHEME);
  if (scheme == "https") return Checked(parsed.get(), false);
  if (scheme != "http") {
    return absl::InvalidArgumentError("URL: the scheme is " + scheme + ", not https");
  }
  std::string host = UrlPart(parsed.get(), CURLUPART_HOST);
  if (!allow_plain_http_loopback || !IsLoopbackHost(host)) {
    return absl::PermissionDeniedError("URL: plain http to " + host + " is not allowed");
  }
  return Checked(parsed.get(), true);
}

absl::StatusOr<CheckedUrl> CheckWebSocketUrl(const std::string& url,
                                             bool allow_plain_http_loopback) {
  // This curl knows no WebSockets; the rest of such a URL is one of HTTP.
  for (std::string_view scheme : {"wss://", "ws://"}) {
    if (!EqualsIgnoringCase(std::string_view(url).substr(0, scheme.size()), scheme)) continue;
    std::string http = scheme == "wss://" ? "https://" : "http://";
    return CheckUrl(http + url.substr(scheme.size()), allow_plain_http_loopback);
  }
  return absl::InvalidArgumentError("URL: the scheme is not wss");
}

absl::Status CheckHeaders(const HttpHeaders& headers) {
  for (const auto& [name, value] : headers) {
    if (!IsToken(name)) return absl::InvalidArgumentError("header: the name is not a token");
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return absl::InvalidArgumentError("header " + name + ": the value holds CR, LF or NUL");
    }
    for (std::string_view own : kOwnHeaders) {
      if (EqualsIgnoringCase(name, own)) {
        return absl::InvalidArgumentError("header " + name + ": belongs to the client");
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace tideover::net
