#include "config_paths.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace tideover {
namespace {

constexpr char kSocketBelow[] = "/tideover/tideover.sock";

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool IsDirectory(const std::string& path) {
  struct stat info = {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace

ProcessPlaces ProcessPlaces::OfThisProcess() {
  ProcessPlaces places;
  places.home = Variable("HOME");
  places.xdg_state_home = Variable("XDG_STATE_HOME");
  places.xdg_runtime_dir = Variable("XDG_RUNTIME_DIR");
  const std::string user_dir = "/run/user/" + std::to_string(::getuid());
  if (places.xdg_runtime_dir.empty() && IsDirectory(user_dir)) places.xdg_runtime_dir = user_dir;
  places.state_directory = Variable("STATE_DIRECTORY");
  places.socket = Variable("TIDEOVER_SOCKET");
  return places;
}

std::string DefaultStateDir(const ProcessPlaces& places) {
  if (!places.state_directory.empty()) {
    // systemd writes several directories with colons between them; the first is ours.
    return places.state_directory.substr(0, places.state_directory.find(':'));
  }
  if (!places.xdg_state_home.empty()) return places.xdg_state_home + "/tideover";
  return places.home.empty() ? "" : places.home + "/.local/state/tideover";
}

std::string DefaultSocket(const ProcessPlaces& places) {
  if (!places.socket.empty()) return places.socket;
  if (!places.xdg_runtime_dir.empty()) return places.xdg_runtime_dir + kSocketBelow;
  return places.home.empty() ? "" : places.home + "/.local/state" + kSocketBelow;
}

std::string PathFrom(const std::string& directory, const std::string& path,
                     const ProcessPlaces& places) {
  if (path.empty() || path[0] == '/') return path;
  if (path.starts_with("~/")) return places.home + path.substr(1);
  return directory.empty() ? path : directory + "/" + path;
}

std::string DirectoryOf(const std::string& file) {
  const size_t slash = file.rfind('/');
  if (slash == std::string::npos) return "";
  return slash == 0 ? "/" : file.substr(0, slash);
}

}  // namespace tideover
