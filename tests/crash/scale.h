// How much the crash tests run: each count is a constant, which TIDEOVER_CRASH_SCALE multiplies (a
// soak says 100, somebody in a hurry 0.1). What ran is printed. Stateless.
#ifndef TIDEOVER_TESTS_CRASH_SCALE_H_
#define TIDEOVER_TESTS_CRASH_SCALE_H_

#include <algorithm>
#include <cstdlib>

namespace tideover::crash {

inline int Scaled(int count) {
  const char* text = std::getenv("TIDEOVER_CRASH_SCALE");
  const double scale = text == nullptr ? 1.0 : std::strtod(text, nullptr);
  return std::max(1, static_cast<int>(count * scale));
}

}  // namespace tideover::crash

#endif  // TIDEOVER_TESTS_CRASH_SCALE_H_
