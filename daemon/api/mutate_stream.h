// MutateStream: many Mutates in flight on one stream. Calls are submitted in the order in which
// they come, so that they are applied in it; answers go out as they become ready. At most
// kStreamWindow calls, or kStreamWindowBytes of them, are unanswered: then the stream is not read
// from. A resource, kept alive by gRPC until the stream is over and by the calls under way.
#ifndef TIDEOVER_API_MUTATE_STREAM_H_
#define TIDEOVER_API_MUTATE_STREAM_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>

#include "api/mutate_call.h"
#include "api/shared.h"
#include "tideover/v1/data.pb.h"

namespace tideover::api {

class MutateStreamCall final
    : public grpc::ServerBidiReactor<v1::MutateStreamRequest, v1::MutateStreamResponse>,
      public std::enable_shared_from_this<MutateStreamCall> {
 public:
  // What gRPC wants to have.
  static MutateStreamCall* Start(grpc::CallbackServerContext* context, const Shared& shared);

 private:
  MutateStreamCall(grpc::CallbackServerContext* context, const Shared& shared)
      : shared_(shared), deadline_(context->deadline()) {}
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  void Serve(uint64_t number);
  void Answer(uint64_t number, v1::MutateStreamResponse response);
  void ReadMoreLocked();
  void WriteMoreLocked();
  void FinishLocked(grpc::Status status);

  struct Open {
    std::shared_ptr<MutateCall> call;
    size_t bytes = 0;
  };

  const Shared shared_;
  const std::chrono::system_clock::time_point deadline_;
  v1::MutateStreamRequest request_;  // gRPC's while reading_, otherwise OnReadDone's.
  std::mutex mutex_;                 // Guards what follows.
  std::map<uint64_t, Open> open_;    // Unanswered calls by a number of our own.
  size_t open_bytes_ = 0;
  uint64_t last_number_ = 0;
  std::deque<v1::MutateStreamResponse> answers_;  // The first one is gRPC's while writing_.
  bool reading_ = false;
  bool writing_ = false;
  bool closed_ = false;  // The client has nothing more to say.
  bool finished_ = false;
  std::shared_ptr<MutateStreamCall> self_;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_MUTATE_STREAM_H_
