// TIDEOVER_CHECK: an invariant of our own that must hold. When it does not, the process stops at
// once (abort, exit by signal) before anything wrong is answered or written; the supervisor starts
// it again from what is durable. Input from outside is never checked with it.
#ifndef TIDEOVER_BASE_CHECK_H_
#define TIDEOVER_BASE_CHECK_H_

#include <string_view>

namespace tideover::base {

[[noreturn]] void CheckFailed(const char* file, int line, const char* condition,
                              std::string_view detail);

}  // namespace tideover::base

#define TIDEOVER_CHECK(condition, detail)                                      \
  do {                                                                         \
    if (!(condition)) {                                                        \
      ::tideover::base::CheckFailed(__FILE__, __LINE__, #condition, (detail)); \
    }                                                                          \
  } while (false)

#endif  // TIDEOVER_BASE_CHECK_H_
