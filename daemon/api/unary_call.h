// UnaryCall: a unary call that is answered later, by whichever thread has the answer. A resource,
// kept alive by gRPC until the call is over and by everybody who holds the shared_ptr. Answer and
// Fail may be called from any thread and any number of times: the first one counts, and a call that
// the client gave up, or that the stopping server cut off, takes no answer any more. What the call
// has begun (a mutation) goes on all the same.
#ifndef TIDEOVER_API_UNARY_CALL_H_
#define TIDEOVER_API_UNARY_CALL_H_

#include <absl/functional/any_invocable.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <memory>
#include <mutex>
#include <utility>

#include "api/failure.h"

namespace tideover::api {

template <typename Response>
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  static std::shared_ptr<UnaryCall> Start(Response* response) {
    std::shared_ptr<UnaryCall> call(new UnaryCall(response));
    call->self_ = call;
    return call;
  }

  void Answer(Response answer) {
    const std::lock_guard lock(mutex_);
    if (std::exchange(finished_, true)) return;
    *response_ = std::move(answer);
    Finish(grpc::Status::OK);
  }

  void Fail(grpc::Status status) {
    const std::lock_guard lock(mutex_);
    if (std::exchange(finished_, true)) return;
    Finish(std::move(status));
  }

  // `over` runs when gRPC is done with the call, however it ended; at once when it is done already.
  void OnOver(absl::AnyInvocable<void()> over) {
    {
      const std::lock_guard lock(mutex_);
      if (!done_) {
        over_ = std::move(over);
        return;
      }
    }
    over();
  }

  bool finished() const {
    const std::lock_guard lock(mutex_);
    return finished_;
  }

 private:
  explicit UnaryCall(Response* response) : response_(response) {}
  void OnCancel() override { Fail(grpc::Status::CANCELLED); }
  void OnDone() override {
    absl::AnyInvocable<void()> over;
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
      over = std::move(over_);
    }
    if (over) over();
    self_.reset();
  }

  mutable std::mutex mutex_;  // Guards all below but self_.
  Response* const response_;  // gRPC's, until the call is finished.
  bool finished_ = false;
  bool done_ = false;
  absl::AnyInvocable<void()> over_;
  std::shared_ptr<UnaryCall> self_;  // Set until gRPC is done with the call.
};

// PlainCall: the same for what is answered soon whatever the client does. gRPC's own reactor ends
// it on the thread that answers, where a reactor of ours would be ended on yet another one. It does
// not hear that the client has gone. Answered once at most; unanswered it fails when nobody holds
// it any more.
template <typename Response>
class PlainCall {
 public:
  // `reactor`: the default one of the call's context.
  PlainCall(grpc::ServerUnaryReactor* reactor, Response* response)
      : reactor_(reactor), response_(response) {}
  ~PlainCall() { Finish({grpc::StatusCode::UNAVAILABLE, "the daemon is stopping"}); }
  PlainCall(const PlainCall&) = delete;
  PlainCall& operator=(const PlainCall&) = delete;

  void Answer(Response answer) {
    *response_ = std::move(answer);
    Finish(grpc::Status::OK);
  }
  void Fail(grpc::Status status) { Finish(std::move(status)); }

 private:
  void Finish(grpc::Status status) {
    if (!std::exchange(finished_, true)) reactor_->Finish(std::move(status));
  }

  grpc::ServerUnaryReactor* const reactor_;
  Response* const response_;
  bool finished_ = false;
};

// Ends a call within the method that serves it.
inline grpc::ServerUnaryReactor* FinishNow(grpc::CallbackServerContext* context,
                                           grpc::Status status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(std::move(status));
  return reactor;
}

}  // namespace tideover::api

#endif  // TIDEOVER_API_UNARY_CALL_H_
