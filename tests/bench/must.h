// Must: the bench's only way to fail. It throws, so that children are stopped and directories
// removed on the way to main, which prints the message and exits 1. Pure.
#ifndef TIDEOVER_TESTS_BENCH_MUST_H_
#define TIDEOVER_TESTS_BENCH_MUST_H_

#include <absl/status/status.h>

#include <stdexcept>
#include <string>

namespace tideover::bench {

inline void Must(bool ok, const std::string& what) {
  if (!ok) throw std::runtime_error(what);
}

inline void Must(const absl::Status& status, const std::string& what) {
  if (!status.ok()) throw std::runtime_error(what + ": " + status.ToString());
}

}  // namespace tideover::bench

#endif  // TIDEOVER_TESTS_BENCH_MUST_H_
