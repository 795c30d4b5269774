// Runs one command line of `tideover` in the test's process against a socket, with strings for
// streams, a fixed clock, no environment variables, and no terminal unless the test says so.
#ifndef TIDEOVER_TESTS_CLIENTS_CLI_RUN_H_
#define TIDEOVER_TESTS_CLIENTS_CLI_RUN_H_

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "clients/fake_daemon.h"

namespace tideover::test {

// 2026-01-02 03:04:05 UTC, the time of every run.
inline constexpr int64_t kRunSeconds = 1767323045;

struct CliOptions {
  std::string socket = {};
  std::string input = {};
  bool in_terminal = false;
  bool out_terminal = false;
  bool err_terminal = false;
  size_t out_columns = 0;
  std::map<std::string, std::string> variables = {};
  // What the person types when asked for a secret; in order.
  std::vector<std::string> secrets = {};
};

struct CliResult {
  int exit_code = -1;
  std::string out;
  std::string err;
  // The prompts that asked for a secret.
  std::vector<std::string> prompts;
};

CliResult RunCli(const std::vector<std::string>& words, const CliOptions& options);

// A test with a fake daemon to run against.
class CliTest : public ::testing::Test {
 protected:
  CliResult Run(const std::vector<std::string>& words, CliOptions options = {}) {
    options.socket = daemon_.socket_path();
    return RunCli(words, options);
  }

  // Puts a document where Get and Query find it.
  void AddDocument(const std::string& id, const std::string& json, bool pending = false);

  FakeDaemon daemon_;
};

}  // namespace tideover::test

#endif  // TIDEOVER_TESTS_CLIENTS_CLI_RUN_H_
