#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <iostream>

namespace tideover::cli {
namespace {

constexpr char kInterrupt = 0x03;
constexpr char kEndOfInput = 0x04;
constexpr char kBackspace = 0x08;
constexpr char kEraseLine = 0x15;
constexpr char kDelete = 0x7f;

// Resource: switches the terminal to single characters without echo, and back. Signals from the
// keyboard are off meanwhile, so that ^C cannot leave a terminal behind that shows nothing.
class SilentTerminal {
 public:
  SilentTerminal() {
    valid_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!valid_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
    silent.c_cc[VMIN] = 1;
    silent.c_cc[VTIME] = 0;
    valid_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  ~SilentTerminal() {
    if (valid_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

  bool valid() const { return valid_; }

 private:
  termios before_ = {};
  bool valid_ = false;
};

std::optional<std::string> ReadLineSilently() {
  const SilentTerminal silent;
  if (!silent.valid()) return std::nullopt;
  std::string line;
  char c = 0;
  while (::read(STDIN_FILENO, &c, 1) == 1) {
    if (c == '\n' || c == '\r') return line;
    if (c == kInterrupt || (c == kEndOfInput && line.empty())) return std::nullopt;
    if (c == kBackspace || c == kDelete) {
      if (!line.empty()) line.pop_back();
    } else if (c == kEraseLine) {
      line.clear();
    } else {
      line += c;
    }
  }
  return std::nullopt;
}

std::optional<std::string> ReadSecret(const std::string& prompt) {
  std::cerr << prompt << std::flush;
  auto line = ReadLineSilently();
  std::cerr << std::endl;
  return line;
}

size_t TerminalColumns() {
  winsize size = {};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace

bool Environment::Colours(bool terminal) const {
  if (!terminal) return false;
  const auto no_color = variable("NO_COLOR");
  if (no_color.has_value() && !no_color->empty()) return false;
  return variable("TERM").value_or("") != "dumb";
}

Environment ProcessEnvironment() {
  const bool out_terminal = ::isatty(STDOUT_FILENO) == 1;
  return Environment{.in = std::cin,
                     .out = std::cout,
                     .err = std::cerr,
                     .in_terminal = ::isatty(STDIN_FILENO) == 1,
                     .out_terminal = out_terminal,
                     .err_terminal = ::isatty(STDERR_FILENO) == 1,
                     .out_columns = out_terminal ? TerminalColumns() : 0,
                     .variable = client::ProcessVariable,
                     .now = std::chrono::system_clock::now,
                     .read_secret = ReadSecret};
}

}  // namespace tideover::cli
