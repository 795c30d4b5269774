#include "net/curl_transfer.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"
#include "net/http_head.h"
#include "net/request_check.h"
#include "net/retry_after.h"

namespace tideover::net {
namespace {

bool HasHeader(const HttpHeaders& headers, std::string_view lower_name) {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto& header) { return LowerCase(header.first) == lower_name; });
}

}  // namespace

CurlTransfer::CurlTransfer(HttpRequest request, const HttpOptions& options)
    : request_(std::move(request)), options_(options), easy_(curl_easy_init()) {
  TIDEOVER_CHECK(easy_ != nullptr, "curl_easy_init");
}

absl::Status CurlTransfer::Prepare() {
  ASSIGN_OR_RETURN(CheckedUrl url, CheckUrl(request_.url, options_.allow_plain_http_loopback));
  RETURN_IF_ERROR(CheckHeaders(request_.headers));
  RETURN_IF_ERROR(SetTransportOptions(easy(), options_, url.plain_http));
  RETURN_IF_ERROR(SetHeaders());

  CurlSetter curl(easy());
  curl.Set(CURLOPT_URL, request_.url.c_str());
  curl.Set(CURLOPT_ERRORBUFFER, curl_message_);
  if (request_.method == HttpMethod::kPost) {
    curl.Set(CURLOPT_POST, 1L);
    curl.Set(CURLOPT_POSTFIELDS, request_.body.data());
    curl.Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  } else {
    if (!request_.body.empty()) return absl::InvalidArgumentError("a GET with a body");
    curl.Set(CURLOPT_HTTPGET, 1L);
  }
  curl.Set(CURLOPT_HTTP_VERSION,
           static_cast<long>(options_.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  // Waits for a connection that is being made rather than opening the next.
  curl.Set(CURLOPT_PIPEWAIT, options_.http2 && !url.plain_http ? 1L : 0L);
  curl.Set(CURLOPT_ACCEPT_ENCODING, "gzip");
  curl.Set(CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(options_.low_speed_bytes_per_second));
  curl.Set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options_.low_speed_time.count()));
  curl.Set(CURLOPT_WRITEFUNCTION, OnBody);
  curl.Set(CURLOPT_WRITEDATA, this);
  curl.Set(CURLOPT_HEADERFUNCTION, OnHeader);
  curl.Set(CURLOPT_HEADERDATA, this);
  curl.Set(CURLOPT_PREREQFUNCTION, OnBeforeSending);
  curl.Set(CURLOPT_PREREQDATA, this);
  return curl.status();
}

absl::Status CurlTransfer::SetHeaders() {
  auto append = [this](const std::string& line) {
    curl_slist* longer = curl_slist_append(header_list_.get(), line.c_str());
    TIDEOVER_CHECK(longer != nullptr, "curl_slist_append");
    static_cast<void>(header_list_.release());  // It is a part of the longer one.
    header_list_.reset(longer);
  };
  for (const auto& [name, value] : request_.headers) {
    // curl's way to say that a header is there and empty.
    append(Trim(value).empty() ? name + ";" : name + ": " + value);
  }
  // No wait for 100 Continue, and no Content-Type that nobody has chosen.
  append("Expect:");
  if (!HasHeader(request_.headers, "content-type")) append("Content-Type:");
  CurlSetter curl(easy());
  curl.Set(CURLOPT_HTTPHEADER, header_list_.get());
  curl.Set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
  return curl.status();
}

int CurlTransfer::OnBeforeSending(void* self, char*, char*, int, int) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  if (transfer->sent_ && !transfer->request_.repeatable) {
    transfer->refusal_ = "the connection was lost before a response; not sent a second time";
    return CURL_PREREQFUNC_ABORT;
  }
  transfer->sent_ = true;
  return CURL_PREREQFUNC_OK;
}

size_t CurlTransfer::OnBody(char* bytes, size_t size, size_t count, void* self) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  std::string& body = transfer->response_.body;
  size_t limit = transfer->options_.body_bytes_max;
  if (size * count > limit - body.size()) {
    transfer->refusal_ = "the response body exceeds " + std::to_string(limit) + " bytes";
    return CURL_WRITEFUNC_ERROR;
  }
  if (body.empty()) body.reserve(std::min(transfer->AnnouncedBytes(), limit));
  body.append(bytes, size * count);
  return size * count;
}

// As the server says; 0 when it does not. Compressed, the body is larger.
size_t CurlTransfer::AnnouncedBytes() const {
  curl_off_t length = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  return length > 0 ? static_cast<size_t>(length) : 0;
}

size_t CurlTransfer::OnHeader(char* bytes, size_t size, size_t count, void* self) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  std::string_view line(bytes, size * count);
  transfer->header_bytes_ += line.size();
  // Zero is an error to curl, because a line is never empty: it ends with CR LF.
  return transfer->TakeHeaderLine(line) ? line.size() : 0;
}

bool CurlTransfer::TakeHeaderLine(std::string_view line) {
  if (header_bytes_ > options_.header_bytes_max) {
    refusal_ =
        "the response headers exceed " + std::to_string(options_.header_bytes_max) + " bytes";
    return false;
  }
  if (line.substr(0, 5) == "HTTP/") {
    // The next response after a 1xx.
    response_.status = StatusOf(line);
    response_.headers.clear();
    headers_complete_ = false;
    return true;
  }
  if (Trim(line).empty()) headers_complete_ = true;
  AppendHeader(line, &response_.headers);
  return true;
}

HttpResult CurlTransfer::TakeResult(CURLcode code, base::WallTime now) {
  if (code != CURLE_OK) {
    if (!refusal_.empty()) return Failure(code, refusal_);
    return Failure(code, CurlMessage(code, curl_message_));
  }
  // curl takes a connection that is closed within the headers for a response without a body.
  if (!headers_complete_ || response_.status < 200) {
    return Failure(code, "the response headers are incomplete");
  }
  if (const std::string* value = response_.FindHeader("retry-after")) {
    response_.retry_after = ParseRetryAfter(*value, now);
  }
  return std::move(response_);
}

HttpFailure CurlTransfer::Failure(CURLcode code, std::string message) const {
  return {.delivery = sent_ ? Delivery::kUnknown : Delivery::kNotSent,
          .curl_code = code,
          .status = response_.status >= 200 ? response_.status : 0,
          .message = std::move(message)};
}

}  // namespace tideover::net
