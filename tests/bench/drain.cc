// F6. The clock runs from the answer to SetNetwork(online) to the first status with an empty
// outbox; then the stub's documents are counted, each content exactly once.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

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
// The one that a poisoned backend refuses.
constexpr uint64_t kPoisoned = 77;

using Write = std::function<void(uint64_t number, v1::Operation* operation)>;

std::string WriteOffline(DaemonUnderTest* daemon, uint64_t count, const Write& write) {
  std::string id;
  UnaryLoad<v1::MutateRequest, v1::MutateResponse> load(
      [daemon](auto* context, const auto& request, auto* queue) {
        return daemon->connection().data().AsyncMutate(context, request, queue);
      },
      [&write](uint64_t number, v1::MutateRequest* request) {
        request->Clear();
        v1::Operation* operation = request->add_operations();
        operation->set_collection(kCollection);
        write(number, operation);
      },
      [&id](const v1::MutateResponse& response) { id = response.results(0).document_id(); });
  const LoadRound round = load.Run({std::min<size_t>(64, count), 60, count});
  Must(round.calls == count, "the offline writes took more than a minute");
  return id;
}

void Create(uint64_t number, v1::Operation* operation) {
  operation->mutable_create()->set_json(DocumentText(number, kDocumentBytes));
}

std::string ContentOf(uint64_t number) {
  return json::Parse(DocumentText(number, kDocumentBytes))->Find("content")->text();
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
    const json::Value* times = contents.Find(ContentOf(i));
    if (times == nullptr) {
      ++ledger.lost;
    } else {
      found += times->AsInt64().value_or(0);
    }
  }
  ledger.duplicates = found - (static_cast<int64_t>(creates) - ledger.lost);
  return ledger;
}

struct Drain {
  double seconds = 0;
  json::Value detail;
};

// Everything new: backend, daemon, state.
Drain DrainCreates(const Places& places, uint64_t creates, Poison poison, bool batches) {
  static int runs = 0;
  StubBackend stub(places, kDelayMs, poison, ContentOf(kPoisoned));
  Backend backend = stub.backend();
  backend.batches = batches;
  DaemonUnderTest daemon(places, fmt::format("drain-{}", ++runs), backend);
  daemon.Start();
  daemon.SetOffline(true);
  WriteOffline(&daemon, creates, Create);
  Must(daemon.OutboxSize() == creates, "the outbox has not what was written");
  Drain drain;
  drain.seconds = DrainSeconds(&daemon);
  const int64_t refused = poison == Poison::kNone ? 0 : 1;
  const Ledger ledger = Compare(stub.Ask("contents"), creates);
  Must(ledger.lost == refused && ledger.duplicates == 0,
       fmt::format("F6: {} documents are lost and {} are there twice", ledger.lost - refused,
                   ledger.duplicates));
  Must(daemon.DeadLetters() == static_cast<uint64_t>(refused),
       "F6: not the refused one, and nothing else, is a dead letter");
  drain.detail = stub.Ask("stats");
  drain.detail.Set("lost", json::Value::Int(ledger.lost - refused));
  drain.detail.Set("duplicates", json::Value::Int(ledger.duplicates));
  return drain;
}

void MeasureCreates(const Places& places, uint64_t creates, bool batches, size_t rounds) {
  Figure figure;
  figure.name = "F6";
  figure.situation = fmt::format("{} offline creates, {} ms per request, {}", creates, kDelayMs,
                                 batches ? "batch operation" : "aliases");
  figure.unit = "s";
  figure.target = batches ? 1.5 : 3.0;
  figure.better = Better::kLower;
  std::vector<double> seconds;
  for (size_t i = 0; i < rounds; ++i) {
    Drain drain = DrainCreates(places, creates, Poison::kNone, batches);
    seconds.push_back(drain.seconds);
    figure.detail = std::move(drain.detail);
  }
  figure.ours = Median(seconds);
  figure.detail.Set("rounds", Numbers(seconds));
  figure.detail.Set("one_at_a_time_s", Number(static_cast<double>(creates) * kDelayMs / 1000));
  Print(figure);
}

void MeasurePoison(const Places& places, uint64_t creates, Poison poison, size_t rounds) {
  Rounds both;
  Figure figure;
  figure.name = "F6";
  figure.situation =
      fmt::format("one of {} is refused {}, against none", creates,
                  poison == Poison::kField ? "by its field" : "with the request that holds it");
  figure.unit = "s";
  figure.target = 1.1;
  figure.better = Better::kLower;
  for (size_t i = 0; i < rounds; ++i) {
    both.limit.push_back(DrainCreates(places, creates, Poison::kNone, false).seconds);
    Drain drain = DrainCreates(places, creates, poison, false);
    both.ours.push_back(drain.seconds);
    figure.detail = std::move(drain.detail);
  }
  Compare(both, &figure);
  Print(figure);
}

// One document, so that nothing but coalescing can help.
void MeasureUpdates(const Places& places, uint64_t updates) {
  StubBackend stub(places, kDelayMs);
  DaemonUnderTest daemon(places, "drain-updates", stub.backend());
  daemon.Start();
  const std::string id = WriteOffline(&daemon, 1, Create);
  DrainSeconds(&daemon);
  daemon.SetOffline(true);
  WriteOffline(&daemon, updates, [&id](uint64_t number, v1::Operation* operation) {
    operation->set_document_id(id);
    operation->mutable_update()->set_json(DocumentText(number, kDocumentBytes));
  });
  Must(daemon.OutboxSize() == updates, "the outbox has not what was written");
  const int64_t before = stub.Count("updateTodo");
  const double seconds = DrainSeconds(&daemon);
  Figure figure;
  figure.name = "F6";
  figure.situation = fmt::format("{} offline updates of one document", updates);
  figure.unit = "requests";
  figure.ours = static_cast<double>(stub.Count("updateTodo") - before);
  figure.target = 5;
  figure.better = Better::kLower;
  figure.detail = stub.Ask("stats");
  figure.detail.Set("seconds", Number(seconds));
  const json::Value contents = stub.Ask("contents");
  Must(contents.members().size() == 1, "F6: the document is not there once");
  Print(figure);
}

}  // namespace

void MeasureDrain(const Places& places, Extent extent) {
  const uint64_t count = extent == Extent::kQuick ? 500 : 2'000;
  const size_t rounds = extent == Extent::kQuick ? 1 : 5;
  Say(fmt::format("F6: {} offline writes, {} ms per request", count, kDelayMs));
  MeasureCreates(places, count, /*batches=*/false, rounds);
  MeasureCreates(places, count, /*batches=*/true, rounds);
  MeasureUpdates(places, count);
  MeasurePoison(places, count, Poison::kField, rounds);
  MeasurePoison(places, count, Poison::kRequest, rounds);
}

}  // namespace tideover::bench
