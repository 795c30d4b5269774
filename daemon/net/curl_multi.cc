#include "net/curl_multi.h"

#include <string>
#include <utility>
#include <vector>

#include "base/check.h"

namespace tideover::net {
namespace {

// Idle and busy connections that are kept, to all hosts together.
constexpr long kConnectionsKept = 32;

}  // namespace

CurlMulti::CurlMulti(loop::EventLoop& loop, const HttpOptions& options, OnEnded on_ended,
                     OnceEnded once_ended)
    : loop_(loop),
      on_ended_(std::move(on_ended)),
      once_ended_(once_ended),
      timer_(loop),
      multi_(curl_multi_init()) {
  TIDEOVER_CHECK(multi_ != nullptr, "curl_multi_init");
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, OnSocket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, OnTimer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING,
                    static_cast<long>(options.http2 ? CURLPIPE_MULTIPLEX : CURLPIPE_NOTHING));
  curl_multi_setopt(multi_, CURLMOPT_MAX_CONCURRENT_STREAMS,
                    static_cast<long>(options.streams_max));
  int connections =
      options.http2 ? options.host_connections_max : options.host_connections_max_http1;
  curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(connections));
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kConnectionsKept);
}

CurlMulti::~CurlMulti() {
  TIDEOVER_CHECK(size_ == 0, "a transfer outlives its connections");
  // Closes connections, and so calls OnSocket.
  curl_multi_cleanup(multi_);
}

absl::Status CurlMulti::Add(CURL* easy) {
  CURLMcode code = curl_multi_add_handle(multi_, easy);
  if (code != CURLM_OK) return absl::InternalError(curl_multi_strerror(code));
  ++size_;
  return absl::OkStatus();
}

void CurlMulti::Remove(CURL* easy) {
  curl_multi_remove_handle(multi_, easy);
  --size_;
}

int CurlMulti::OnSocket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  auto* multi = static_cast<CurlMulti*>(self);
  if (what == CURL_POLL_REMOVE) {
    multi->watchers_.erase(socket);
    return 0;
  }
  loop::FdEvents interest{.readable = what == CURL_POLL_IN || what == CURL_POLL_INOUT,
                          .writable = what == CURL_POLL_OUT || what == CURL_POLL_INOUT};
  // -1 fails all transfers with CURLE_ABORTED_BY_CALLBACK; out of memory or descriptors.
  return multi->Watch(socket, interest) ? 0 : -1;
}

bool CurlMulti::Watch(curl_socket_t socket, loop::FdEvents interest) {
  if (auto found = watchers_.find(socket); found != watchers_.end()) {
    return found->second->SetInterest(interest).ok();
  }
  auto watcher =
      loop::FdWatcher::Create(loop_, socket, interest, [this, socket](loop::FdEvents ready) {
        Act(socket,
            (ready.readable ? CURL_CSELECT_IN : 0) | (ready.writable ? CURL_CSELECT_OUT : 0));
      });
  if (!watcher.ok()) return false;
  watchers_.emplace(socket, *std::move(watcher));
  return true;
}

int CurlMulti::OnTimer(CURLM*, long timeout_ms, void* self) {
  auto* multi = static_cast<CurlMulti*>(self);
  if (timeout_ms < 0) {
    multi->timer_.Cancel();
  } else {
    multi->timer_.Start(base::Millis(timeout_ms), [multi] { multi->Act(CURL_SOCKET_TIMEOUT, 0); });
  }
  return 0;
}

void CurlMulti::Act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, events, &running);
  ReportEnded();
}

void CurlMulti::ReportEnded() {
  // A message dies with curl_multi_remove_handle.
  std::vector<std::pair<CURL*, CURLcode>> ended;
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg == CURLMSG_DONE) {
      ended.emplace_back(message->easy_handle, message->data.result);
    }
  }
  for (auto [easy, code] : ended) {
    if (once_ended_ == OnceEnded::kRemoved) Remove(easy);
    on_ended_(easy, code);
  }
}

}  // namespace tideover::net
