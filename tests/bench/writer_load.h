// WriterLoad: durable creates through the daemon's doors and writer alone, without gRPC: what the
// daemon's own work costs above LmdbLimit. A resource: one environment in a directory of its own.
#ifndef TIDEOVER_TESTS_BENCH_WRITER_LOAD_H_
#define TIDEOVER_TESTS_BENCH_WRITER_LOAD_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "doors/writer.h"

namespace tideover::bench {

struct WriterRound {
  uint64_t writes = 0;
  double writes_per_second = 0;
  double batch_mean = 0;  // Writes per commit.
};

class WriterLoad {
 public:
  // A store with `documents` documents of the server's.
  WriterLoad(const std::string& directory, uint64_t documents, size_t document_bytes);
  ~WriterLoad();
  WriterLoad(const WriterLoad&) = delete;
  WriterLoad& operator=(const WriterLoad&) = delete;

  // `outstanding` creates at a time, each answered one followed by the next, until `seconds` are
  // over or `writes_max` are written.
  WriterRound Run(size_t outstanding, double seconds, uint64_t writes_max);

 private:
  struct Progress;
  void Next(Progress* progress);

  const size_t document_bytes_;
  base::SystemClock clock_;
  base::SystemRandom random_;
  std::atomic<uint64_t> commits_{0};
  uint64_t number_ = 0;
  std::unique_ptr<store::Env> env_;
  std::unique_ptr<doors::Doors> doors_;
  std::unique_ptr<doors::Writer> writer_;
};

}  // namespace tideover::bench

#endif  // TIDEOVER_TESTS_BENCH_WRITER_LOAD_H_
