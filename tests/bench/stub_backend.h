// StubBackend, a resource: the light backend of stub/stub.mjs as a child process, which ends with
// it.
#ifndef TIDEOVER_TESTS_BENCH_STUB_BACKEND_H_
#define TIDEOVER_TESTS_BENCH_STUB_BACKEND_H_

#include <cstdint>
#include <string>

#include "base/json.h"
#include "bench/child_process.h"
#include "bench/daemon_under_test.h"

namespace tideover::bench {

// A content that is refused.
enum class Poison {
  kNone,
  kField,    // By its own field.
  kRequest,  // With the whole request that holds it.
};

class StubBackend {
 public:
  // Poisonous are the contents in which `text` is.
  StubBackend(const Places& places, int delay_ms, Poison poison = Poison::kNone,
              const std::string& text = "");
  const Backend& backend() const { return backend_; }
  // "stats" or "contents".
  json::Value Ask(const std::string& what);
  // One number of its stats.
  int64_t Count(const std::string& name);

 private:
  json::Value ReadJson();

  ChildProcess process_;
  Backend backend_;
};

}  // namespace tideover::bench

#endif  // TIDEOVER_TESTS_BENCH_STUB_BACKEND_H_
