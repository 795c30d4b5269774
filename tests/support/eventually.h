// Waits for what another thread or process brings about. It asks `holds` again and again until it
// says yes, or until the limit has passed, which only turns a hang into a failure: no test may rely
// on how long something takes, and none sleeps by itself.
#ifndef TIDEOVER_TESTS_SUPPORT_EVENTUALLY_H_
#define TIDEOVER_TESTS_SUPPORT_EVENTUALLY_H_

#include <absl/functional/function_ref.h>

#include <chrono>
#include <thread>

namespace tideover::support {

inline constexpr std::chrono::seconds kPatience{20};

// False when the limit passed first.
inline bool Eventually(absl::FunctionRef<bool()> holds,
                       std::chrono::milliseconds limit = kPatience) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  std::chrono::milliseconds pause{1};
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(pause);
    if (pause < std::chrono::milliseconds(20)) pause += std::chrono::milliseconds(1);
  }
  return true;
}

}  // namespace tideover::support

#endif  // TIDEOVER_TESTS_SUPPORT_EVENTUALLY_H_
