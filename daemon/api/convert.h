// Conversion between what is on disk or in memory and what travels: the only place that knows both.
// Pure functions over the caller's snapshot; any thread. Document texts are copied as they are,
// never parsed.
#ifndef TIDEOVER_API_CONVERT_H_
#define TIDEOVER_API_CONVERT_H_

#include <absl/status/status.h>
#include <google/protobuf/timestamp.pb.h>

#include <cstdint>
#include <string>

#include "api/lookup.h"
#include "api/session.h"
#include "cache/document.h"
#include "doors/operation.h"
#include "log/mutation.h"
#include "sync/status_board.h"
#include "tideover/v1/data.pb.h"
#include "tideover/v1/document.pb.h"
#include "tideover/v1/mutation.pb.h"
#include "tideover/v1/sync.pb.h"

namespace tideover::api {

void SetTime(int64_t wall_ms, google::protobuf::Timestamp* time);

// `record.view` must be there. Looks up the pending mutations when there are any.
absl::Status FillDocument(const store::Reader& reader, const Collection& collection,
                          std::string_view id, const cache::DocumentRef& record,
                          v1::Document* document);

// False when the operation does not say what to do.
bool FillOperation(const v1::Operation& operation, doors::OperationInput* input);

v1::MutationState StateOf(sync::MutationState state);
v1::Outcome OutcomeOf(log::SettledEntry::Outcome outcome);
v1::HoldReason HoldReasonOf(log::PushState::Hold hold, bool held_for_auth);
void FillError(const log::PushError& error, int64_t failed_wall_ms, v1::MutationError* out);
void FillError(const sync::PushError& error, int64_t failed_wall_ms, v1::MutationError* out);
void FillSettlement(const log::SettledEntry& entry, v1::Settlement* out);

// A mutation of the outbox, and one that has settled. Without base and server document.
void FillPending(const Session& session, uint64_t seq, const log::LogEntry& entry,
                 v1::Mutation* out);
void FillSettled(const Session& session, uint64_t seq, const log::SettledEntry& entry,
                 v1::Mutation* out);

void FillIdentity(const Session* session, v1::Identity* out);
v1::NetworkSetting SettingOf(sync::NetworkSetting setting);

}  // namespace tideover::api

#endif  // TIDEOVER_API_CONVERT_H_
