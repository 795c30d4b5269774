#include "clients/cli_run.h"

#include <chrono>
#include <optional>
#include <sstream>

#include "cli/command_line.h"

namespace tideover::test {

CliResult RunCli(const std::vector<std::string>& words, const CliOptions& options) {
  CliResult result;
  std::istringstream in(options.input);
  std::ostringstream out;
  std::ostringstream err;
  cli::Environment environment{
      .in = in,
      .out = out,
      .err = err,
      .in_terminal = options.in_terminal,
      .out_terminal = options.out_terminal,
      .err_terminal = options.err_terminal,
      .out_columns = options.out_columns,
      .variable = [&options](const char* name) -> std::optional<std::string> {
        if (name == std::string("TIDEOVER_SOCKET")) return options.socket;
        const auto found = options.variables.find(name);
        if (found == options.variables.end()) return std::nullopt;
        return found->second;
      },
      .now =
          [] { return std::chrono::system_clock::time_point(std::chrono::seconds(kRunSeconds)); },
      .read_secret = [&](const std::string& prompt) -> std::optional<std::string> {
        result.prompts.push_back(prompt);
        if (result.prompts.size() > options.secrets.size()) return std::nullopt;
        return options.secrets[result.prompts.size() - 1];
      }};
  result.exit_code = cli::RunTideover(words, environment);
  result.out = out.str();
  result.err = err.str();
  return result;
}

void CliTest::AddDocument(const std::string& id, const std::string& json, bool pending) {
  v1::Document document;
  document.set_collection("todos");
  document.set_id(id);
  document.set_json(json);
  document.set_revision(7);
  document.set_pending(pending);
  if (pending) document.add_pending_mutation_ids("m-1");
  daemon_.documents["todos"][id] = document;
}

}  // namespace tideover::test
