// StubBackend, a resource: the light backend of stub/stub.mjs as a child process, which ends with
// it.
#ifndef TIDEOVER_TESTS_BENCH_STUB_BACKEND_H_
#define TIDEOVER_TESTS_BENCH_STUB_BACKEND_H_

#include <string>

#include "base/json.h"
#include "bench/child_process.h"
#include "bench/daemon_under_test.h"

namespace tideover::bench {

class StubBackend {
 public:
  StubBackend(const Places& places, int delay_ms);
  const Backend& backend() const { return backend_; }
  // "stats" or "contents".
  json::Value Ask(const std::string& what);

 private:
  json::Value ReadJson();

  ChildProcess process_;
  Backend backend_;
};

}  // namespace tideover::bench

#endif  // TIDEOVER_TESTS_BENCH_STUB_BACKEND_H_
