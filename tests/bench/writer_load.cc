#include "bench/writer_load.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "base/check.h"
#include "bench/filled_store.h"
#include "bench/must.h"
#include "bench/records.h"

namespace tideover::bench {

using Steady = std::chrono::steady_clock;

struct WriterLoad::Progress {
  Steady::time_point end;
  uint64_t writes_max = 0;
  std::mutex mutex;
  std::condition_variable idle;
  uint64_t begun = 0;
  uint64_t answered = 0;
  size_t in_flight = 0;
};

WriterLoad::WriterLoad(const std::string& directory, uint64_t documents, size_t document_bytes)
    : document_bytes_(document_bytes) {
  FillStore(directory, {.documents = documents, .document_bytes = document_bytes});
  auto env = store::Env::Open({.path = directory});
  Must(env.status(), "opening a store");
  env_ = *std::move(env);
  auto doors = doors::Doors::Open(env_.get(), BenchRules(), &clock_, &random_);
  Must(doors.status(), "opening the doors");
  doors_ = *std::move(doors);
  doors::WriterSinks sinks;
  sinks.on_commit = [this](const auto&) { ++commits_; };
  sinks.on_fatal = [](const absl::Status&) { TIDEOVER_CHECK(false, "the store failed"); };
  writer_ = std::make_unique<doors::Writer>(doors_.get(), env_.get(), std::move(sinks));
}

WriterLoad::~WriterLoad() = default;

void WriterLoad::Next(Progress* progress) {
  doors::OperationInput input;
  {
    const std::lock_guard lock(progress->mutex);
    if (progress->begun == progress->writes_max || Steady::now() >= progress->end) return;
    ++progress->begun;
    ++progress->in_flight;
    input.json = DocumentText(++number_, document_bytes_);
  }
  input.collection = kCollection;
  input.kind = log::Mutation::CREATE;
  auto operation = doors::CheckOperation(input, doors_->catalog(), doors_->rules());
  TIDEOVER_CHECK(operation.ok(), operation.status().ToString());
  doors::CommitRequest request;
  request.operations.push_back(*std::move(operation));
  writer_->Submit(std::move(request), [this, progress](const doors::Answer& answer) {
    TIDEOVER_CHECK(answer.status.ok(), answer.status.ToString());
    Next(progress);
    const std::lock_guard lock(progress->mutex);
    ++progress->answered;
    if (--progress->in_flight == 0) progress->idle.notify_one();
  });
}

WriterRound WriterLoad::Run(size_t outstanding, double seconds, uint64_t writes_max) {
  Progress progress;
  const auto start = Steady::now();
  progress.end = start + std::chrono::microseconds(static_cast<int64_t>(seconds * 1e6));
  progress.writes_max = writes_max;
  const uint64_t commits_before = commits_;
  for (size_t i = 0; i < outstanding; ++i) Next(&progress);
  std::unique_lock lock(progress.mutex);
  progress.idle.wait(lock, [&] { return progress.in_flight == 0; });
  const double elapsed = std::chrono::duration<double>(Steady::now() - start).count();
  WriterRound round;
  round.writes = progress.answered;
  round.writes_per_second = static_cast<double>(progress.answered) / elapsed;
  round.batch_mean =
      static_cast<double>(progress.answered) / static_cast<double>(commits_ - commits_before);
  return round;
}

}  // namespace tideover::bench
