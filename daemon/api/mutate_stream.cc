#include "api/mutate_stream.h"

#include <utility>

#include "api/failure.h"
#include "api/limits.h"

namespace tideover::api {
namespace {

v1::MutateStreamResponse ErrorOf(uint64_t call_id, const grpc::Status& status) {
  v1::MutateStreamResponse response;
  response.set_call_id(call_id);
  if (!response.mutable_error()->ParseFromString(status.error_details())) {
    response.mutable_error()->Clear();
  }
  response.mutable_error()->set_code(static_cast<int>(status.error_code()));
  response.mutable_error()->set_message(status.error_message());
  return response;
}

}  // namespace

MutateStreamCall* MutateStreamCall::Start(grpc::CallbackServerContext* context,
                                          const Shared& shared) {
  std::shared_ptr<MutateStreamCall> call(new MutateStreamCall(context, shared));
  call->self_ = call;
  const std::lock_guard lock(call->mutex_);
  call->ReadMoreLocked();
  return call.get();
}

void MutateStreamCall::OnReadDone(bool ok) {
  uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    reading_ = false;
    if (!ok) {
      closed_ = true;
      WriteMoreLocked();
      return;
    }
    if (finished_) return;
    number = ++last_number_;
    const size_t bytes = request_.ByteSizeLong();
    open_[number].bytes = bytes;
    open_bytes_ += bytes;
  }
  Serve(number);
  const std::lock_guard lock(mutex_);
  ReadMoreLocked();
}

void MutateStreamCall::Serve(uint64_t number) {
  const uint64_t call_id = request_.call_id();
  std::shared_ptr<const Session> session = shared_.source->Current();
  if (session == nullptr) {
    Answer(number, ErrorOf(call_id, NotSignedIn()));
    return;
  }
  const auto call =
      std::make_shared<MutateCall>(shared_, std::move(session), request_.request(), deadline_,
                                   [self = shared_from_this(), number, call_id](
                                       const grpc::Status& status, v1::MutateResponse answer) {
                                     v1::MutateStreamResponse response;
                                     if (status.ok()) {
                                       response.set_call_id(call_id);
                                       *response.mutable_response() = std::move(answer);
                                     } else {
                                       response = ErrorOf(call_id, status);
                                     }
                                     self->Answer(number, std::move(response));
                                   });
  {
    const std::lock_guard lock(mutex_);
    open_[number].call = call;
  }
  const grpc::Status status = call->Submit(request_.request());
  if (!status.ok()) {
    call->Abandon();
    Answer(number, ErrorOf(call_id, status));
  }
}

void MutateStreamCall::Answer(uint64_t number, v1::MutateStreamResponse response) {
  std::shared_ptr<MutateCall> dropped;  // Destroyed outside the lock.
  const std::lock_guard lock(mutex_);
  const auto it = open_.find(number);
  if (it == open_.end() || finished_) return;
  dropped = std::move(it->second.call);
  open_bytes_ -= it->second.bytes;
  open_.erase(it);
  answers_.push_back(std::move(response));
  WriteMoreLocked();
  ReadMoreLocked();
}

void MutateStreamCall::ReadMoreLocked() {
  if (reading_ || closed_ || finished_) return;
  if (open_.size() + answers_.size() >= kStreamWindow || open_bytes_ >= kStreamWindowBytes) return;
  reading_ = true;
  StartRead(&request_);
}

void MutateStreamCall::WriteMoreLocked() {
  if (writing_ || finished_) return;
  if (!answers_.empty()) {
    writing_ = true;
    StartWrite(&answers_.front());
  } else if (closed_ && open_.empty()) {
    FinishLocked(grpc::Status::OK);
  }
}

void MutateStreamCall::OnWriteDone(bool ok) {
  const std::lock_guard lock(mutex_);
  writing_ = false;
  answers_.pop_front();
  if (!ok) {
    FinishLocked(grpc::Status::CANCELLED);
    return;
  }
  WriteMoreLocked();
  ReadMoreLocked();
}

void MutateStreamCall::OnCancel() {
  const std::lock_guard lock(mutex_);
  if (!writing_) FinishLocked(grpc::Status::CANCELLED);
}

void MutateStreamCall::FinishLocked(grpc::Status status) {
  if (std::exchange(finished_, true)) return;
  Finish(std::move(status));
}

// What was committed stays; only nobody is told.
void MutateStreamCall::OnDone() {
  std::map<uint64_t, Open> open;
  std::shared_ptr<MutateStreamCall> self;
  {
    const std::lock_guard lock(mutex_);
    open.swap(open_);
    self = std::move(self_);
  }
  for (auto& [number, each] : open) {
    if (each.call != nullptr) each.call->Abandon();
  }
}

}  // namespace tideover::api
