#include "tideover/client/socket_path.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>

namespace tideover::client {
namespace {

constexpr char kBelowRuntimeDir[] = "/tideover/tideover.sock";

bool IsDirectory(const std::string& path) {
  struct stat info = {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace

std::optional<std::string> ProcessVariable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

std::string ResolveSocketPath(const std::string& explicit_path, const Variables& variables) {
  if (!explicit_path.empty()) return explicit_path;
  const auto socket = variables("TIDEOVER_SOCKET");
  if (socket.has_value() && !socket->empty()) return *socket;
  const auto runtime_dir = variables("XDG_RUNTIME_DIR");
  if (runtime_dir.has_value() && !runtime_dir->empty()) return *runtime_dir + kBelowRuntimeDir;
  const std::string user_dir = "/run/user/" + std::to_string(::getuid());
  if (IsDirectory(user_dir)) return user_dir + kBelowRuntimeDir;
  const auto home = variables("HOME");
  if (home.has_value() && !home->empty()) return *home + "/.local/state" + kBelowRuntimeDir;
  return "";
}

size_t SocketPathBytesMax() { return sizeof(sockaddr_un::sun_path) - 1; }

std::string SocketTarget(const std::string& path) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string target = "unix:";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '%' || c == '?' || c == '#') {
      target += '%';
      target += kHex[byte >> 4];
      target += kHex[byte & 0xf];
    } else {
      target += c;
    }
  }
  return target;
}

}  // namespace tideover::client
