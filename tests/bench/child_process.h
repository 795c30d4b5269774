// ChildProcess: a program that the bench started, with pipes to its stdin and stdout. A resource:
// destroying it stops the program (SIGTERM, after 5 s SIGKILL) and waits for it; a program also
// gets SIGKILL when the bench itself dies, so that nothing is left behind.
#ifndef TIDEOVER_TESTS_BENCH_CHILD_PROCESS_H_
#define TIDEOVER_TESTS_BENCH_CHILD_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace tideover::bench {

class ChildProcess {
 public:
  // Stderr is appended to the file at `log_path`; so is stdout, when it is not `piped`. Throws when
  // the program cannot be started.
  ChildProcess(const std::vector<std::string>& command, const std::string& log_path, bool piped);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  bool Runs();
  // Throws when the program has ended or says nothing for `seconds`.
  std::string ReadLine(double seconds);
  void WriteLine(const std::string& line);
  void Stop();

 private:
  bool Reap(bool block);

  std::string name_;
  pid_t pid_ = -1;
  bool ended_ = false;
  int to_child_ = -1;
  int from_child_ = -1;
  std::string unread_;
};

}  // namespace tideover::bench

#endif  // TIDEOVER_TESTS_BENCH_CHILD_PROCESS_H_
