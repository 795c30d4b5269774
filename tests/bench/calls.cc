// F1 to F4. Echo, bare commits and daemon run in this order within each round, so that whatever
// else the machine does falls on all of them.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "base/random.h"
#include "bench/figures.h"
#include "bench/filled_store.h"
#include "bench/lmdb_limit.h"
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

// Mean size of the daemon's group commits, from the commit numbers in the answers.
class BatchMeter {
 public:
  void See(const v1::MutateResponse& response) {
    for (const v1::MutationResult& result : response.results()) {
      first_ = std::min(first_, result.revision());
      last_ = std::max(last_, result.revision());
      ++writes_;
    }
  }
  double Take() {
    const double mean =
        writes_ == 0 ? 0 : static_cast<double>(writes_) / static_cast<double>(last_ - first_ + 1);
    *this = BatchMeter();
    return mean;
  }

 private:
  uint64_t first_ = std::numeric_limits<uint64_t>::max();
  uint64_t last_ = 0;
  uint64_t writes_ = 0;
};

using EchoLoad = UnaryLoad<EchoRequest, EchoResponse>;
using GetLoad = UnaryLoad<v1::GetRequest, v1::GetResponse>;
using MutateLoad = UnaryLoad<v1::MutateRequest, v1::MutateResponse>;

class Calls {
 public:
  Calls(const Places& places, Extent extent);
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
  BatchMeter batches_;
};

Calls::Calls(const Places& places, Extent extent)
    : scale_(ScaleOf(extent)),
      daemon_(places, "calls", Backend()),
      echo_(places),
      limit_(places.directory + "/limit", scale_.documents, kDocumentBytes) {
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
      },
      [this](const v1::MutateResponse& response) { batches_.See(response); });
}

void Calls::MeasureGetsAt(size_t outstanding) {
  EchoLoad echo = MakeEcho();
  GetLoad get = MakeGet();
  const LoadLimits limits{outstanding, scale_.seconds};
  Rounds rates;
  Rounds p50s;
  std::vector<double> p99s;
  for (int i = 0; i < scale_.rounds; ++i) {
    const LoadRound bare = echo.Run(limits);
    const LoadRound ours = get.Run(limits);
    rates.limit.push_back(bare.calls_per_second);
    rates.ours.push_back(ours.calls_per_second);
    p50s.limit.push_back(bare.p50_us);
    p50s.ours.push_back(ours.p50_us);
    p99s.push_back(ours.p99_us);
  }
  // The targets are for 1 and 64; 8 and 256 show the way between and beyond.
  const bool is_latency = outstanding == 1;
  Figure figure;
  figure.name = is_latency ? "F1" : "F2";
  figure.situation = fmt::format("Get, {} outstanding", outstanding);
  figure.unit = is_latency ? "us, p50" : "calls/s";
  figure.target = is_latency ? 1.25 : 0.85;
  figure.better = is_latency ? Better::kLower : Better::kHigher;
  Compare(is_latency ? p50s : rates, &figure);
  figure.detail.Set("echo_per_s", Number(Median(rates.limit)));
  figure.detail.Set("get_per_s", Number(Median(rates.ours)));
  figure.detail.Set("echo_p50_us", Number(Median(p50s.limit)));
  figure.detail.Set("get_p50_us", Number(Median(p50s.ours)));
  figure.detail.Set("get_p99_us", Number(Median(p99s)));
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
  Rounds rates;
  Rounds p50s;
  Rounds of_echo;
  std::vector<double> commits_us;
  std::vector<double> p99s;
  std::vector<double> batches;
  for (int i = 0; i < scale_.rounds; ++i) {
    const LoadRound call = echo.Run(limits);
    const CommitRound commit = limit_.Run(writes, outstanding, scale_.seconds, kWritesMax);
    const LoadRound ours = mutate.Run(limits);
    rates.limit.push_back(commit.writes_per_second);
    rates.ours.push_back(ours.calls_per_second);
    of_echo.limit.push_back(call.calls_per_second);
    of_echo.ours.push_back(ours.calls_per_second);
    p50s.limit.push_back(call.p50_us + commit.commit_p50_us);
    p50s.ours.push_back(ours.p50_us);
    commits_us.push_back(commit.commit_p50_us);
    p99s.push_back(ours.p99_us);
    batches.push_back(batches_.Take());
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
  Compare(is_latency ? p50s : rates, &figure);
  figure.detail.Set("bare_commits_writes_per_s", Number(Median(rates.limit)));
  figure.detail.Set("echo_per_s", Number(Median(of_echo.limit)));
  figure.detail.Set("mutate_per_s", Number(Median(rates.ours)));
  figure.detail.Set("of_echo", Number(of_echo.Ratio()));
  figure.detail.Set("bare_commit_p50_us", Number(Median(commits_us)));
  figure.detail.Set("mutate_p50_us", Number(Median(p50s.ours)));
  figure.detail.Set("mutate_p99_us", Number(Median(p99s)));
  figure.detail.Set("writes_per_commit", Number(Median(batches)));
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

void MeasureCalls(const Places& places, Extent extent) {
  Calls calls(places, extent);
  calls.MeasureGets();
  calls.MeasureMutates();
}

}  // namespace tideover::bench
