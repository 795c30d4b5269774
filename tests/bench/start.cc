// F7 and the idle half of F8. The clock runs from fork to the answer of the first Get; the limit
// beside it is a process with nothing but a bare gRPC service, whose libraries must be loaded, too.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/random.h"
#include "bench/figures.h"
#include "bench/filled_store.h"
#include "bench/first_read.h"
#include "bench/must.h"
#include "bench/process_usage.h"
#include "bench/records.h"
#include "bench/summary.h"

namespace tideover::bench {
namespace {

struct Situation {
  std::string name;
  uint64_t documents;
  uint64_t pending;
  double target_ms;
};

// Drops the store from the file cache, as far as a user may.
void ForgetFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  Must(fd >= 0, "opening " + path);
  posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  close(fd);
}

void PrintMemory(const Situation& situation, const Memory& memory, const Memory& echo) {
  Figure figure;
  figure.name = "F8";
  figure.situation = "idle, " + situation.name;
  figure.unit = "MB";
  figure.ours = memory.WithoutMap();
  figure.target = 25;
  figure.better = Better::kLower;
  figure.detail.Set("anonymous_mb", Number(memory.anonymous_mb));
  figure.detail.Set("files_without_map_mb", Number(memory.files_mb - memory.map_mb));
  figure.detail.Set("bare_echo_mb", Number(echo.WithoutMap()));
  figure.detail.Set("map_mb", memory.map_seen ? Number(memory.map_mb) : json::Value());
  Print(figure);
}

void Measure(const Places& places, const Situation& situation, int rounds) {
  Say(fmt::format("F7: start, {}", situation.name));
  const std::string name = fmt::format("start{}-{}", situation.documents, situation.pending);
  DaemonUnderTest daemon(places, name, Backend());
  daemon.Start();
  daemon.Stop();
  const std::string path = daemon.EnvironmentPath();
  FillStore(path, {.documents = situation.documents, .pending = situation.pending});
  base::SeededRandom random(1);
  const auto any_id = [&] { return ServerId(random.Below(situation.documents)); };
  std::vector<double> warm;
  std::vector<double> cold;
  std::vector<double> echo;
  for (int i = 0; i < rounds; ++i) {
    echo.push_back(EchoUnderTest(places).start_ms());
    warm.push_back(MillisToFirstRead(&daemon, any_id()));
    daemon.Stop();
    ForgetFile(path + "/data.mdb");
    cold.push_back(MillisToFirstRead(&daemon, any_id()));
    daemon.Stop();
  }
  daemon.Start();
  // Let it come to rest before its memory is looked at.
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const Memory memory = MemoryOf(daemon.pid());
  const Memory echo_memory = MemoryOf(EchoUnderTest(places).pid());
  daemon.Stop();
  Figure figure;
  figure.name = "F7";
  figure.situation = situation.name;
  figure.unit = "ms";
  figure.ours = Median(warm);
  figure.target = situation.target_ms;
  figure.better = Better::kLower;
  figure.detail.Set("bare_echo_start_ms", Number(Median(echo)));
  figure.detail.Set("warm_ms", Numbers(warm));
  figure.detail.Set("cold_file_median_ms", Number(Median(cold)));
  figure.detail.Set("cold_file_ms", Numbers(cold));
  Print(figure);
  PrintMemory(situation, memory, echo_memory);
}

}  // namespace

void MeasureStart(const Places& places, Extent extent) {
  const int rounds = extent == Extent::kQuick ? 3 : 9;
  Measure(places, {"100,000 documents", 100'000, 0, 50}, rounds);
  Measure(places, {"100,000 documents, 10,000 pending", 100'000, 10'000, 50}, rounds);
  if (extent == Extent::kQuick) return;
  Measure(places, {"100,000 documents, 100,000 pending", 100'000, 100'000, 100}, rounds);
  if (extent == Extent::kFull) Measure(places, {"1,000,000 documents", 1'000'000, 0, 60}, rounds);
}

}  // namespace tideover::bench
