// F1 to F4. Echo, bare commits and daemon run in this order within each round, so that whatever
// else the machine does falls on all of them.
#include <fmt/format.h>

#include "base/random.h"
#include "bench/figures.h"
#include "bench/filled_store.h"
#include "bench/lmdb_limit.h"
#include "bench/process_usage.h"
#include "bench/records.h"
#include "bench/summary.h"
#include "bench/unary_load.h"

namespace tideover::bench {
namespace {

constexpr size_t kEchoBytes = 200;
constexpr size_t kDocumentBytes = 300;
// Bounds what a fast machine leaves on its disk.
constexpr uint64_t kWritesMax = 40'000;

struct Scale {
  uint64_t documents;
  int rounds;
  double seconds;
};

Scale ScaleOf(Extent extent) {
  if (extent == Extent::kQuick) return {10'000, 3, 0.3};
  return {100'000, 7, 1.0};
}

// One side of a comparison, one value per round.
struct Series {
  std::vector<double> per_second;
  std::vector<double> p50_us;
  std::vector<double> p99_us;
  std::vector<double> cpu_us;  // Of the server's process, per call.

  // Runs a round of `load` against the process.
  template <typename Load>
  void Run(Load* load, const LoadLimits& limits, pid_t server) {
    const double before = CpuMicrosOf(server);
    const LoadRound round = load->Run(limits);
    cpu_us.push_back((CpuMicrosOf(server) - before) / static_cast<double>(round.calls));
    per_second.push_back(round.calls_per_second);
    p50_us.push_back(round.p50_us);
    p99_us.push_back(round.p99_us);
  }

  void Describe(const std::string& name, json::Value* detail) const {
    detail->Set(name + "_per_s", Number(Median(per_second)));
    detail->Set(name + "_p50_us", Number(Median(p50_us)));
    detail->Set(name + "_p99_us", Number(Median(p99_us)));
    detail->Set(name + "_cpu_us_per_call", Number(Median(cpu_us)));
  }
};

using EchoLoad = UnaryLoad<EchoRequest, EchoResponse>;
using GetLoad = UnaryLoad<v1::GetRequest, v1::GetResponse>;
using MutateLoad = UnaryLoad<v1::MutateRequest, v1::MutateResponse>;

class Calls {
 public:
  Calls(const Places& places, const std::string& name, Extent extent);
  void MeasureGets();
  void MeasureMutates();

 private:
  EchoLoad MakeEcho();
  GetLoad MakeGet();
  MutateLoad MakeMutate(Writes writes);
  void MeasureGetsAt(size_t outstanding);
  void MeasureMutatesAt(Writes writes, size_t outstanding);

  const Scale scale_;
  base::SeededRandom random_{1};
  DaemonUnderTest daemon_;
  EchoUnderTest echo_;
  LmdbLimit limit_;
};

Calls::Calls(const Places& places, const std::string& name, Extent extent)
    : scale_(ScaleOf(extent)),
      daemon_(places, name, Backend()),
      echo_(places),
      limit_(places.directory + "/" + name + ".limit", scale_.documents, kDocumentBytes) {
  daemon_.Start();
  daemon_.SetOffline(true);
  daemon_.Stop();
  FillStore(daemon_.EnvironmentPath(),
            {.documents = scale_.documents, .document_bytes = kDocumentBytes});
  daemon_.Start();
}

EchoLoad Calls::MakeEcho() {
  return EchoLoad(
      [this](auto* context, const auto& request, auto* queue) {
        return echo_.stub().AsyncCall(context, request, queue);
      },
      [](uint64_t, EchoRequest* request) { request->set_payload(std::string(kEchoBytes, 'e')); });
}

GetLoad Calls::MakeGet() {
  return GetLoad(
      [this](auto* context, const auto& request, auto* queue) {
        return daemon_.connection().data().AsyncGet(context, request, queue);
      },
      [this](uint64_t, v1::GetRequest* request) {
        request->set_collection(kCollection);
        request->set_document_id(ServerId(random_.Below(scale_.documents)));
      });
}

MutateLoad Calls::MakeMutate(Writes writes) {
  return MutateLoad(
      [this](auto* context, const auto& request, auto* queue) {
        return daemon_.connection().data().AsyncMutate(context, request, queue);
      },
      [this, writes](uint64_t number, v1::MutateRequest* request) {
        request->Clear();
        v1::Operation* operation = request->add_operations();
        operation->set_collection(kCollection);
        const std::string text = DocumentText(number, kDocumentBytes);
        if (writes == Writes::kCreates) {
          operation->mutable_create()->set_json(text);
        } else {
          operation->set_document_id(ServerId(random_.Below(scale_.documents)));
          operation->mutable_update()->set_json(text);
        }
      });
}

void Calls::MeasureGetsAt(size_t outstanding) {
  EchoLoad echo = MakeEcho();
  GetLoad get = MakeGet();
  const LoadLimits limits{outstanding, scale_.seconds};
  Series bare;
  Series ours;
  for (int i = 0; i < scale_.rounds; ++i) {
    bare.Run(&echo, limits, echo_.pid());
    ours.Run(&get, limits, daemon_.pid());
  }
  // The targets are for 1 and 64; 8 and 256 show the way between and beyond.
  const bool is_latency = outstanding == 1;
  Figure figure;
  figure.name = is_latency ? "F1" : "F2";
  figure.situation = fmt::format("Get, {} outstanding", outstanding);
  figure.unit = is_latency ? "us, p50" : "calls/s";
  figure.target = is_latency ? 1.25 : 0.85;
  figure.better = is_latency ? Better::kLower : Better::kHigher;
  Compare(is_latency ? Rounds{bare.p50_us, ours.p50_us} : Rounds{bare.per_second, ours.per_second},
          &figure);
  bare.Describe("echo", &figure.detail);
  ours.Describe("get", &figure.detail);
  figure.detail.Set("documents", json::Value::Int(static_cast<int64_t>(scale_.documents)));
  figure.detail.Set("rounds", json::Value::Int(scale_.rounds));
  Print(figure);
}

void Calls::MeasureGets() {
  Say("F1, F2: Get against the bare echo");
  for (const size_t outstanding : {1, 8, 64, 256}) MeasureGetsAt(outstanding);
}

void Calls::MeasureMutatesAt(Writes writes, size_t outstanding) {
  EchoLoad echo = MakeEcho();
  MutateLoad mutate = MakeMutate(writes);
  const LoadLimits limits{outstanding, scale_.seconds, kWritesMax};
  Series bare;
  Series ours;
  std::vector<double> commits_per_second;
  std::vector<double> commits_us;
  std::vector<double> call_and_commit_us;
  for (int i = 0; i < scale_.rounds; ++i) {
    bare.Run(&echo, {outstanding, scale_.seconds}, echo_.pid());
    const CommitRound commit = limit_.Run(writes, outstanding, scale_.seconds, kWritesMax);
    ours.Run(&mutate, limits, daemon_.pid());
    commits_per_second.push_back(commit.writes_per_second);
    commits_us.push_back(commit.commit_p50_us);
    call_and_commit_us.push_back(bare.p50_us.back() + commit.commit_p50_us);
  }
  const bool is_latency = outstanding == 1;
  Figure figure;
  figure.name = is_latency ? "F4" : "F3";
  figure.situation =
      fmt::format("durable {}, {} outstanding",
                  writes == Writes::kCreates ? "creates" : "updates at random", outstanding);
  figure.unit = is_latency ? "us, p50" : "writes/s";
  figure.target = is_latency ? 1.30 : 0.80;
  figure.better = is_latency ? Better::kLower : Better::kHigher;
  Compare(is_latency ? Rounds{call_and_commit_us, ours.p50_us}
                     : Rounds{commits_per_second, ours.per_second},
          &figure);
  figure.detail.Set("bare_commits_writes_per_s", Number(Median(commits_per_second)));
  figure.detail.Set("bare_commit_p50_us", Number(Median(commits_us)));
  // No unary write can be faster than an empty call.
  figure.detail.Set("of_echo", Number(Rounds{bare.per_second, ours.per_second}.Ratio()));
  bare.Describe("echo", &figure.detail);
  ours.Describe("mutate", &figure.detail);
  figure.detail.Set("rounds", json::Value::Int(scale_.rounds));
  Print(figure);
}

void Calls::MeasureMutates() {
  Say("F3, F4: durable Mutate against bare group commits");
  for (const size_t outstanding : {1, 8, 64, 256}) {
    MeasureMutatesAt(Writes::kCreates, outstanding);
  }
  for (const size_t outstanding : {64, 256}) {
    MeasureMutatesAt(Writes::kRandomUpdates, outstanding);
  }
}

}  // namespace

void MeasureGets(const Places& places, Extent extent) {
  Calls(places, "gets", extent).MeasureGets();
}

void MeasureMutates(const Places& places, Extent extent) {
  Calls(places, "mutates", extent).MeasureMutates();
}

}  // namespace tideover::bench
