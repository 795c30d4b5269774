#include "support/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace tideover::support {
namespace {

// Both ends are closed in children that other threads start.
struct Pipe {
  int read_end = -1;
  int write_end = -1;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
      ADD_FAILURE() << "no pipe: " << std::strerror(errno);
      return;
    }
    read_end = ends[0];
    write_end = ends[1];
  }
};

std::vector<char*> Pointers(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

// This process's environment with the changes.
std::vector<std::string> EnvironmentWith(
    const std::vector<std::pair<std::string, std::string>>& changes) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::string_view name = text.substr(0, text.find('='));
    bool changed = false;
    for (const auto& change : changes) changed = changed || change.first == name;
    if (!changed) all.emplace_back(text);
  }
  for (const auto& [name, value] : changes) {
    if (!value.empty()) all.push_back(name + "=" + value);
  }
  return all;
}

}  // namespace

Process::Process(const ProcessOptions& options) {
  std::vector<std::string> words = options.words;
  std::vector<std::string> variables = EnvironmentWith(options.environment);
  std::vector<char*> argv = Pointers(words);
  std::vector<char*> envp = Pointers(variables);
  const Pipe in;
  const Pipe out;
  const Pipe err;
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    // Only what is safe between fork and exec in a process with threads.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    dup2(in.read_end, STDIN_FILENO);
    dup2(out.write_end, STDOUT_FILENO);
    dup2(err.write_end, STDERR_FILENO);
    if (!options.directory.empty() && chdir(options.directory.c_str()) != 0) _exit(126);
    execvpe(argv[0], argv.data(), envp.data());
    _exit(127);
  }
  close(in.read_end);
  close(out.write_end);
  close(err.write_end);
  if (pid_ < 0) ADD_FAILURE() << "fork: " << std::strerror(errno);
  Gather(&out_, out.read_end);
  Gather(&err_, err.read_end);
  Feed(in.write_end, options.input);
}

Process::~Process() { Kill(); }

void Process::Gather(Gathered* stream, int fd) {
  stream->fd = fd;
  stream->reader = std::thread([this, stream] {
    char bytes[4096];
    for (;;) {
      const ssize_t count = read(stream->fd, bytes, sizeof bytes);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      const std::lock_guard<std::mutex> lock(mutex_);
      stream->text.append(bytes, static_cast<size_t>(count));
    }
    close(stream->fd);
  });
}

void Process::Feed(int fd, std::string input) {
  feeder_ = std::thread([fd, input = std::move(input)] {
    sigset_t pipe_signal;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);
    size_t written = 0;
    while (written < input.size()) {
      const ssize_t count = write(fd, input.data() + written, input.size() - written);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      written += static_cast<size_t>(count);
    }
    close(fd);
  });
}

std::string Process::out() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return out_.text;
}

std::string Process::err() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return err_.text;
}

std::optional<std::string> Process::WaitForLine(std::string_view prefix,
                                                std::chrono::milliseconds limit) {
  std::optional<std::string> rest;
  Eventually(
      [&] {
        const bool ended = !Running();
        const std::string text = out();
        for (size_t start = 0, end = 0; (end = text.find('\n', start)) != text.npos;
             start = end + 1) {
          const std::string_view line = std::string_view(text).substr(start, end - start);
          if (!line.starts_with(prefix)) continue;
          rest = line.substr(prefix.size());
          return true;
        }
        return ended;
      },
      limit);
  return rest;
}

bool Process::Reap() {
  if (exit_.has_value() || pid_ < 0) return true;
  int status = 0;
  const pid_t reaped = waitpid(pid_, &status, WNOHANG);
  if (reaped == 0) return false;
  Exit result;
  if (reaped == pid_ && WIFEXITED(status)) result.code = WEXITSTATUS(status);
  if (reaped == pid_ && WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  exit_ = result;
  return true;
}

bool Process::Running() { return !Reap(); }

void Process::Signal(int signal) {
  if (Running()) kill(pid_, signal);
}

Exit Process::Wait(std::chrono::milliseconds limit) {
  if (!Eventually([this] { return Reap(); }, limit)) {
    ADD_FAILURE() << "process " << pid_ << " did not end within " << limit.count() << " ms\n"
                  << err();
    Kill();
  }
  JoinReaders();
  return exit_.value_or(Exit{});
}

void Process::Kill() {
  Signal(SIGKILL);
  if (!Eventually([this] { return Reap(); })) ADD_FAILURE() << "SIGKILL did not end " << pid_;
  JoinReaders();
}

void Process::JoinReaders() {
  if (feeder_.joinable()) feeder_.join();
  if (out_.reader.joinable()) out_.reader.join();
  if (err_.reader.joinable()) err_.reader.join();
}

Finished RunProcess(const ProcessOptions& options, std::chrono::milliseconds limit) {
  Process process(options);
  Finished finished;
  finished.exit = process.Wait(limit);
  finished.out = process.out();
  finished.err = process.err();
  return finished;
}

}  // namespace tideover::support
