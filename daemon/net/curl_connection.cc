#include "net/curl_connection.h"

#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"

namespace tideover::net {

CurlConnection::CurlConnection(loop::EventLoop& loop, const HttpOptions& options,
                               const CheckedUrl& url, OnConnected on_connected)
    : loop_(loop),
      on_connected_(std::move(on_connected)),
      multi_(
          loop, options,
          [this](CURL*, CURLcode code) {
            Report(code == CURLE_OK ? absl::OkStatus()
                                    : absl::UnavailableError(CurlMessage(code, curl_message_)));
          },
          CurlMulti::OnceEnded::kKept),
      easy_(curl_easy_init()),
      report_(loop) {
  TIDEOVER_CHECK(easy_ != nullptr, "curl_easy_init");
  absl::Status status = Connect(options, url);
  if (!status.ok()) Report(std::move(status));
}

CurlConnection::~CurlConnection() {
  // Before curl closes the descriptor.
  watcher_.reset();
  if (in_multi_) multi_.Remove(easy_.get());
}

absl::Status CurlConnection::Connect(const HttpOptions& options, const CheckedUrl& url) {
  RETURN_IF_ERROR(SetTransportOptions(easy_.get(), options, url.plain_http));
  CurlSetter curl(easy_.get());
  // The host alone: nothing else of a URL is needed to connect, nor can then stand in a message.
  std::string host = (url.plain_http ? "http://" : "https://") + url.authority + "/";
  curl.Set(CURLOPT_URL, host.c_str());
  curl.Set(CURLOPT_ERRORBUFFER, curl_message_);
  curl.Set(CURLOPT_CONNECT_ONLY, 1L);
  // Else TLS would settle on HTTP/2 where the server has it.
  curl.Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  RETURN_IF_ERROR(curl.status());
  RETURN_IF_ERROR(multi_.Add(easy_.get()));
  in_multi_ = true;
  return absl::OkStatus();
}

// In a later turn: curl has then returned, and has let go of its own watcher of the descriptor.
void CurlConnection::Report(absl::Status status) {
  report_.Start(base::Millis(0), [this, status = std::move(status)] {
    OnConnected on_connected = std::move(on_connected_);
    on_connected(status);
  });
}

absl::Status CurlConnection::Watch(OnReady on_ready) {
  curl_socket_t socket = CURL_SOCKET_BAD;
  CURLcode code = curl_easy_getinfo(easy_.get(), CURLINFO_ACTIVESOCKET, &socket);
  if (code != CURLE_OK || socket == CURL_SOCKET_BAD) {
    return absl::UnavailableError("the connection was lost as soon as it was made");
  }
  ASSIGN_OR_RETURN(watcher_,
                   loop::FdWatcher::Create(loop_, socket, {.readable = true}, std::move(on_ready)));
  return absl::OkStatus();
}

absl::StatusOr<size_t> CurlConnection::Read(char* buffer, size_t size) {
  curl_message_[0] = '\0';
  size_t count = 0;
  CURLcode code = curl_easy_recv(easy_.get(), buffer, size, &count);
  if (code == CURLE_AGAIN) return 0;
  if (code != CURLE_OK) return absl::UnavailableError(CurlMessage(code, curl_message_));
  if (count == 0) return absl::UnavailableError("the server has cut the connection");
  return count;
}

absl::Status CurlConnection::Send(std::string bytes) {
  TIDEOVER_CHECK(idle(), "sending before the last bytes have gone");
  outgoing_ = std::move(bytes);
  sent_ = 0;
  return Flush();
}

absl::Status CurlConnection::Flush() {
  while (!idle()) {
    curl_message_[0] = '\0';
    size_t count = 0;
    CURLcode code =
        curl_easy_send(easy_.get(), outgoing_.data() + sent_, outgoing_.size() - sent_, &count);
    if (code == CURLE_AGAIN) return SetInterest(true);
    if (code != CURLE_OK) return absl::UnavailableError(CurlMessage(code, curl_message_));
    sent_ += count;
  }
  return SetInterest(false);
}

absl::Status CurlConnection::Wake() { return SetInterest(true); }

absl::Status CurlConnection::SetInterest(bool writable) {
  if (writable == wants_to_write_) return absl::OkStatus();
  wants_to_write_ = writable;
  return watcher_->SetInterest({.readable = true, .writable = writable});
}

}  // namespace tideover::net
