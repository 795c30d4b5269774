// tideover_bench: measures the figures and prints one line of JSON for each on stdout.
//
// Usage: tideover_bench --programs BUILD_DIR --stub FILE [--dir DIR]
//                       [--only gets,mutates,drain,backlog,start] [--quick | --full] [--keep]
// --dir is on the disk that is to be measured (default /var/tmp); what is made there is removed.
// Exits 0 when all was measured, met or not, and 1 when something failed.
#include <getopt.h>
#include <stdlib.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include "bench/figures.h"
#include "bench/must.h"
#include "bench/summary.h"

namespace tideover::bench {
namespace {

struct Options {
  Places places;
  std::string only;
  Extent extent = Extent::kNormal;
  bool keep = false;
};

bool ParseOptions(int argc, char** argv, Options* options) {
  enum { kPrograms = 1, kStub, kDir, kOnly, kQuick, kFull, kKeep };
  static const option kOptions[] = {{"programs", required_argument, nullptr, kPrograms},
                                    {"stub", required_argument, nullptr, kStub},
                                    {"dir", required_argument, nullptr, kDir},
                                    {"only", required_argument, nullptr, kOnly},
                                    {"quick", no_argument, nullptr, kQuick},
                                    {"full", no_argument, nullptr, kFull},
                                    {"keep", no_argument, nullptr, kKeep},
                                    {nullptr, 0, nullptr, 0}};
  options->places.directory = "/var/tmp";
  for (int code = 0; (code = getopt_long(argc, argv, "", kOptions, nullptr)) != -1;) {
    if (code == kPrograms)
      options->places.programs = optarg;
    else if (code == kStub)
      options->places.stub = optarg;
    else if (code == kDir)
      options->places.directory = optarg;
    else if (code == kOnly)
      options->only = optarg;
    else if (code == kQuick)
      options->extent = Extent::kQuick;
    else if (code == kFull)
      options->extent = Extent::kFull;
    else if (code == kKeep)
      options->keep = true;
    else
      return false;
  }
  return optind == argc && !options->places.programs.empty() && !options->places.stub.empty();
}

// A directory of our own, gone with the bench.
class RunDirectory {
 public:
  RunDirectory(const std::string& parent, bool keep) : keep_(keep) {
    path_ = parent + "/tideover-bench.XXXXXX";
    Must(mkdtemp(path_.data()) != nullptr, "making a directory in " + parent);
  }
  ~RunDirectory() {
    std::error_code ignored;
    if (!keep_) std::filesystem::remove_all(path_, ignored);
  }
  RunDirectory(const RunDirectory&) = delete;
  RunDirectory& operator=(const RunDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  const bool keep_;
  std::string path_;
};

void Run(Options options) {
  const RunDirectory directory(options.places.directory, options.keep);
  options.places.directory = directory.path();
  const auto wanted = [&](const char* group) {
    return options.only.empty() || options.only.find(group) != std::string::npos;
  };
  if (wanted("gets")) MeasureGets(options.places, options.extent);
  if (wanted("mutates")) MeasureMutates(options.places, options.extent);
  if (wanted("drain")) MeasureDrain(options.places, options.extent);
  if (wanted("backlog")) MeasureBacklog(options.places, options.extent);
  if (wanted("start")) MeasureStart(options.places, options.extent);
}

}  // namespace
}  // namespace tideover::bench

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  tideover::bench::Options options;
  if (!tideover::bench::ParseOptions(argc, argv, &options)) {
    std::fprintf(stderr,
                 "usage: tideover_bench --programs BUILD_DIR --stub FILE [--dir DIR]\n"
                 "                      [--only gets,mutates,drain,backlog,start] [--quick | "
                 "--full] [--keep]\n");
    return 2;
  }
  try {
    tideover::bench::Run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
