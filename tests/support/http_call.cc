#include "support/http_call.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>

namespace tideover::support {
namespace {

constexpr std::string_view kPrefix = "http://127.0.0.1:";
constexpr time_t kTimeoutSeconds = 20;

// The answer's bytes up to the end of the connection.
std::string Exchange(int port, const std::string& request) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval timeout{kTimeoutSeconds, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      send(fd, request.data(), request.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(request.size())) {
    char bytes[4096];
    for (ssize_t count = 0; (count = recv(fd, bytes, sizeof bytes, 0)) > 0;) {
      answer.append(bytes, static_cast<size_t>(count));
    }
  }
  close(fd);
  return answer;
}

}  // namespace

HttpAnswer HttpCall(std::string_view method, std::string_view url, std::string_view body,
                    std::vector<std::pair<std::string, std::string>> headers) {
  HttpAnswer answer;
  if (!url.starts_with(kPrefix)) {
    ADD_FAILURE() << "not on this machine: " << url;
    return answer;
  }
  const size_t slash = url.find('/', kPrefix.size());
  const std::string path(slash == url.npos ? "/" : url.substr(slash));
  const int port = std::atoi(std::string(url.substr(kPrefix.size())).c_str());
  // HTTP/1.0: the end of the connection is the end of the body.
  std::string request = std::string(method) + " " + path + " HTTP/1.0\r\nhost: 127.0.0.1\r\n";
  headers.emplace_back("content-length", std::to_string(body.size()));
  for (const auto& [name, value] : headers) request += name + ": " + value + "\r\n";
  const std::string bytes = Exchange(port, request + "\r\n" + std::string(body));
  const size_t space = bytes.find(' ');
  const size_t end = bytes.find("\r\n\r\n");
  if (space == bytes.npos || end == bytes.npos) return answer;
  answer.status = std::atoi(bytes.c_str() + space);
  answer.body = bytes.substr(end + 4);
  return answer;
}

}  // namespace tideover::support
