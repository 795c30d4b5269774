#include "crash/child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "crash/child_run.h"

namespace tideover::crash {
namespace {

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> EnvironmentOf(const ChildOptions& options) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    variables.emplace_back(*variable);
  }
  variables.push_back("LD_PRELOAD=" TIDEOVER_SHIM_PATH);
  variables.push_back("TIDEOVER_SHIM_UNDER=" + options.directory);
  for (const auto& [name, value] : options.shim) {
    variables.push_back("TIDEOVER_SHIM_" + name + "=" + value);
  }
  return variables;
}

// A program of its own, below the shim.
pid_t Spawn(const ChildOptions& options, int out) {
  std::vector<std::string> words = {TIDEOVER_STORAGE_CHILD_PATH, options.directory,
                                    std::to_string(options.seed),
                                    std::to_string(options.first_turn)};
  if (options.no_sync) words.emplace_back("nosync");
  std::vector<std::string> variables = EnvironmentOf(options);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  pid_t pid = -1;
  const int code = posix_spawn(&pid, words[0].c_str(), &actions, nullptr, Pointers(words).data(),
                               Pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  return code == 0 ? pid : -1;
}

}  // namespace

Answers ParseAnswers(std::string_view text, int first_turn) {
  Answers answers;
  answers.turn = first_turn - 1;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.starts_with("stopped")) answers.stopped = true;
    if (line.starts_with("full")) ++answers.full;
    if (!line.starts_with("answered ")) continue;
    line.remove_prefix(line.find(' ') + 1);
    int turn = 0;
    const auto parsed = std::from_chars(line.data(), line.data() + line.size(), turn);
    line.remove_prefix(static_cast<size_t>(parsed.ptr - line.data()));
    answers.in_order = answers.in_order && turn == answers.turn + 1 && !answers.stopped;
    answers.turn = turn;
    while (!line.empty()) {
      line.remove_prefix(1);
      const std::string_view id = line.substr(0, line.find(' '));
      answers.mutation_ids.emplace_back(id);
      line.remove_prefix(id.size());
    }
  }
  return answers;
}

Child::Child(const ChildOptions& options) : first_turn_(options.first_turn) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    ADD_FAILURE() << "no pipe";
    return;
  }
  out_ = ends[0];
  if (options.shim.empty()) {
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      _exit(RunChild({options.directory, options.seed, options.no_sync}, options.first_turn));
    }
  } else {
    pid_ = Spawn(options, ends[1]);
  }
  close(ends[1]);
  EXPECT_GT(pid_, 0) << "the storage child does not start";
  end_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
}

Child::~Child() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (end_ >= 0) close(end_);
  if (out_ >= 0) close(out_);
}

bool Child::ReadMore() {
  char bytes[8192];
  ssize_t count = 0;
  do {
    count = read(out_, bytes, sizeof bytes);
  } while (count < 0 && errno == EINTR);
  if (count <= 0) return false;
  said_.append(bytes, static_cast<size_t>(count));
  return true;
}

bool Child::WaitUntilReady() {
  while (said_.find("ready\n") == std::string::npos) {
    if (!ReadMore()) return false;
  }
  return true;
}

void Child::KillAfter(uint64_t microseconds) {
  pollfd ended{end_, POLLIN, 0};
  const timespec limit{0, static_cast<long>(microseconds * 1000)};
  if (ppoll(&ended, 1, &limit, nullptr) == 0) kill(pid_, SIGKILL);
}

std::optional<int> Child::Wait() {
  while (ReadMore()) {
  }
  int status = 0;
  const pid_t reaped = waitpid(pid_, &status, 0);
  EXPECT_EQ(reaped, pid_);
  pid_ = -1;
  if (WIFSIGNALED(status)) {
    EXPECT_EQ(WTERMSIG(status), SIGKILL) << "it died of something else\n" << said_;
    return std::nullopt;
  }
  return WEXITSTATUS(status);
}

}  // namespace tideover::crash
