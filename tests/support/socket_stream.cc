#include "support/socket_stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "support/test_certificate.h"

namespace tideover::support {
namespace {

constexpr size_t kReadBytes = 16 * 1024;

}  // namespace

ServerTls::ServerTls(const TestCertificate& certificate) : context_(SSL_CTX_new(TLS_method())) {
  // OpenSSL writes without MSG_NOSIGNAL.
  signal(SIGPIPE, SIG_IGN);
  bool loaded =
      SSL_CTX_use_certificate_file(context_, certificate.cert_file().c_str(), SSL_FILETYPE_PEM) ==
          1 &&
      SSL_CTX_use_PrivateKey_file(context_, certificate.key_file().c_str(), SSL_FILETYPE_PEM) == 1;
  TIDEOVER_CHECK(loaded, "the test certificate");
}

ServerTls::~ServerTls() { SSL_CTX_free(context_); }

SocketStream::~SocketStream() {
  if (ssl_ != nullptr) SSL_free(ssl_);
  close(fd_);
}

bool SocketStream::StartTls(const ServerTls& tls) {
  ssl_ = SSL_new(tls.context());
  SSL_set_fd(ssl_, fd_);
  return SSL_accept(ssl_) == 1;
}

bool SocketStream::ReadSome(std::string* bytes) {
  char buffer[kReadBytes];
  ssize_t n =
      ssl_ != nullptr ? SSL_read(ssl_, buffer, sizeof buffer) : recv(fd_, buffer, sizeof buffer, 0);
  if (n <= 0) return false;
  bytes->append(buffer, static_cast<size_t>(n));
  return true;
}

bool SocketStream::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                : send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

void SocketStream::TakeLittleAhead() {
  // Less than a few packets of the loopback device would make them crawl.
  int bytes = 256 << 10;
  setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

void SocketStream::WaitForEnd() {
  std::string dropped;
  while (ReadSome(&dropped)) dropped.clear();
}

void SocketStream::CloseWithReset() {
  linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void SocketStream::Shutdown() { shutdown(fd_, SHUT_RDWR); }

Listener::Listener(const std::string& address_text)
    : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  TIDEOVER_CHECK(inet_pton(AF_INET, address_text.c_str(), &address.sin_addr) == 1, "the address");
  socklen_t size = sizeof address;
  bool listening = bind(fd_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                   listen(fd_, SOMAXCONN) == 0 &&
                   getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  TIDEOVER_CHECK(listening, "listening on a free loopback port");
  port_ = ntohs(address.sin_port);
}

Listener::~Listener() { close(fd_); }

std::unique_ptr<SocketStream> Listener::Accept() {
  for (;;) {
    int fd = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) {
      int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return std::make_unique<SocketStream>(fd);
    }
    if (errno != EINTR && errno != ECONNABORTED) return nullptr;
  }
}

void Listener::Shutdown() { shutdown(fd_, SHUT_RDWR); }

int UnusedPort() { return Listener().port(); }

}  // namespace tideover::support
