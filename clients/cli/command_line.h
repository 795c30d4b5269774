// From the words of a command line to an exit code: parses them by the table of commands.h,
// connects, runs the command. The only place that knows CLI11. Main thread.
#ifndef TIDEOVER_CLI_COMMAND_LINE_H_
#define TIDEOVER_CLI_COMMAND_LINE_H_

#include <string>
#include <vector>

#include "cli/terminal.h"

namespace tideover::cli {

// `words` are the arguments without the program's name. Returns 0 done, 1 failed, 2 wrong usage,
// 3 the daemon is not reachable.
int RunTideover(const std::vector<std::string>& words, Environment& environment);

}  // namespace tideover::cli

#endif  // TIDEOVER_CLI_COMMAND_LINE_H_
