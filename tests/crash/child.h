// Child, a resource: one run of the storage child: as a program of its own, or, without the shim,
// as a fork of the test, which costs a tenth of the time. It is started without threads and pauses,
// because tests start it ten thousand times. The destructor kills and reaps it.
#ifndef TIDEOVER_TESTS_CRASH_CHILD_H_
#define TIDEOVER_TESTS_CRASH_CHILD_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tideover::crash {

struct ChildOptions {
  std::string directory;
  uint64_t seed = 1;
  int first_turn = 1;
  bool no_sync = false;
  // Variables of the shim (shim.cc), without their common beginning: {"DIE", "17"}. None: no shim,
  // and a fork of the test, which must have no other thread and no store open.
  std::vector<std::pair<std::string, std::string>> shim = {};
};

// What a run said before it ended.
struct Answers {
  // The newest turn that was answered; the one before the first when none was.
  int turn = 0;
  std::vector<std::string> mutation_ids;
  int full = 0;          // How often it said that the disk was full.
  bool stopped = false;  // It said that the store failed.
  bool in_order = true;  // Turns were answered one after the other, none after `stopped`.
};
Answers ParseAnswers(std::string_view text, int first_turn);

class Child {
 public:
  explicit Child(const ChildOptions& options);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Waits until it has opened its store; false when it ended before.
  bool WaitUntilReady();
  // Kills it unless it ends by itself within that time; less than a second.
  void KillAfter(uint64_t microseconds);
  // Waits for its end. The exit code, or empty when it was killed.
  std::optional<int> Wait();
  // All that it said; after Wait().
  Answers answers() const { return ParseAnswers(said_, first_turn_); }
  const std::string& said() const { return said_; }

 private:
  bool ReadMore();

  const int first_turn_;
  pid_t pid_ = -1;
  int out_ = -1;
  int end_ = -1;  // Becomes readable when it ends (pidfd).
  std::string said_;
};

}  // namespace tideover::crash

#endif  // TIDEOVER_TESTS_CRASH_CHILD_H_
