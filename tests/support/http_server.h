// HttpServer, a resource: a scripted HTTP/1.1 server on a free loopback port, plain or TLS, with a
// thread per connection. A handler, called on those threads (so it must be thread-safe), turns each
// request into a reply, which may be sound or broken in every way that a test needs. The destructor
// breaks all connections and waits for the threads. It does not speak HTTP/2.
//
//   HttpServer server([](const HttpServer::Request& request) {
//     return HttpServer::Reply{.body = R"({"data":{}})"};
//   });
//   ... server.Url("/graphql") ... server.requests()
#ifndef TIDEOVER_TESTS_SUPPORT_HTTP_SERVER_H_
#define TIDEOVER_TESTS_SUPPORT_HTTP_SERVER_H_

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "support/socket_stream.h"

namespace tideover::support {

class HttpServer {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  struct Request {
    std::string method;
    std::string target;
    // Names in lower case.
    Headers headers;
    std::string body = {};
    // Counts the connections from 0; which one it came by.
    int connection = 0;

    // "" when there is none. `name` in lower case.
    std::string Header(std::string_view name) const;
  };

  // What follows the last byte of a reply.
  enum class Then {
    // The next request.
    kKeepOpen,
    // FIN, or RST.
    kClose,
    kReset,
    // Silence, until the client closes or the server is destroyed.
    kHold,
  };

  struct Reply {
    int status = 200;
    // Content-Length and Transfer-Encoding are added, unless `raw` is set.
    Headers headers = {{"content-type", "application/json"}};
    std::string body = {};
    // The body in chunks of a few bytes in place of Content-Length.
    bool chunked = false;
    // Sent as it is in place of all that: status line, headers and body.
    std::string raw = {};
    // Only so many bytes of the whole are sent (then use another `then`).
    size_t bytes_max = std::string::npos;
    // Sent again and again after the rest, until the client goes away.
    std::string endless = {};
    Then then = Then::kKeepOpen;
    // What speaks on the connection after the reply, in place of `then`: the protocol that an
    // upgrade asks for. It gets what the client has sent beyond its request.
    std::function<void(SocketStream& stream, std::string buffered)> upgraded = {};
  };

  using Handler = std::function<Reply(const Request&)>;

  // With a certificate it speaks TLS only.
  explicit HttpServer(Handler handler, const TestCertificate* certificate = nullptr,
                      const std::string& address = "127.0.0.1");
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const { return listener_.port(); }
  // "http://127.0.0.1:port" or "https://…", and the target; of the default address.
  std::string Url(std::string_view target) const;

  // A request that is read off a stream, by what speaks on one itself; nothing at its end. What
  // came after the request stays in `buffered`.
  static std::optional<Request> ReadRequest(SocketStream& stream, std::string* buffered);

  // Copies of what has come so far: whole requests, and connections (TLS done or not).
  std::vector<Request> requests() const;
  int connections() const;

 private:
  void AcceptAll();
  void Serve(SocketStream& stream, int connection);
  bool Answer(SocketStream& stream, const Request& request, std::string* buffered);

  Handler handler_;
  std::unique_ptr<ServerTls> tls_;
  Listener listener_;

  // Guards what follows up to acceptor_; never held while a handler runs.
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  std::vector<std::unique_ptr<SocketStream>> streams_;
  std::vector<std::thread> threads_;

  std::thread acceptor_;
};

}  // namespace tideover::support

#endif  // TIDEOVER_TESTS_SUPPORT_HTTP_SERVER_H_
