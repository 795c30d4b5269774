// Writers, a resource: programs that write to a daemon which is killed and started under them. Each
// call carries two creates and is repeated, with the same mutation ids, until it is answered, as
// careful programs do. Owns its threads; the test's thread tells it of each new daemon.
#ifndef TIDEOVER_TESTS_CRASH_WRITERS_H_
#define TIDEOVER_TESTS_CRASH_WRITERS_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "e2e/app.h"

namespace tideover::crash {

class Writers {
 public:
  Writers(int count, const std::string& socket);
  ~Writers();
  Writers(const Writers&) = delete;
  Writers& operator=(const Writers&) = delete;

  // The mutation ids of a call.
  static std::string FirstId(int call) { return "writer-" + std::to_string(call) + "-a"; }
  static std::string SecondId(int call) { return "writer-" + std::to_string(call) + "-b"; }

  // The daemon is back.
  void Connect(const std::string& socket);
  // Calls that were answered.
  std::set<int> answered() const;
  // Calls that were ever made: all numbers below.
  int made() const;
  // Makes no further calls, gives up what is not answered, and waits for the threads.
  void Stop();

 private:
  void Run();
  void Write(int call);

  // Guards what follows.
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<e2e::App> app_;
  int generation_ = 0;
  int next_ = 0;
  bool stopping_ = false;
  std::set<int> answered_;
  std::vector<std::thread> threads_;
};

}  // namespace tideover::crash

#endif  // TIDEOVER_TESTS_CRASH_WRITERS_H_
