// The time from exec to the first answered read, as an app would see it.
#ifndef TIDEOVER_TESTS_BENCH_FIRST_READ_H_
#define TIDEOVER_TESTS_BENCH_FIRST_READ_H_

#include <string>

#include "bench/daemon_under_test.h"

namespace tideover::bench {

// Starts it, and reads the document until that is answered.
double MillisToFirstRead(DaemonUnderTest* daemon, const std::string& id);

}  // namespace tideover::bench

#endif  // TIDEOVER_TESTS_BENCH_FIRST_READ_H_
