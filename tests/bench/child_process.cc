#include "bench/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "bench/must.h"

namespace tideover::bench {
namespace {

constexpr auto kStopGrace = std::chrono::seconds(5);

// Only what is safe between fork and exec.
[[noreturn]] void Become(char* const* arguments, pid_t parent, int log, int in, int out) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execv(arguments[0], arguments);
  _exit(127);
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& command, const std::string& log_path,
                           bool piped)
    : name_(command[0]) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  int in[2] = {-1, -1};
  int out[2] = {-1, -1};
  Must(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0, "making pipes");
  const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  Must(log >= 0, fmt::format("opening {}: {}", log_path, std::strerror(errno)));
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) Become(arguments.data(), parent, log, in[0], piped ? out[1] : log);
  close(log);
  close(in[0]);
  close(out[1]);
  to_child_ = in[1];
  from_child_ = out[0];
  Must(pid_ > 0, fmt::format("starting {}", name_));
}

ChildProcess::~ChildProcess() {
  Stop();
  close(to_child_);
  close(from_child_);
}

bool ChildProcess::Reap(bool block) {
  if (!ended_) ended_ = waitpid(pid_, nullptr, block ? 0 : WNOHANG) == pid_;
  return ended_;
}

bool ChildProcess::Runs() { return !Reap(/*block=*/false); }

std::string ChildProcess::ReadLine(double seconds) {
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
  while (true) {
    if (const size_t newline = unread_.find('\n'); newline != std::string::npos) {
      std::string line = unread_.substr(0, newline);
      unread_.erase(0, newline + 1);
      return line;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    pollfd poll_fd{from_child_, POLLIN, 0};
    Must(left.count() > 0 && poll(&poll_fd, 1, static_cast<int>(left.count())) > 0,
         fmt::format("{} says nothing", name_));
    char bytes[4096];
    const ssize_t n = read(from_child_, bytes, sizeof bytes);
    Must(n > 0, fmt::format("{} has ended", name_));
    unread_.append(bytes, static_cast<size_t>(n));
  }
}

void ChildProcess::WriteLine(const std::string& line) {
  const std::string text = line + "\n";
  Must(write(to_child_, text.data(), text.size()) == static_cast<ssize_t>(text.size()),
       fmt::format("telling {}", name_));
}

void ChildProcess::Stop() {
  if (!Runs()) return;
  kill(pid_, SIGTERM);
  const auto end = std::chrono::steady_clock::now() + kStopGrace;
  while (Runs() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  if (!Runs()) return;
  kill(pid_, SIGKILL);
  Reap(/*block=*/true);
}

}  // namespace tideover::bench
