// One line on the terminal that says how far long work is. Silent where stderr is no terminal.
// Owned by the command that does the work; main thread only. Shows at most ten lines a second, and
// its destructor wipes the line, so that nothing of it is left in front of the answer.
#ifndef TIDEOVER_CLI_PROGRESS_H_
#define TIDEOVER_CLI_PROGRESS_H_

#include <chrono>
#include <string>

#include "cli/terminal.h"

namespace tideover::cli {

class Progress {
 public:
  explicit Progress(Environment& environment) : environment_(environment) {}
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  bool enabled() const { return environment_.err_terminal; }
  void Show(const std::string& text);
  void Clear();

 private:
  Environment& environment_;
  std::chrono::system_clock::time_point last_shown_;
  bool visible_ = false;
};

}  // namespace tideover::cli

#endif  // TIDEOVER_CLI_PROGRESS_H_
