// DaemonRun, a resource: a configuration, a state directory and a socket in a directory of their
// own, and the `tideoverd` that is started on them, killed and started again. One thread uses it;
// its App may be used by several, until the next Start().
#ifndef TIDEOVER_TESTS_E2E_DAEMON_RUN_H_
#define TIDEOVER_TESTS_E2E_DAEMON_RUN_H_

#include <memory>
#include <string>
#include <vector>

#include "e2e/app.h"
#include "e2e/backend.h"
#include "support/process.h"
#include "support/temp_dir.h"

namespace tideover::e2e {

// What tests choose of the configuration. The defaults make everything that is waited for short,
// and leave nothing to happen by itself that a test does not ask for (no polling).
struct Settings {
  bool cognito = false;
  // False: address and API key are given, and nothing is known of the schema.
  bool schema = true;
  // Of a backend with TLS, its authority is trusted.
  bool trusted = true;
  // Empty: the backend's.
  std::string url = {};
  std::string api_key = {};
  // As TOML has them.
  std::string ambiguous = "verify";
  std::string network_mode = "online";
  std::string stale_time = "1h";
  std::string poll_interval = "0s";
  bool refetch_on_settle = true;
  std::string request_timeout = "10s";
  std::string server_time_max = "300ms";
  std::string in_flight_max = "100";
  // Operations of the collection, to the right of the equals sign.
  std::string list =
      R"({ field = "listTodo", items = "/todoList", ok = { "/statusCode" = "200" } })";
  std::string create =
      R"({ field = "addTodo", arguments = ["content"], document = "/todo", )"
      R"(select = "statusCode todo { _id content }", ok = { "/statusCode" = "200" } })";
  std::string update =
      R"({ field = "updateTodo", arguments = ["_id", "content"], select = "statusCode", )"
      R"(ok = { "/statusCode" = "200" } })";
  std::string remove =
      R"({ field = "deleteTodo", arguments = ["_id"], select = "statusCode deletedId", )"
      R"(ok = { "/statusCode" = "200" } })";
  // Further lines, at the end: in the table of the collection.
  std::string more = {};
};

// The text of the configuration file.
std::string ConfigText(const Settings& settings, const BackendReady& backend);

class DaemonRun {
 public:
  explicit DaemonRun(const BackendReady& backend, const Settings& settings = {});

  // Starts it and waits until it serves. A test failure when it does not.
  void Start();
  // Starts it; whether it ever serves is the test's business.
  void StartOnly(std::vector<std::pair<std::string, std::string>> environment = {});
  // False when it ended or nothing answered for long.
  bool WaitUntilServing();
  // kill -9.
  void Kill() { process_->Kill(); }
  // SIGTERM, and its end.
  support::Exit Stop();
  void Restart();

  // Takes effect with the next start.
  void Write(const Settings& settings);
  void WriteText(const std::string& config);

  bool started() const { return process_ != nullptr; }
  support::Process& process() { return *process_; }
  // Of the daemon that was started last.
  App& app() { return *app_; }
  // Runs `tideover` against it.
  support::Finished Cli(std::vector<std::string> words, std::string input = "");
  // The command line that starts a daemon here.
  std::vector<std::string> Words() const;

  std::string config() const { return directory_.path() + "/tideover.toml"; }
  std::string state_dir() const { return directory_.path() + "/state"; }
  std::string socket() const { return directory_.path() + "/run/tideover.sock"; }

 private:
  const BackendReady backend_;
  support::TempDir directory_;
  std::unique_ptr<support::Process> process_;
  std::unique_ptr<App> app_;
};

}  // namespace tideover::e2e

#endif  // TIDEOVER_TESTS_E2E_DAEMON_RUN_H_
