// UnaryLoad: unary calls on one channel, a fixed number of them outstanding at any time: each
// answered call is followed by the next. A resource of the thread that runs it, which is the only
// one on the client's side (a completion queue), so that both cores are left to the server.
#ifndef TIDEOVER_TESTS_BENCH_UNARY_LOAD_H_
#define TIDEOVER_TESTS_BENCH_UNARY_LOAD_H_

#include <fmt/format.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_unary_call.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "bench/must.h"
#include "bench/summary.h"

namespace tideover::bench {

struct LoadLimits {
  size_t outstanding = 1;
  double seconds = 1;
  uint64_t calls_max = 1'000'000;
};

struct LoadRound {
  uint64_t calls = 0;
  double calls_per_second = 0;
  double p50_us = 0;
  double p99_us = 0;
};

template <typename Request, typename Response>
class UnaryLoad {
 public:
  using Begin = std::function<std::unique_ptr<grpc::ClientAsyncResponseReader<Response>>(
      grpc::ClientContext*, const Request&, grpc::CompletionQueue*)>;
  using Fill = std::function<void(uint64_t number, Request*)>;
  using See = std::function<void(const Response&)>;

  // `begin` is a stub's Async method; `fill` makes the request of each call; `see` may look at each
  // answer.
  UnaryLoad(Begin begin, Fill fill, See see = nullptr)
      : begin_(std::move(begin)), fill_(std::move(fill)), see_(std::move(see)) {}

  // Throws when a call fails: a figure with failed calls in it would be none.
  LoadRound Run(const LoadLimits& limits) {
    std::vector<Slot> slots(limits.outstanding);
    std::vector<double> latencies_us;
    const auto start = Steady::now();
    const auto end = start + std::chrono::microseconds(static_cast<int64_t>(limits.seconds * 1e6));
    uint64_t begun = 0;
    for (Slot& slot : slots) {
      BeginCall(&slot);
      ++begun;
    }
    std::optional<grpc::Status> failure;
    while (latencies_us.size() < begun) {
      void* tag = nullptr;
      bool ok = false;
      Must(queue_.Next(&tag, &ok), "the completion queue has ended");
      Slot* slot = static_cast<Slot*>(tag);
      const auto now = Steady::now();
      latencies_us.push_back(std::chrono::duration<double, std::micro>(now - slot->start).count());
      if (!slot->status.ok()) failure = slot->status;
      if (see_ && slot->status.ok()) see_(slot->response);
      if (failure.has_value() || now >= end || begun >= limits.calls_max) continue;
      BeginCall(slot);
      ++begun;
    }
    if (failure.has_value())
      Must(false, fmt::format("a call failed: {}", failure->error_message()));
    const double elapsed = std::chrono::duration<double>(Steady::now() - start).count();
    return {begun, static_cast<double>(begun) / elapsed, Quantile(latencies_us, 0.5),
            Quantile(latencies_us, 0.99)};
  }

 private:
  using Steady = std::chrono::steady_clock;
  struct Slot {
    std::optional<grpc::ClientContext> context;
    Request request;
    Response response;
    grpc::Status status;
    Steady::time_point start;
    std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader;
  };

  void BeginCall(Slot* slot) {
    slot->reader.reset();
    slot->context.emplace();
    // So that a daemon that hangs ends the bench.
    slot->context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    slot->response.Clear();
    fill_(number_++, &slot->request);
    slot->start = Steady::now();
    slot->reader = begin_(&*slot->context, slot->request, &queue_);
    slot->reader->Finish(&slot->response, &slot->status, slot);
  }

  const Begin begin_;
  const Fill fill_;
  const See see_;
  grpc::CompletionQueue queue_;
  uint64_t number_ = 0;
};

}  // namespace tideover::bench

#endif  // TIDEOVER_TESTS_BENCH_UNARY_LOAD_H_
