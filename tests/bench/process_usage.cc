#include "bench/process_usage.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace tideover::bench {
namespace {

// "Rss:   1234 kB" → 1.2
double MegabytesIn(const std::string& line) {
  std::istringstream words(line.substr(line.find(':') + 1));
  double kilobytes = 0;
  words >> kilobytes;
  return kilobytes / 1024;
}

}  // namespace

Memory MemoryOf(pid_t pid) {
  Memory memory;
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) memory.anonymous_mb = MegabytesIn(line);
    if (line.starts_with("RssFile:")) memory.files_mb = MegabytesIn(line);
  }
  std::ifstream maps(fmt::format("/proc/{}/smaps", pid));
  bool in_map = false;
  for (std::string line; std::getline(maps, line);) {
    const size_t first_word = line.find(' ');
    // A mapping's own line starts with its addresses; those of its figures with "Name:".
    if (first_word != std::string::npos && line[first_word - 1] != ':') {
      in_map = line.ends_with("/data.mdb");
      memory.map_seen = true;
    } else if (in_map && line.starts_with("Rss:")) {
      memory.map_mb += MegabytesIn(line);
    }
  }
  return memory;
}

double CpuMicrosOf(pid_t pid) {
  double nanos = 0;
  for (const auto& task : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid))) {
    std::ifstream file(task.path() / "schedstat");
    double on_cpu = 0;
    file >> on_cpu;
    nanos += on_cpu;
  }
  return nanos / 1000;
}

}  // namespace tideover::bench
