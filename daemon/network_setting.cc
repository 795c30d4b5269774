#include "network_setting.h"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>

namespace tideover {
namespace {

constexpr const char* kWords[] = {"auto", "online", "offline"};

}  // namespace

sync::NetworkSetting ReadNetworkSetting(const std::string& state_dir) {
  std::ifstream file(state_dir + "/network");
  std::string word;
  file >> word;
  for (size_t i = 0; i < std::size(kWords); ++i) {
    if (word == kWords[i]) return static_cast<sync::NetworkSetting>(i);
  }
  return sync::NetworkSetting::kAuto;
}

absl::Status WriteNetworkSetting(const std::string& state_dir, sync::NetworkSetting setting) {
  const std::string path = state_dir + "/network";
  const std::string next = path + ".next";
  {
    std::ofstream file(next, std::ios::trunc);
    file << kWords[static_cast<size_t>(setting)] << '\n';
    if (!file.flush()) return absl::InternalError(fmt::format("writing {} failed", next));
  }
  if (std::rename(next.c_str(), path.c_str()) != 0) {
    return absl::InternalError(fmt::format("replacing {} failed", path));
  }
  return absl::OkStatus();
}

}  // namespace tideover
