// F6. The clock runs from the answer to SetNetwork(online) to the first status with an empty
// outbox; then the stub's documents are counted, each content exactly once.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "bench/figures.h"
#include "bench/must.h"
#include "bench/records.h"
#include "bench/stub_backend.h"
#include "bench/summary.h"
#include "bench/unary_load.h"

namespace tideover::bench {
namespace {

constexpr int kDelayMs = 300;
constexpr size_t kDocumentBytes = 300;
constexpr double kDrainSecondsMax = 60;

void WriteOffline(DaemonUnderTest* daemon, uint64_t creates) {
  UnaryLoad<v1::MutateRequest, v1::MutateResponse> load(
      [daemon](auto* context, const auto& request, auto* queue) {
        return daemon->connection().data().AsyncMutate(context, request, queue);
      },
      [](uint64_t number, v1::MutateRequest* request) {
        request->Clear();
        v1::Operation* operation = request->add_operations();
        operation->set_collection(kCollection);
        operation->mutable_create()->set_json(DocumentText(number, kDocumentBytes));
      });
  const LoadRound round = load.Run({64, 60, creates});
  Must(round.calls == creates, "the offline creates took more than a minute");
}

double DrainSeconds(DaemonUnderTest* daemon) {
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [start] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  daemon->SetOffline(false);
  while (daemon->OutboxSize() > 0) {
    Must(elapsed() < kDrainSecondsMax,
         fmt::format("{} mutations are left after {} s", daemon->OutboxSize(), kDrainSecondsMax));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return elapsed();
}

// Documents that are missing at the server, and those that are there too often.
struct Ledger {
  int64_t lost = 0;
  int64_t duplicates = 0;
};

Ledger Compare(const json::Value& contents, uint64_t creates) {
  Ledger ledger;
  int64_t found = 0;
  for (uint64_t i = 0; i < creates; ++i) {
    const auto sent = json::Parse(DocumentText(i, kDocumentBytes));
    const json::Value* times = contents.Find(sent->Find("content")->text());
    if (times == nullptr) {
      ++ledger.lost;
    } else {
      found += times->AsInt64().value_or(0);
    }
  }
  ledger.duplicates = found - (static_cast<int64_t>(creates) - ledger.lost);
  return ledger;
}

}  // namespace

void MeasureDrain(const Places& places, Extent extent) {
  const uint64_t creates = extent == Extent::kQuick ? 500 : 2'000;
  Say(fmt::format("F6: {} offline creates, {} ms per request", creates, kDelayMs));
  StubBackend stub(places, kDelayMs);
  DaemonUnderTest daemon(places, "drain", stub.backend());
  daemon.Start();
  daemon.SetOffline(true);
  WriteOffline(&daemon, creates);
  Must(daemon.OutboxSize() == creates, "the outbox has not what was written");
  Figure figure;
  figure.name = "F6";
  figure.situation =
      fmt::format("{} offline creates, {} ms per request, plain backend", creates, kDelayMs);
  figure.unit = "s";
  figure.ours = DrainSeconds(&daemon);
  figure.target = 3.0;
  figure.better = Better::kLower;
  const Ledger ledger = Compare(stub.Ask("contents"), creates);
  Must(ledger.lost == 0 && ledger.duplicates == 0,
       fmt::format("F6: {} documents are lost and {} are there twice", ledger.lost,
                   ledger.duplicates));
  figure.detail = stub.Ask("stats");
  figure.detail.Set("lost", json::Value::Int(ledger.lost));
  figure.detail.Set("duplicates", json::Value::Int(ledger.duplicates));
  figure.detail.Set("one_at_a_time_s", Number(static_cast<double>(creates) * kDelayMs / 1000));
  Print(figure);
}

}  // namespace tideover::bench
