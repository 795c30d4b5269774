// What a process uses: memory and processor time. Reads /proc; a daemon that protects itself from
// debuggers lets root alone see its maps.
#ifndef TIDEOVER_TESTS_BENCH_PROCESS_USAGE_H_
#define TIDEOVER_TESTS_BENCH_PROCESS_USAGE_H_

#include <sys/types.h>

namespace tideover::bench {

struct Memory {
  double anonymous_mb = 0;
  double files_mb = 0;  // Programs, libraries and the database's map.
  double map_mb = 0;    // The map alone; 0 when it cannot be seen.
  bool map_seen = false;

  double WithoutMap() const { return anonymous_mb + files_mb - map_mb; }
};

Memory MemoryOf(pid_t pid);

// Processor time of all threads that live, in microseconds: steadier than any rate on a machine
// that others use, too.
double CpuMicrosOf(pid_t pid);

}  // namespace tideover::bench

#endif  // TIDEOVER_TESTS_BENCH_PROCESS_USAGE_H_
