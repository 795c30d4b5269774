// CurlConnection, a resource: one connection to one server that curl makes (DNS, proxy, TLS and
// whom to trust are the same as for HTTP) and over which its owner then speaks a protocol of its
// own. Owned by WebSocket, loop thread only. Nothing here waits: what a read or a write cannot do
// at once is done when the connection is ready again.
//
// An error ends it, whatever it was; the message says in one line what it was and may name the
// host. Destroying it drops the connection at once, in whatever state it is.
#ifndef TIDEOVER_NET_CURL_CONNECTION_H_
#define TIDEOVER_NET_CURL_CONNECTION_H_

#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <curl/curl.h>

#include <memory>
#include <optional>
#include <string>

#include "loop/event_loop.h"
#include "loop/fd_watcher.h"
#include "loop/timer.h"
#include "net/curl_multi.h"
#include "net/curl_options.h"
#include "net/http_options.h"
#include "net/request_check.h"

namespace tideover::net {

class CurlConnection {
 public:
  using OnConnected = absl::AnyInvocable<void(absl::Status)>;
  using OnReady = absl::AnyInvocable<void(loop::FdEvents)>;

  // Connects to the host of `url`. Calls `on_connected` once, in a later turn; that may destroy
  // this. The options need not outlive the constructor.
  CurlConnection(loop::EventLoop& loop, const HttpOptions& options, const CheckedUrl& url,
                 OnConnected on_connected);
  ~CurlConnection();
  CurlConnection(const CurlConnection&) = delete;
  CurlConnection& operator=(const CurlConnection&) = delete;

  // What follows is for a connection that is made.

  // Once: calls back while there is something to read, and as long as bytes wait to be sent, while
  // there is room for them. The callback may destroy this.
  absl::Status Watch(OnReady on_ready);

  // How many bytes it has put into `buffer`; 0 when there are none now. Only then does the watch
  // tell of the next: TLS may hold some of which the descriptor says nothing. The end of the stream
  // is an error.
  absl::StatusOr<size_t> Read(char* buffer, size_t size);

  // Whether all that was given to Send() has left.
  bool idle() const { return sent_ == outgoing_.size(); }
  // Only when idle. Takes the bytes, and writes of them what goes now.
  absl::Status Send(std::string bytes);
  // Goes on with what has not gone.
  absl::Status Flush();

  // Asks for a call when there is room to write, even though nothing waits here yet.
  absl::Status Wake();

 private:
  absl::Status Connect(const HttpOptions& options, const CheckedUrl& url);
  void Report(absl::Status status);
  absl::Status SetInterest(bool writable);

  loop::EventLoop& loop_;
  OnConnected on_connected_;
  CurlMulti multi_;
  char curl_message_[CURL_ERROR_SIZE] = "";
  // After the buffer that it writes to, and the multi that it is in.
  std::unique_ptr<CURL, CurlEasyDeleter> easy_;
  bool in_multi_ = false;
  // Fires when the outcome of Connect() is known.
  loop::Timer report_;

  std::unique_ptr<loop::FdWatcher> watcher_;
  bool wants_to_write_ = false;
  // What is being sent, and how much of it has gone. TLS wants to see bytes that did not go in the
  // very same place again: this stays as it is until all of it has.
  std::string outgoing_;
  size_t sent_ = 0;
};

}  // namespace tideover::net

#endif  // TIDEOVER_NET_CURL_CONNECTION_H_
