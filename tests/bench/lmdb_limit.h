// LmdbLimit: what the disk and LMDB allow at best: group commits of the same three tables, keys and
// record sizes as the daemon's durable create, and nothing else: no checks, no checksums, no
// encoding, no other thread. A resource: one environment in a directory of its own.
#ifndef TIDEOVER_TESTS_BENCH_LMDB_LIMIT_H_
#define TIDEOVER_TESTS_BENCH_LMDB_LIMIT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"

struct MDB_env;

namespace tideover::bench {

// Which documents are written.
enum class Writes {
  kCreates,        // New ones, whose ids are in the order of time.
  kRandomUpdates,  // Any of those that are there.
};

struct CommitRound {
  uint64_t writes = 0;
  double writes_per_second = 0;
  double commit_p50_us = 0;
  double commit_p99_us = 0;
};

class LmdbLimit {
 public:
  // Opens the environment and puts `documents` documents of `document_bytes` into it.
  LmdbLimit(const std::string& directory, uint64_t documents, size_t document_bytes);
  ~LmdbLimit();
  LmdbLimit(const LmdbLimit&) = delete;
  LmdbLimit& operator=(const LmdbLimit&) = delete;

  // Commits of `batch` writes each, until `seconds` are over or `writes_max` are written.
  CommitRound Run(Writes writes, size_t batch, double seconds, uint64_t writes_max);

 private:
  void Commit(Writes writes, size_t batch);

  MDB_env* env_ = nullptr;
  unsigned log_ = 0;
  unsigned documents_ = 0;
  unsigned lanes_ = 0;
  const uint64_t filled_;
  uint64_t last_seq_ = 0;
  std::string document_record_;
  std::string log_record_;
  base::SystemClock clock_;
  base::SystemRandom random_;
};

}  // namespace tideover::bench

#endif  // TIDEOVER_TESTS_BENCH_LMDB_LIMIT_H_
