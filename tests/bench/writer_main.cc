// bench_writer: the bare group commit and the daemon's writer without gRPC, in alternating rounds:
// for the profiler, and to see where a durable write spends its time.
// Usage: bench_writer DIRECTORY [SECONDS] [ROUNDS] [limit|writer]
#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>

#include "bench/lmdb_limit.h"
#include "bench/summary.h"
#include "bench/writer_load.h"

namespace tideover::bench {
namespace {

constexpr uint64_t kDocuments = 10'000;
constexpr size_t kDocumentBytes = 300;
constexpr uint64_t kWritesMax = 50'000;

// Processor time of this process: steadier than any clock on a machine that others use, too.
double CpuMicros() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto micros = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec);
  };
  return micros(usage.ru_utime) + micros(usage.ru_stime);
}

int Run(const std::string& directory, double seconds, int rounds, const std::string& side) {
  std::filesystem::create_directories(directory);
  LmdbLimit limit(directory + "/limit", kDocuments, kDocumentBytes);
  WriterLoad load(directory + "/writer", kDocuments, kDocumentBytes);
  for (const size_t outstanding : {1, 16, 64, 256}) {
    Rounds rates;
    double batch = 0;
    double commit_us = 0;
    std::vector<double> limit_cpu;
    std::vector<double> writer_cpu;
    for (int i = 0; i < rounds; ++i) {
      if (side != "writer") {
        const double before = CpuMicros();
        const CommitRound bare = limit.Run(Writes::kCreates, outstanding, seconds, kWritesMax);
        rates.limit.push_back(bare.writes_per_second);
        limit_cpu.push_back((CpuMicros() - before) / static_cast<double>(bare.writes));
        commit_us = bare.commit_p50_us;
      }
      if (side == "limit") continue;
      const double before = CpuMicros();
      const WriterRound ours = load.Run(outstanding, seconds, kWritesMax);
      rates.ours.push_back(ours.writes_per_second);
      writer_cpu.push_back((CpuMicros() - before) / static_cast<double>(ours.writes));
      batch = ours.batch_mean;
    }
    std::printf("%s\n",
                fmt::format("{:4}: limit {:8.0f}/s {:6.1f} us of CPU (commit p50 {:5.0f} us)  "
                            "writer {:8.0f}/s {:6.1f} us of CPU (batch {:5.1f})  {:.2f}",
                            outstanding, Median(rates.limit), Median(limit_cpu), commit_us,
                            Median(rates.ours), Median(writer_cpu), batch, rates.Ratio())
                    .c_str());
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace tideover::bench

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: bench_writer DIRECTORY [SECONDS] [ROUNDS] [limit|writer]\n");
    return 2;
  }
  try {
    return tideover::bench::Run(argv[1], argc > 2 ? std::atof(argv[2]) : 1,
                                argc > 3 ? std::atoi(argv[3]) : 3, argc > 4 ? argv[4] : "");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_writer: %s\n", error.what());
    return 1;
  }
}
