#include "doors/writer.h"

#include <utility>

#include "base/logging.h"

namespace tideover::doors {
namespace {

size_t SizeOf(const Request& request) {
  if (const auto* commit = std::get_if<CommitRequest>(&request)) return commit->operations.size();
  if (const auto* merge = std::get_if<MergeRequest>(&request)) return merge->events.size();
  return 1;
}

}  // namespace

Writer::Writer(Doors* doors, store::Env* env, WriterSinks sinks)
    : doors_(doors), env_(env), sinks_(std::move(sinks)), thread_([this] { Run(); }) {}

Writer::~Writer() { Stop(); }

void Writer::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Writer::Submit(Request request, absl::AnyInvocable<void(Answer)> done) {
  std::unique_lock lock(mutex_);
  if (stopping_) {
    lock.unlock();
    done({absl::UnavailableError("the daemon is stopping"), {}, {}});
    return;
  }
  Waiting waiting{std::move(request), std::move(done), absl::OkStatus()};
  // What the server said is always taken: it frees room.
  if (waiting_.size() >= kQueueMax && std::holds_alternative<CommitRequest>(waiting.request)) {
    waiting.request = CommitRequest();
    waiting.refused = absl::ResourceExhaustedError("too many writes wait for the disk: slow down");
  }
  const bool first = waiting_.empty();
  waiting_.push_back(std::move(waiting));
  lock.unlock();  // The writer takes it as soon as it is awake.
  if (first) wake_.notify_one();
}

// From the front of the queue, in order.
std::vector<Writer::Waiting> Writer::TakeTurn() {
  std::vector<Waiting> batch;
  size_t size = 0;
  while (!waiting_.empty()) {
    size += SizeOf(waiting_.front().request);
    if (!batch.empty() && size > kTurnMax) break;
    batch.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return batch;
}

void Writer::Run() {
  while (true) {
    std::vector<Waiting> batch;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) {
        std::deque<Waiting> rest = std::exchange(waiting_, {});
        lock.unlock();
        for (Waiting& waiting : rest) {
          waiting.done({absl::UnavailableError("the daemon is stopping"), {}, {}});
        }
        return;
      }
      batch = TakeTurn();
    }
    Serve(std::move(batch));
  }
}

// What must be refused before the turn, because the turn itself could not refuse it alone.
absl::Status Writer::Refuse(const Waiting& waiting) const {
  if (!waiting.refused.ok()) return waiting.refused;
  if (!std::holds_alternative<CommitRequest>(waiting.request)) return absl::OkStatus();
  if (env_->UsedBytes() <= env_->options().quota_bytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      "the store has reached its quota: let the outbox drain, or raise store.quota");
}

void Writer::Serve(std::vector<Waiting> batch) {
  if (failed_) return;
  std::vector<const Request*> requests;
  std::vector<Waiting*> admitted;
  for (Waiting& waiting : batch) {
    if (const absl::Status refused = Refuse(waiting); !refused.ok()) {
      waiting.done({refused, {}, {}});
      continue;
    }
    requests.push_back(&waiting.request);
    admitted.push_back(&waiting);
  }
  if (requests.empty()) return;
  std::vector<Answer> answers;
  absl::StatusOr<view::CommitNotice> turn = doors_->RunTurn(requests, &answers);
  if (!turn.ok()) {
    failed_ = true;
    base::Log(base::LogLevel::kError, "writer", "the store failed; stopping",
              {{"error", turn.status().ToString()}});
    sinks_.on_fatal(turn.status());
    return;
  }
  const auto notice = std::make_shared<const view::CommitNotice>(*std::move(turn));
  if (notice->commit != 0) sinks_.on_commit(notice);
  const auto answer = [&](bool merges) {
    for (size_t i = 0; i < admitted.size(); ++i) {
      if (std::holds_alternative<MergeRequest>(*requests[i]) != merges) continue;
      admitted[i]->done(std::move(answers[i]));
    }
  };
  answer(/*merges=*/false);
  if (notice->commit != 0 && sinks_.on_answered) sinks_.on_answered(notice);
  answer(/*merges=*/true);
}

}  // namespace tideover::doors
