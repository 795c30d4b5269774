// CurlTransfer, a resource: one request as an easy handle, with the memory curl reads from and the
// counters that enforce the limits while it writes. Owned by HttpClient, loop thread only. It must
// be out of its multi handle before it is destroyed.
#ifndef TIDEOVER_NET_CURL_TRANSFER_H_
#define TIDEOVER_NET_CURL_TRANSFER_H_

#include <absl/status/status.h>
#include <curl/curl.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "net/curl_options.h"
#include "net/http.h"
#include "net/http_options.h"

namespace tideover::net {

class CurlTransfer {
 public:
  // `options` must outlive this.
  CurlTransfer(HttpRequest request, const HttpOptions& options);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  // Checks the request and tells curl about it; on an error it must not be added to a multi handle.
  absl::Status Prepare();

  CURL* easy() const { return easy_.get(); }

  // Once, when curl has ended the transfer; `now` is what a date in Retry-After is relative to.
  HttpResult TakeResult(CURLcode code, base::WallTime now);
  // Once, for a transfer that is ended by us.
  HttpFailure Failure(CURLcode code, std::string message) const;

 private:
  static size_t OnBody(char* bytes, size_t size, size_t count, void* self);
  static size_t OnHeader(char* bytes, size_t size, size_t count, void* self);
  static int OnBeforeSending(void* self, char*, char*, int, int);

  absl::Status SetHeaders();
  size_t AnnouncedBytes() const;
  bool TakeHeaderLine(std::string_view line);

  HttpRequest request_;
  const HttpOptions& options_;
  std::unique_ptr<curl_slist, CurlListDeleter> header_list_;
  char curl_message_[CURL_ERROR_SIZE] = "";

  // Whether curl had a connection and began to send the request on it, at least once.
  bool sent_ = false;
  // Why our own callback ended the transfer; empty when it did not.
  std::string refusal_;
  size_t header_bytes_ = 0;
  // Whether the empty line after the last response's headers has come.
  bool headers_complete_ = false;
  HttpResponse response_;

  // Last, so that it is destroyed first: it points into the rest.
  std::unique_ptr<CURL, CurlEasyDeleter> easy_;
};

}  // namespace tideover::net

#endif  // TIDEOVER_NET_CURL_TRANSFER_H_
