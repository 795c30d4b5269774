// Process, a resource: a child with pipes at its standard input, output and error. What it writes
// is gathered by two threads of this object, so that it never blocks on a full pipe. The destructor
// kills and reaps it; it also dies with the thread that started it. One thread uses a Process.
//
//   Process child({.words = {"/bin/echo", "x"}});
//   child.Wait().code == 0 && child.out() == "x\n"
#ifndef TIDEOVER_TESTS_SUPPORT_PROCESS_H_
#define TIDEOVER_TESTS_SUPPORT_PROCESS_H_

#include <sys/types.h>

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "support/eventually.h"

namespace tideover::support {

struct ProcessOptions {
  // Program (a path, or a name to look up in PATH) and its arguments.
  std::vector<std::string> words;
  // Set beside what this process has. A value that starts with no character unsets the variable.
  std::vector<std::pair<std::string, std::string>> environment = {};
  // Empty: this process's.
  std::string directory = {};
  // What it reads from standard input; then the end.
  std::string input = {};
};

// How a process ended: by itself with a code, or by a signal.
struct Exit {
  int code = -1;
  int signal = 0;
  bool operator==(const Exit&) const = default;
};

class Process {
 public:
  explicit Process(const ProcessOptions& options);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  // What it wrote so far.
  std::string out() const;
  std::string err() const;

  // Waits until its standard output has a whole line that starts with `prefix` and returns the rest
  // of it; nullopt when it ended or the limit passed before.
  std::optional<std::string> WaitForLine(std::string_view prefix,
                                         std::chrono::milliseconds limit = kPatience);
  bool Running();
  void Signal(int signal);
  // Waits for its end and for the end of its output. A test failure, and SIGKILL, at the limit.
  Exit Wait(std::chrono::milliseconds limit = kPatience);
  // SIGKILL, and it is gone.
  void Kill();

 private:
  struct Gathered {
    int fd = -1;
    std::string text;
    std::thread reader;
  };
  void Gather(Gathered* stream, int fd);
  void Feed(int fd, std::string input);
  bool Reap();
  void JoinReaders();

  pid_t pid_ = -1;
  std::optional<Exit> exit_;
  std::thread feeder_;
  // Guards the texts.
  mutable std::mutex mutex_;
  Gathered out_;
  Gathered err_;
};

// Runs a program to its end.
struct Finished {
  Exit exit;
  std::string out;
  std::string err;
};
Finished RunProcess(const ProcessOptions& options, std::chrono::milliseconds limit = kPatience);

}  // namespace tideover::support

#endif  // TIDEOVER_TESTS_SUPPORT_PROCESS_H_
