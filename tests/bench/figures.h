// The figures that the bench measures, each group by itself: it starts what it needs, prints its
// lines and stops everything. They throw when something fails. On the main thread.
#ifndef TIDEOVER_TESTS_BENCH_FIGURES_H_
#define TIDEOVER_TESTS_BENCH_FIGURES_H_

#include "bench/daemon_under_test.h"

namespace tideover::bench {

enum class Extent {
  kQuick,  // Shorter rounds, fewer of them, smaller stores: to see that everything works.
  kNormal,
  kFull,  // Also a store of 1,000,000 documents.
};

// F1, F2: unary Get against the bare echo.
void MeasureGets(const Places& places, Extent extent);

// F3, F4: durable Mutate against bare group commits.
void MeasureMutates(const Places& places, Extent extent);

// F6: 2,000 writes that were made offline, sent to a backend that takes 300 ms for each request: by
// aliases, by its batch operation, all of one document, and with one among them that is refused.
void MeasureDrain(const Places& places, Extent extent);

// F5, the second half of F8, and the start: with many mutations pending.
void MeasureBacklog(const Places& places, Extent extent);

// F7 and the first half of F8: from exec to the first answered read, and memory.
void MeasureStart(const Places& places, Extent extent);

}  // namespace tideover::bench

#endif  // TIDEOVER_TESTS_BENCH_FIGURES_H_
