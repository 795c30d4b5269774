// The world around a command: its three streams, whether they are terminals, environment
// variables, the time, and a way to ask for a secret without showing it. Owned by main (or by a
// test, which replaces every part). Used from the main thread only.
#ifndef TIDEOVER_CLI_TERMINAL_H_
#define TIDEOVER_CLI_TERMINAL_H_

#include <chrono>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

#include "tideover/client/socket_path.h"

namespace tideover::cli {

struct Environment {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool in_terminal = false;
  bool out_terminal = false;
  bool err_terminal = false;
  // Width of the terminal behind `out`; 0 when there is none.
  size_t out_columns = 0;
  client::Variables variable;
  std::function<std::chrono::system_clock::time_point()> now;
  // Shows the prompt on the terminal and reads a line without showing it; nullopt when the person
  // gave up. Only called when in_terminal.
  std::function<std::optional<std::string>(const std::string& prompt)> read_secret;

  // Colours only on a terminal, and not where NO_COLOR (no-color.org) or TERM=dumb says no.
  bool Colours(bool terminal) const;
};

// The streams, variables and clock of this process.
Environment ProcessEnvironment();

}  // namespace tideover::cli

#endif  // TIDEOVER_CLI_TERMINAL_H_
