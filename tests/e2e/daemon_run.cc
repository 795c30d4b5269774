#include "e2e/daemon_run.h"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "e2e/introspect.h"

namespace tideover::e2e {
namespace {

// The promise is 2 s for a stop; a start on a busy machine may take longer.
constexpr std::chrono::seconds kStartLimit{20};

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

std::string Line(const std::string& key, const std::string& value) {
  return key + " = " + value + "\n";
}

}  // namespace

std::string ConfigText(const Settings& settings, const BackendReady& backend) {
  std::string text = Line("log_level", Quoted("debug"));
  text += "[backend]\n";
  text += Line("auth", Quoted(settings.cognito ? "cognito" : "api_key"));
  std::string url = settings.url;
  std::string api_key = settings.api_key;
  if (settings.schema) {
    text += Line("amplify_outputs", Quoted(backend.amplify_outputs));
  } else {
    url = backend.graphql_url;
    api_key = backend.api_key;
  }
  if (!url.empty()) text += Line("url", Quoted(url));
  if (!api_key.empty()) text += Line("api_key", Quoted(api_key));
  if (settings.trusted && !backend.ca_file.empty()) {
    text += Line("ca_file", Quoted(backend.ca_file));
  }
  text += Line("request_timeout", Quoted(settings.request_timeout));
  text += Line("connect_timeout", Quoted("2s"));
  if (settings.cognito) {
    text += "[backend.cognito]\n" + Line("endpoint", Quoted(backend.cognito_endpoint));
  }
  text += "[push]\n";
  text += Line("in_flight_max", settings.in_flight_max);
  text += Line("backoff_base", Quoted("20ms"));
  text += Line("backoff_cap", Quoted("300ms"));
  text += Line("server_time_max", Quoted(settings.server_time_max));
  text += "[collections.todos]\n";
  text += Line("id", Quoted("_id"));
  text += Line("list", settings.list) + Line("create", settings.create);
  text += Line("update", settings.update) + Line("delete", settings.remove);
  text += Line("ambiguous", Quoted(settings.ambiguous));
  text += Line("network_mode", Quoted(settings.network_mode));
  text += Line("stale_time", Quoted(settings.stale_time));
  text += Line("poll_interval", Quoted(settings.poll_interval));
  text += Line("refetch_on_settle", settings.refetch_on_settle ? "true" : "false");
  return text + settings.more;
}

DaemonRun::DaemonRun(const BackendReady& backend, const Settings& settings) : backend_(backend) {
  Write(settings);
}

void DaemonRun::Write(const Settings& settings) { WriteText(ConfigText(settings, backend_)); }

void DaemonRun::WriteText(const std::string& config_text) {
  std::ofstream(config(), std::ios::trunc) << config_text;
}

std::vector<std::string> DaemonRun::Words() const {
  return {TIDEOVERD_PATH, "--config", config(), "--state-dir", state_dir(), "--socket", socket()};
}

void DaemonRun::StartOnly(std::vector<std::pair<std::string, std::string>> environment) {
  process_ = std::make_unique<support::Process>(
      support::ProcessOptions{.words = Words(), .environment = std::move(environment)});
  app_ = std::make_unique<App>(socket());
}

bool DaemonRun::WaitUntilServing() {
  bool serving = false;
  support::Eventually(
      [&] {
        serving = Accepts(socket()) && Health(socket()) == "SERVING";
        return serving || !process_->Running();
      },
      kStartLimit);
  return serving;
}

void DaemonRun::Start() {
  StartOnly();
  ASSERT_TRUE(WaitUntilServing()) << "the daemon does not serve:\n" << process_->err();
}

support::Exit DaemonRun::Stop() {
  process_->Signal(SIGTERM);
  return process_->Wait();
}

void DaemonRun::Restart() {
  EXPECT_EQ(Stop(), (support::Exit{.code = 0}));
  Start();
}

support::Finished DaemonRun::Cli(std::vector<std::string> words, std::string input) {
  words.insert(words.begin(), TIDEOVER_PATH);
  return support::RunProcess({.words = std::move(words),
                              .environment = {{"TIDEOVER_SOCKET", socket()}},
                              .input = std::move(input)});
}

}  // namespace tideover::e2e
