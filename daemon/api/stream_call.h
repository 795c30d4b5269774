// StreamCall: a server stream that is produced message by message on the worker pool. A resource,
// kept alive by gRPC until the call is over and by tasks under way. At most one message is written
// at a time and the next one is produced when the client has room for it: a slow client costs the
// memory of one message. What is to be said comes from a Producer, which is only ever used by one
// thread at a time.
#ifndef TIDEOVER_API_STREAM_CALL_H_
#define TIDEOVER_API_STREAM_CALL_H_

#include <absl/functional/any_invocable.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "api/failure.h"
#include "api/limits.h"
#include "api/shared.h"

namespace tideover::api {

enum class Produced {
  kMessage,  // The message is to be sent.
  kIdle,     // Nothing to say until the next wake.
  kAgain,    // Nothing yet, but there is more to do: ask again after others had their turn.
  kEnd,      // The call ends with the status.
};

template <typename Response>
class Producer {
 public:
  virtual ~Producer() = default;
  // Once, before anything else. `wake` may be called from any thread and under any lock.
  virtual void Begin(std::function<void()> wake) = 0;
  virtual Produced Produce(Response* message, grpc::Status* end) = 0;
};

template <typename Response, typename Reactor = grpc::ServerWriteReactor<Response>>
class StreamCall final : public Reactor,
                         public Watcher,
                         public std::enable_shared_from_this<StreamCall<Response, Reactor>> {
 public:
  // Serves the call, or ends it at once when there are too many watchers. What gRPC wants to have.
  static StreamCall* Start(grpc::CallbackServerContext* context, const Shared& shared,
                           std::shared_ptr<const Session> session,
                           std::unique_ptr<Producer<Response>> producer) {
    std::shared_ptr<StreamCall> call(
        new StreamCall(context, shared.pool, std::move(session), std::move(producer)));
    call->self_ = call;
    if (!shared.watchers->Add(call)) {
      call->End(shared.watchers->stopping() ? Stopping() : TooMany());
      return call.get();
    }
    call->producer_->Begin([weak = call->weak_from_this(), pool = shared.pool] {
      pool->Post([weak] {
        if (const auto self = weak.lock()) self->Schedule();
      });
    });
    call->Schedule();
    return call.get();
  }

  // A stream that fails before it begins.
  static StreamCall* Refuse(grpc::Status status) {
    std::shared_ptr<StreamCall> call(new StreamCall(nullptr, nullptr, nullptr, nullptr));
    call->self_ = call;
    call->End(std::move(status));
    return call.get();
  }

  void End(grpc::Status status) override {
    const std::lock_guard lock(mutex_);
    if (finished_ || end_.has_value()) return;
    if (!writing_) {
      FinishLocked(std::move(status));
      return;
    }
    // The write under way goes first; a client that does not take it is cut off.
    end_ = std::move(status);
    pool_->PostAfter(kStopGrace, [weak = this->weak_from_this()] {
      if (const auto self = weak.lock()) self->CutOff();
    });
  }

  const Session* session() const override { return session_.get(); }

  // Of a reactor that reads: asks for the client's next message, unless the call is over.
  template <typename Next>
  void ReadNext(Next next) {
    const std::lock_guard lock(mutex_);
    if (!finished_ && !end_.has_value()) this->ReadOne(std::move(next));
  }

 private:
  StreamCall(grpc::CallbackServerContext* context, std::shared_ptr<WorkerPool> pool,
             std::shared_ptr<const Session> session, std::unique_ptr<Producer<Response>> producer)
      : pool_(std::move(pool)),
        session_(std::move(session)),
        producer_(std::move(producer)),
        context_(context) {}

  static grpc::Status TooMany() {
    v1::ErrorDetail detail;
    detail.set_reason(v1::ERROR_REASON_TOO_MANY_WATCHERS);
    detail.set_limit(kWatchersMax);
    return api::Fail(absl::ResourceExhaustedError("too many watches are open"), std::move(detail));
  }

  void Schedule() {
    const std::lock_guard lock(mutex_);
    ScheduleLocked();
  }

  void ScheduleLocked() {
    woken_ = true;
    if (finished_ || writing_ || std::exchange(scheduled_, true)) return;
    pool_->Post([self = this->shared_from_this()] { self->Step(); });
  }

  // On the pool, one at a time.
  void Step() {
    {
      const std::lock_guard lock(mutex_);
      woken_ = false;
      if (finished_) return;
    }
    message_.Clear();
    grpc::Status end;
    const Produced produced = producer_->Produce(&message_, &end);
    const std::lock_guard lock(mutex_);
    scheduled_ = false;
    if (finished_) return;
    if (end_.has_value()) {
      FinishLocked(*std::exchange(end_, std::nullopt));
    } else if (produced == Produced::kEnd) {
      FinishLocked(std::move(end));
    } else if (produced == Produced::kMessage) {
      writing_ = true;
      this->StartWrite(&message_);
    } else if (produced == Produced::kAgain || woken_) {
      ScheduleLocked();
    }
  }

  void FinishLocked(grpc::Status status) {
    finished_ = true;
    this->Finish(std::move(status));
  }

  void CutOff() {
    const std::lock_guard lock(mutex_);
    if (!finished_ && context_ != nullptr) context_->TryCancel();
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (finished_) return;
    if (end_.has_value()) {
      FinishLocked(*std::exchange(end_, std::nullopt));
    } else if (!ok) {
      FinishLocked(grpc::Status::CANCELLED);
    } else {
      ScheduleLocked();
    }
  }

  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    if (!finished_ && !writing_) FinishLocked(grpc::Status::CANCELLED);
  }

  void OnDone() override {
    std::shared_ptr<StreamCall> self;
    {
      const std::lock_guard lock(mutex_);
      context_ = nullptr;
      self = std::move(self_);
    }
  }

  const std::shared_ptr<WorkerPool> pool_;
  const std::shared_ptr<const Session> session_;  // Outlives the producer.
  const std::unique_ptr<Producer<Response>> producer_;
  Response message_;                      // Step's, then gRPC's until the write is done.
  std::mutex mutex_;                      // Guards what follows.
  grpc::CallbackServerContext* context_;  // Until gRPC is done with the call.
  bool writing_ = false;
  bool scheduled_ = false;  // A Step is waiting or running.
  bool woken_ = false;      // Since that Step began.
  bool finished_ = false;
  std::optional<grpc::Status> end_;  // To finish with when the write under way is done.
  std::shared_ptr<StreamCall> self_;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_STREAM_CALL_H_
