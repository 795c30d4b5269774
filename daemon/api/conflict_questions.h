// ConflictQuestions: what a resolver is asked: every mutation of its collection that is held for
// CONFLICT, once; and again when it comes back after it was sent anew. It keeps numbers, never
// mutations. A producer of StreamCall; silent until Register, which may be called from any thread.
#ifndef TIDEOVER_API_CONFLICT_QUESTIONS_H_
#define TIDEOVER_API_CONFLICT_QUESTIONS_H_

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "api/outbox_scan.h"
#include "api/resolvers.h"
#include "api/stream_call.h"
#include "tideover/v1/outbox.pb.h"
#include "view/change_feed.h"

namespace tideover::api {

class ConflictQuestions final : public Producer<v1::AnswerConflictsResponse> {
 public:
  ConflictQuestions(const Shared& shared, std::shared_ptr<const Session> session)
      : shared_(shared), session_(std::move(session)) {}

  void Begin(std::function<void()> wake) override;
  Produced Produce(v1::AnswerConflictsResponse* message, grpc::Status* end) override;

  // Once: the collection, and the claim on it, which is kept as long as the call.
  void Register(store::CollectionId collection, std::unique_ptr<ResolverClaim> claim);

 private:
  std::optional<store::CollectionId> collection();
  absl::StatusOr<Produced> ProduceNext(v1::AnswerConflictsResponse* message);
  absl::StatusOr<bool> Ask(uint64_t seq, v1::Mutation* mutation);
  void TakeChanges();

  const Shared shared_;
  const std::shared_ptr<const Session> session_;
  std::function<void()> wake_;

  std::mutex mutex_;  // Guards the two that follow.
  std::optional<store::CollectionId> registered_;
  std::unique_ptr<ResolverClaim> claim_;

  // Of Produce.
  std::unique_ptr<view::Subscription> feed_;
  std::unique_ptr<OutboxScan> scan_;
  bool scanned_ = false;
  std::set<uint64_t> due_;
  std::map<uint64_t, uint32_t> asked_;  // Not decided yet: at which number of attempts.
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_CONFLICT_QUESTIONS_H_
