// How the storage child ends, agreed between it and the tests. Numbers; no state.
#ifndef TIDEOVER_TESTS_CRASH_CHILD_EXIT_H_
#define TIDEOVER_TESTS_CRASH_CHILD_EXIT_H_

namespace tideover::crash {

inline constexpr int kExitDone = 0;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitStopped = 3;
inline constexpr int kExitFull = 4;
inline constexpr int kExitNotOpened = 5;

// How often the child asks again for a turn that found the disk full.
inline constexpr int kFullMax = 3;

}  // namespace tideover::crash

#endif  // TIDEOVER_TESTS_CRASH_CHILD_EXIT_H_
