// CurlMulti, a resource: one curl multi handle driven by the event loop, with its connections, DNS
// cache and timers. Owned by HttpClient or CurlConnection, loop thread only. A transfer that has
// ended is reported after curl has returned, never inside its callbacks, and the receiver only
// takes note (it starts and destroys nothing).
#ifndef TIDEOVER_NET_CURL_MULTI_H_
#define TIDEOVER_NET_CURL_MULTI_H_

#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>
#include <curl/curl.h>

#include <map>
#include <memory>

#include "loop/event_loop.h"
#include "loop/fd_watcher.h"
#include "loop/timer.h"
#include "net/curl_options.h"
#include "net/http_options.h"

namespace tideover::net {

class CurlMulti {
 public:
  using OnEnded = absl::AnyInvocable<void(CURL* easy, CURLcode code)>;

  // What becomes of a transfer that has ended.
  enum class OnceEnded {
    // It is taken out of curl before it is reported.
    kRemoved,
    // It stays until Remove(): a connection of CURLOPT_CONNECT_ONLY would go with it.
    kKept,
  };

  CurlMulti(loop::EventLoop& loop, const HttpOptions& options, OnEnded on_ended,
            OnceEnded once_ended = OnceEnded::kRemoved);
  // All transfers must have been taken out.
  ~CurlMulti();
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  // The transfer begins in a later turn.
  absl::Status Add(CURL* easy);
  // Ends it without a report.
  void Remove(CURL* easy);
  // Transfers added that have not been taken out.
  size_t size() const { return size_; }

 private:
  static int OnSocket(CURL* easy, curl_socket_t socket, int what, void* self, void* unused);
  static int OnTimer(CURLM* multi, long timeout_ms, void* self);

  bool Watch(curl_socket_t socket, loop::FdEvents interest);
  void Act(curl_socket_t socket, int events);
  void ReportEnded();

  loop::EventLoop& loop_;
  CurlGlobal global_;
  OnEnded on_ended_;
  const OnceEnded once_ended_;
  loop::Timer timer_;
  std::map<curl_socket_t, std::unique_ptr<loop::FdWatcher>> watchers_;
  CURLM* multi_;
  size_t size_ = 0;
};

}  // namespace tideover::net

#endif  // TIDEOVER_NET_CURL_MULTI_H_
