// A Watch of documents: a snapshot in slices, then what changed, read as it is when there is room
// to send it. It keeps keys, never documents. A producer of StreamCall.
//
// A resume token is "<epoch>:<commit>": the epoch names the session (a token of an earlier run or
// of another identity is told to start anew), the commit is the last one whose changes were sent.
#ifndef TIDEOVER_API_WATCH_H_
#define TIDEOVER_API_WATCH_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "api/lookup.h"
#include "api/stream_call.h"
#include "tideover/v1/data.pb.h"
#include "view/change_feed.h"
#include "view/filter.h"

namespace tideover::api {

class Watch final : public Producer<v1::WatchResponse> {
 public:
  // OK, or why the request is refused.
  static grpc::Status Make(const Shared& shared, std::shared_ptr<const Session> session,
                           const v1::WatchRequest& request, std::unique_ptr<Watch>* watch);

  ~Watch() override;
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  void Begin(std::function<void()> wake) override;
  Produced Produce(v1::WatchResponse* message, grpc::Status* end) override;

 private:
  enum class Phase { kReset, kSnapshot, kSnapshotEnd, kLive };

  explicit Watch(std::shared_ptr<const Session> session) : session_(std::move(session)) {}
  grpc::Status ReadRequest(const v1::WatchRequest& request);
  void StartSnapshot();
  absl::StatusOr<Produced> ProduceSnapshot(v1::WatchResponse* message);
  absl::StatusOr<Produced> ProduceNamed(v1::WatchResponse* message);
  absl::StatusOr<Produced> ProduceChanges(v1::WatchResponse* message);
  Produced ProduceSnapshotEnd(v1::WatchResponse* message);
  void TakeBatch();
  absl::StatusOr<bool> Wants(const cache::DocumentRef& record) const;
  bool IsWatched(const view::Change& change);
  absl::Status AppendChange(const store::Reader& reader, const view::Change& change,
                            v1::WatchChanges* changes);
  bool ClientMayHave(const view::Change& change);
  void Remember(const std::string& id);
  std::string Token(uint64_t commit) const;

  const std::shared_ptr<const Session> session_;
  Collection collection_;
  FreshnessWatch* counted_by_ = nullptr;  // Of a watch that fetches.
  view::Filter filter_;
  std::string epoch_;
  std::optional<uint64_t> resume_after_;
  bool reset_first_ = false;
  // The documents that are watched by name, under every id that they have had; empty: all.
  std::set<std::string> ids_;
  std::vector<std::string> asked_ids_;

  std::unique_ptr<view::Subscription> subscription_;
  Phase phase_ = Phase::kSnapshot;
  uint64_t commit_ = 0;  // Everything up to here was sent, or is in changes_.
  std::string next_id_;  // Of the snapshot's scan.
  size_t next_asked_ = 0;
  uint64_t snapshot_count_ = 0;
  bool up_to_date_pending_ = false;  // After a resume, to be said once.
  std::deque<view::Change> changes_;
  // With a filter: hashes of the ids that the client was given, so that it is told of documents
  // that leave and not of those that it never had. Given up when it grows too large.
  bool remembers_ = false;
  std::unordered_set<uint64_t> given_;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_WATCH_H_
