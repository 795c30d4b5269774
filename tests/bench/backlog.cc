// F5, the other half of F8, and the start with a long outbox: nothing may cost more because much is
// pending.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "bench/figures.h"
#include "bench/filled_store.h"
#include "bench/first_read.h"
#include "bench/must.h"
#include "bench/process_usage.h"
#include "bench/records.h"
#include "bench/stub_backend.h"
#include "bench/summary.h"
#include "bench/unary_load.h"

namespace tideover::bench {
namespace {

using Steady = std::chrono::steady_clock;
using MutateLoad = UnaryLoad<v1::MutateRequest, v1::MutateResponse>;

constexpr size_t kDocumentBytes = 300;
constexpr uint64_t kDocuments = 1'000;
constexpr size_t kOutstanding = 64;
// A store that was filled in large commits has free pages to write to, and one that was not must
// grow: so many writes are made before the measuring starts that both must.
constexpr uint64_t kWarmUp = 5'000;

// Fast enough that the backend is not what is waited for.
constexpr int kStubDelayMs = 20;
constexpr std::chrono::seconds kDrainWatched{10};

// A daemon whose store has that many mutations in the outbox, stopped.
std::unique_ptr<DaemonUnderTest> MakeDaemon(const Places& places, const std::string& name,
                                            uint64_t pending, const Backend& backend = {}) {
  auto daemon = std::make_unique<DaemonUnderTest>(places, name, backend);
  daemon->Start();
  daemon->SetOffline(true);
  daemon->Stop();
  FillStore(daemon->EnvironmentPath(),
            {.documents = kDocuments, .pending = pending, .document_bytes = kDocumentBytes});
  return daemon;
}

MutateLoad MakeLoad(DaemonUnderTest* daemon) {
  return MutateLoad(
      [daemon](auto* context, const auto& request, auto* queue) {
        return daemon->connection().data().AsyncMutate(context, request, queue);
      },
      [](uint64_t number, v1::MutateRequest* request) {
        request->Clear();
        v1::Operation* operation = request->add_operations();
        operation->set_collection(kCollection);
        operation->mutable_create()->set_json(DocumentText(number, kDocumentBytes));
      });
}

// What one write costs, per round: time with many outstanding, latency with one, processor.
struct Costs {
  std::vector<double> micros;
  std::vector<double> p50_us;
  std::vector<double> cpu_us;

  void Run(MutateLoad* load, pid_t pid, double seconds) {
    const double cpu = CpuMicrosOf(pid);
    const LoadRound round = load->Run({kOutstanding, seconds});
    cpu_us.push_back((CpuMicrosOf(pid) - cpu) / static_cast<double>(round.calls));
    micros.push_back(1e6 / round.calls_per_second);
    p50_us.push_back(load->Run({1, seconds / 2}).p50_us);
  }
};

void MeasureWrites(const Places& places, uint64_t pending, Extent extent) {
  Say(fmt::format("F5: durable writes at {} pending against none", pending));
  const auto empty = MakeDaemon(places, fmt::format("none{}", pending), 0);
  const auto full = MakeDaemon(places, fmt::format("many{}", pending), pending);
  empty->Start();
  full->Start();
  MutateLoad empty_load = MakeLoad(empty.get());
  MutateLoad full_load = MakeLoad(full.get());
  empty_load.Run({kOutstanding, 60, kWarmUp});
  full_load.Run({kOutstanding, 60, kWarmUp});
  const int rounds = extent == Extent::kQuick ? 3 : 9;
  const double seconds = extent == Extent::kQuick ? 0.5 : 1;
  Costs none;
  Costs many;
  for (int i = 0; i < rounds; ++i) {
    none.Run(&empty_load, empty->pid(), seconds);
    many.Run(&full_load, full->pid(), seconds);
  }
  Must(full->OutboxSize() > pending, "F5: the outbox has shrunk");
  Figure figure;
  figure.name = "F5";
  figure.situation = fmt::format("durable creates at {} pending against none", pending);
  figure.unit = "us per write, 64 outstanding";
  figure.target = 1.15;
  figure.better = Better::kLower;
  Compare(Rounds{none.micros, many.micros}, &figure);
  figure.detail.Set("p50_ratio_1_outstanding", Number(Rounds{none.p50_us, many.p50_us}.Ratio()));
  figure.detail.Set("p50_us_1_outstanding", Number(Median(many.p50_us)));
  figure.detail.Set("cpu_ratio", Number(Rounds{none.cpu_us, many.cpu_us}.Ratio()));
  figure.detail.Set("pending_at_the_end",
                    json::Value::Int(static_cast<int64_t>(full->OutboxSize())));
  figure.detail.Set("rounds", json::Value::Int(rounds));
  Print(figure);
}

void PrintStart(uint64_t pending, const std::vector<double>& read_ms,
                const std::vector<double>& status_ms) {
  Figure figure;
  figure.name = "start";
  figure.situation = fmt::format("{} pending: first read and outbox shown", pending);
  figure.unit = "ms";
  figure.ours = Median(status_ms);
  figure.target = 2'000;
  figure.better = Better::kLower;
  figure.detail.Set("first_read_ms", Number(Median(read_ms)));
  figure.detail.Set("rounds", json::Value::Int(static_cast<int64_t>(read_ms.size())));
  Print(figure);
}

// Memory grows to its peak within seconds; the largest of many looks is told.
Memory MostWhileDraining(const DaemonUnderTest& daemon) {
  Memory most;
  const auto end = Steady::now() + kDrainWatched;
  while (Steady::now() < end) {
    const Memory memory = MemoryOf(daemon.pid());
    if (memory.WithoutMap() > most.WithoutMap()) most = memory;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return most;
}

void MeasureLongOutbox(const Places& places, uint64_t pending, Extent extent) {
  Say(fmt::format("F8, start: {} pending", pending));
  StubBackend stub(places, kStubDelayMs);
  const auto daemon = MakeDaemon(places, fmt::format("long{}", pending), pending, stub.backend());
  std::vector<double> read_ms;
  std::vector<double> status_ms;
  const auto start_once = [&] {
    const auto start = Steady::now();
    read_ms.push_back(MillisToFirstRead(daemon.get(), ServerId(0)));
    Must(daemon->OutboxSize() == pending, "the status does not show the outbox");
    status_ms.push_back(std::chrono::duration<double, std::milli>(Steady::now() - start).count());
  };
  for (int i = 0; i < (extent == Extent::kQuick ? 2 : 4); ++i) {
    start_once();
    daemon->Stop();
  }
  start_once();
  PrintStart(pending, read_ms, status_ms);
  const Memory idle = MemoryOf(daemon->pid());
  daemon->SetOffline(false);
  const Memory most = MostWhileDraining(*daemon);
  const uint64_t left = daemon->OutboxSize();
  Must(left < pending, "nothing was drained");
  Figure figure;
  figure.name = "F8";
  figure.situation = fmt::format("{} pending, draining", pending);
  figure.unit = "MB";
  figure.ours = most.WithoutMap();
  figure.target = 64;
  figure.better = Better::kLower;
  figure.detail.Set("anonymous_mb", Number(most.anonymous_mb));
  figure.detail.Set("before_draining_mb", Number(idle.WithoutMap()));
  figure.detail.Set("drained_per_s", Number(static_cast<double>(pending - left) /
                                            static_cast<double>(kDrainWatched.count())));
  Print(figure);
}

}  // namespace

void MeasureBacklog(const Places& places, Extent extent) {
  const uint64_t pending = extent == Extent::kQuick ? 20'000 : 100'000;
  MeasureWrites(places, pending, extent);
  MeasureLongOutbox(places, pending, extent);
  if (extent != Extent::kFull) return;
  MeasureWrites(places, 1'000'000, extent);
  MeasureLongOutbox(places, 1'000'000, extent);
}

}  // namespace tideover::bench
