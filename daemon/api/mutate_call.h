// One Mutate from its check to its answer. The operations are checked on the calling thread, wait
// for the writer, and are answered when they are durable; with WAIT_SETTLED when all of them have
// settled, are held, or the time is over. A call that its caller gives up is not answered any more,
// but what it committed stays.
#ifndef TIDEOVER_API_MUTATE_CALL_H_
#define TIDEOVER_API_MUTATE_CALL_H_

#include <absl/functional/any_invocable.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "api/lookup.h"
#include "api/shared.h"
#include "doors/request.h"
#include "tideover/v1/data.pb.h"

namespace tideover::api {

// Called once: OK and what became of the operations, or why nothing was applied.
using MutateDone = absl::AnyInvocable<void(grpc::Status, v1::MutateResponse)>;

class MutateCall : public std::enable_shared_from_this<MutateCall> {
 public:
  // `deadline`: the call's own. Nothing happens before Submit.
  MutateCall(const Shared& shared, std::shared_ptr<const Session> session,
             const v1::MutateRequest& request, std::chrono::system_clock::time_point deadline,
             MutateDone done);
  ~MutateCall();
  MutateCall(const MutateCall&) = delete;
  MutateCall& operator=(const MutateCall&) = delete;

  // A status other than OK: refused at once, and `done` will not be called.
  grpc::Status Submit(const v1::MutateRequest& request);
  // The same for operations that are checked already; those of the request are passed over.
  grpc::Status SubmitChecked(const v1::MutateRequest& request, doors::CommitRequest commit);
  // Nobody wants the answer any more.
  void Abandon();

 private:
  void OnCommitted(doors::Answer answer);
  void AwaitSettled();
  void AnswerAsItStands();
  void Finish(grpc::Status status, v1::MutateResponse response);
  v1::MutateResponse DurableResponse() const;
  absl::StatusOr<v1::MutateResponse> ReadResponse() const;

  const Shared shared_;
  const std::shared_ptr<const Session> session_;
  const std::shared_ptr<SettleWaiters> settle_;  // Only with WAIT_SETTLED.
  const bool return_documents_;
  std::optional<base::Millis> settle_timeout_;
  std::vector<Collection> collections_;  // One per operation.
  doors::CommitAnswer committed_;
  std::mutex mutex_;  // Guards what follows.
  MutateDone done_;
  bool finished_ = false;
  uint64_t waiter_ = 0;
  std::optional<WorkerPool::TimerId> timer_;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_MUTATE_CALL_H_
