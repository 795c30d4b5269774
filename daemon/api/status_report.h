// The daemon's state as GetStatus and WatchStatus tell it. Reads snapshots and may count: on the
// pool, not on gRPC's threads (but for QuickCounts). Never waits for the backend.
#ifndef TIDEOVER_API_STATUS_REPORT_H_
#define TIDEOVER_API_STATUS_REPORT_H_

#include <memory>

#include "api/shared.h"
#include "tideover/v1/outbox.pb.h"
#include "tideover/v1/sync.pb.h"

namespace tideover::api {

// Without a scan: those that are held count as queued.
v1::OutboxCounts QuickCounts(const Session& session);

absl::Status FillCounts(const Shared& shared, const std::shared_ptr<const Session>& session,
                        v1::OutboxCounts* counts);

void FillNetwork(const sync::EngineStatus& status, v1::NetworkStatus* network);

// One collection, or all when `name` is empty, in the order of their names.
absl::Status FillCollections(const Shared& shared, const std::shared_ptr<const Session>& session,
                             const std::string& name,
                             google::protobuf::RepeatedPtrField<v1::CollectionStatus>* out);

// `session` may be nullptr.
absl::Status FillStatus(const Shared& shared, const std::shared_ptr<const Session>& session,
                        v1::DaemonStatus* out);

}  // namespace tideover::api

#endif  // TIDEOVER_API_STATUS_REPORT_H_
