// tideover: the command line of tideoverd.
#include <string>
#include <vector>

#include "cli/command_line.h"

int main(int argc, char** argv) {
  tideover::cli::Environment environment = tideover::cli::ProcessEnvironment();
  const std::vector<std::string> words(argv + 1, argv + argc);
  return tideover::cli::RunTideover(words, environment);
}
