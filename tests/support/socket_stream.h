// The server's end of test connections, blocking, for a thread per connection.
//
// Listener, a resource: a socket on a free port of 127.0.0.1. SocketStream, a resource: one
// accepted connection, plain or TLS. Each is used by one thread, except for Shutdown(), which any
// thread may call to wake it: everything that blocks or comes later then fails. The ports close
// with the objects.
#ifndef TIDEOVER_TESTS_SUPPORT_SOCKET_STREAM_H_
#define TIDEOVER_TESTS_SUPPORT_SOCKET_STREAM_H_

#include <memory>
#include <string>
#include <string_view>

struct ssl_ctx_st;
struct ssl_st;

namespace tideover::support {

class TestCertificate;

// What TLS servers present. Shared by the connections; a resource.
class ServerTls {
 public:
  explicit ServerTls(const TestCertificate& certificate);
  ~ServerTls();
  ServerTls(const ServerTls&) = delete;
  ServerTls& operator=(const ServerTls&) = delete;
  ssl_ctx_st* context() const { return context_; }

 private:
  ssl_ctx_st* context_;
};

class SocketStream {
 public:
  explicit SocketStream(int fd) : fd_(fd) {}
  ~SocketStream();
  SocketStream(const SocketStream&) = delete;
  SocketStream& operator=(const SocketStream&) = delete;

  // The server's part of the handshake; false when the client breaks it off.
  bool StartTls(const ServerTls& tls);

  // Appends what has come, at least a byte; false at the end of the stream or on an error.
  bool ReadSome(std::string* bytes);
  // False when the peer has gone.
  bool Write(std::string_view bytes);
  // From now on the system takes only a little that has not been read: a peer that sends more must
  // wait.
  void TakeLittleAhead();
  // Blocks until the peer closes or Shutdown(); what comes is thrown away.
  void WaitForEnd();
  // The destructor will send RST in place of FIN.
  void CloseWithReset();
  void Shutdown();

 private:
  const int fd_;
  ssl_st* ssl_ = nullptr;
};

class Listener {
 public:
  // At an IPv4 address of this machine.
  explicit Listener(const std::string& address = "127.0.0.1");
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int port() const { return port_; }
  // Blocks; nullptr after Shutdown().
  std::unique_ptr<SocketStream> Accept();
  void Shutdown();

 private:
  int fd_;
  int port_ = 0;
};

// A port of 127.0.0.1 on which, as far as one can know, nobody listens.
int UnusedPort();

}  // namespace tideover::support

#endif  // TIDEOVER_TESTS_SUPPORT_SOCKET_STREAM_H_
