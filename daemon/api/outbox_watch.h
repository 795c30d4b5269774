// A Watch of the outbox: what is in it and in the dead-letter queue, in slices, then every mutation
// whose state changed, read as it is when there is room to send it. It keeps numbers, never
// mutations, so that a slow client costs little and sees the latest state of each. A producer of
// StreamCall.
//
// States change with commits (the change feed tells which) and with what the engine does (the
// status board tells which). When the network comes or goes, so do all that are queued or paused:
// they are read through again instead of being remembered one by one.
#ifndef TIDEOVER_API_OUTBOX_WATCH_H_
#define TIDEOVER_API_OUTBOX_WATCH_H_

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "api/outbox_scan.h"
#include "api/stream_call.h"
#include "tideover/v1/outbox.pb.h"
#include "view/change_feed.h"

namespace tideover::api {

class OutboxWatch final : public Producer<v1::WatchOutboxResponse> {
 public:
  // OK, or why the request is refused.
  static grpc::Status Make(const Shared& shared, std::shared_ptr<const Session> session,
                           const v1::WatchOutboxRequest& request,
                           std::unique_ptr<OutboxWatch>* made);

  void Begin(std::function<void()> wake) override;
  Produced Produce(v1::WatchOutboxResponse* message, grpc::Status* end) override;

 private:
  // Of collections in mode `online`, and in mode `always`.
  using Pauses = std::pair<sync::PauseReason, sync::PauseReason>;
  static Pauses PausesOf(const Session& session);

  OutboxWatch(const Shared& shared, std::shared_ptr<const Session> session)
      : shared_(shared), session_(std::move(session)) {}
  void StartScan(std::set<v1::MutationState> states);
  absl::StatusOr<Produced> ProduceNext(v1::WatchOutboxResponse* message);
  absl::StatusOr<Produced> ProduceScanned(v1::WatchOutboxResponse* message);
  absl::StatusOr<Produced> ProduceChanged(v1::WatchOutboxResponse* message);
  // False: more than is remembered.
  bool TakeChanges();

  const Shared shared_;
  const std::shared_ptr<const Session> session_;
  std::optional<store::CollectionId> collection_;
  std::unique_ptr<view::Subscription> feed_;
  std::unique_ptr<sync::BoardSubscription> board_;
  Pauses paused_;
  std::unique_ptr<OutboxScan> scan_;  // While one is under way.
  std::deque<v1::Mutation> slice_;    // Of it.
  bool snapshot_complete_ = false;
  bool scan_again_ = false;  // All of them, when the scan under way is over.
  std::set<uint64_t> changed_;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_OUTBOX_WATCH_H_
