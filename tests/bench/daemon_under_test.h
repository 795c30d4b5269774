// The programs that are measured, each in a process of its own and on a Unix-domain socket in the
// bench's directory: the daemon as it is installed, and the bare echo. Resources: destroying one
// stops its process.
#ifndef TIDEOVER_TESTS_BENCH_DAEMON_UNDER_TEST_H_
#define TIDEOVER_TESTS_BENCH_DAEMON_UNDER_TEST_H_

#include <memory>
#include <string>

#include "bench/child_process.h"
#include "echo.grpc.pb.h"
#include "tideover/client/connection.h"

namespace tideover::bench {

// Where the programs are and where the bench may write.
struct Places {
  std::string programs;   // The build directory.
  std::string stub;       // The stub's main file.
  std::string directory;  // On the disk that is to be measured; removed by main.
};

// Returns when somebody listens at `socket`: tries every half millisecond. Throws after 10 s, or
// when `process` has ended.
void AwaitListener(const std::string& socket, ChildProcess* process);

class EchoUnderTest {
 public:
  explicit EchoUnderTest(const Places& places);
  Echo::Stub& stub() { return *stub_; }
  pid_t pid() const { return process_->pid(); }
  // Milliseconds from exec to the first answer.
  double start_ms() const { return start_ms_; }

 private:
  double start_ms_ = 0;
  std::unique_ptr<ChildProcess> process_;
  std::unique_ptr<Echo::Stub> stub_;
};

// Where the daemon sends: nothing listens at the port of the default.
struct Backend {
  int port = 1;
  std::string ca_file;
  // Its batch operation is configured too.
  bool batches = false;
};

class DaemonUnderTest {
 public:
  // Writes the configuration and makes the state directory `name`, without starting anything.
  DaemonUnderTest(const Places& places, const std::string& name, const Backend& backend);

  void Start();
  void Stop();
  pid_t pid() const { return process_->pid(); }
  client::Connection& connection() { return *connection_; }
  // The directory of the one environment in the state directory. Throws when there is none: the
  // daemon makes it at its first start.
  std::string EnvironmentPath() const;

  // Until the daemon listens, without a call.
  void StartProcess();
  void Connect();
  void SetOffline(bool offline);
  // Mutations that have not settled, and those that were refused.
  uint64_t OutboxSize();
  uint64_t DeadLetters();

 private:
  v1::OutboxCounts Counts();

  const std::string program_;
  const std::string state_dir_;
  const std::string socket_;
  const std::string config_;
  const std::string log_;
  std::unique_ptr<ChildProcess> process_;
  std::unique_ptr<client::Connection> connection_;
};

}  // namespace tideover::bench

#endif  // TIDEOVER_TESTS_BENCH_DAEMON_UNDER_TEST_H_
