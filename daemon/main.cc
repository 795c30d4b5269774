// tideoverd: reads the configuration, takes the state directory, serves until it is told to stop.
//
// Exit codes: 0 stopped as asked; 64 usage; 78 configuration; 75 another daemon holds the state
// directory; 74 the store failed; 1 anything else. A supervisor need not restart on 64, 75 and 78.
#include <absl/synchronization/mutex.h>
#include <getopt.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "base/logging.h"
#include "config.h"
#include "daemon.h"
#include "state_lock.h"

namespace {

using tideover::base::Log;
using tideover::base::LogLevel;

enum ExitCode { kOk = 0, kFailed = 1, kUsage = 64, kStoreFailed = 74, kBusy = 75, kConfig = 78 };

constexpr const char* kUsageText =
    "tideoverd: the Tideover daemon\n"
    "\n"
    "  tideoverd --config FILE [--amplify-outputs FILE] [--state-dir DIR] [--socket PATH]\n"
    "\n"
    "  --config FILE           configuration in TOML\n"
    "  --amplify-outputs FILE  amplify_outputs.json of the backend (instead of the "
    "configuration's)\n"
    "  --state-dir DIR         where logs and caches live (instead of the configuration's)\n"
    "  --socket PATH           where the API listens (instead of the configuration's)\n"
    "  --log-level LEVEL       debug, info, warning or error\n"
    "  --check-config          read and check the configuration, and stop\n"
    "  --version, --help\n";

struct Arguments {
  tideover::ConfigSources sources;
  std::string state_dir;
  std::string socket;
  std::string log_level;
  bool check_config = false;
};

// Returns an exit code, or -1 to go on.
int ParseArguments(int argc, char** argv, Arguments* arguments) {
  enum { kConfigFile = 1, kAmplify, kStateDir, kSocket, kLogLevel, kCheck, kVersion, kHelp };
  static const option kOptions[] = {{"config", required_argument, nullptr, kConfigFile},
                                    {"amplify-outputs", required_argument, nullptr, kAmplify},
                                    {"state-dir", required_argument, nullptr, kStateDir},
                                    {"socket", required_argument, nullptr, kSocket},
                                    {"log-level", required_argument, nullptr, kLogLevel},
                                    {"check-config", no_argument, nullptr, kCheck},
                                    {"version", no_argument, nullptr, kVersion},
                                    {"help", no_argument, nullptr, kHelp},
                                    {nullptr, 0, nullptr, 0}};
  for (int code = 0; (code = getopt_long(argc, argv, "h", kOptions, nullptr)) != -1;) {
    switch (code) {
      case kConfigFile:
        arguments->sources.file = optarg;
        break;
      case kAmplify:
        arguments->sources.amplify_outputs = optarg;
        break;
      case kStateDir:
        arguments->state_dir = optarg;
        break;
      case kSocket:
        arguments->socket = optarg;
        break;
      case kLogLevel:
        arguments->log_level = optarg;
        break;
      case kCheck:
        arguments->check_config = true;
        break;
      case kVersion:
        std::printf("tideoverd %s\n", TIDEOVER_VERSION);
        return kOk;
      case kHelp:
      case 'h':
        std::fputs(kUsageText, stdout);
        return kOk;
      default:
        std::fputs(kUsageText, stderr);
        return kUsage;
    }
  }
  if (optind < argc) {
    std::fprintf(stderr, "tideoverd: unexpected argument %s\n\n%s", argv[optind], kUsageText);
    return kUsage;
  }
  if (arguments->sources.file.empty() && arguments->sources.amplify_outputs.empty()) {
    std::fprintf(stderr, "tideoverd: --config or --amplify-outputs is needed\n\n%s", kUsageText);
    return kUsage;
  }
  return -1;
}

// Tokens and documents must not end up in core dumps or in another process's hands.
void Harden() {
  std::signal(SIGPIPE, SIG_IGN);
  umask(0077);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

int ExitCodeOf(const absl::Status& status) {
  return absl::IsDataLoss(status) ? kStoreFailed : kFailed;
}

int Serve(tideover::Config config) {
  const auto lock = tideover::StateLock::Take(config.state_dir);
  if (!lock.ok()) {
    Log(LogLevel::kError, "main", std::string(lock.status().message()));
    return absl::IsAborted(lock.status()) ? kBusy : kFailed;
  }
  for (const std::string& note : config.notes) Log(LogLevel::kInfo, "config", note);
  tideover::Daemon daemon(std::move(config));
  if (const absl::Status started = daemon.Start(); !started.ok()) {
    Log(LogLevel::kError, "main", std::string(started.message()));
    return ExitCodeOf(started);
  }
  const absl::Status ended = daemon.Run();
  if (ended.ok()) return kOk;
  Log(LogLevel::kError, "main", std::string(ended.message()));
  return kStoreFailed;
}

}  // namespace

int main(int argc, char** argv) {
  Harden();
  // Debian's abseil looks for lock cycles at every lock that gRPC takes: a sixth of a call's cost.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  Arguments arguments;
  if (const int code = ParseArguments(argc, argv, &arguments); code >= 0) return code;
  arguments.sources.places = tideover::ProcessPlaces::OfThisProcess();
  auto config = tideover::LoadConfig(arguments.sources);
  if (!config.ok()) {
    std::fprintf(stderr, "tideoverd: %s\n", std::string(config.status().message()).c_str());
    return kConfig;
  }
  if (!arguments.state_dir.empty()) config->state_dir = arguments.state_dir;
  if (!arguments.socket.empty()) config->socket = arguments.socket;
  if (!arguments.log_level.empty() &&
      !tideover::base::ParseLogLevel(arguments.log_level, &config->log_level)) {
    std::fprintf(stderr, "tideoverd: --log-level is debug, info, warning or error\n");
    return kUsage;
  }
  if (arguments.check_config) {
    std::printf("the configuration is good: %zu collections\n", config->collections.size());
    return kOk;
  }
  tideover::base::SetLogLevel(config->log_level);
  return Serve(*std::move(config));
}
