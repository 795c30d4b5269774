// OutboxService's Edit and ResolveConflict, and the answers of a resolver: one mutation is checked,
// decided about at the commit door, and read again. On the worker pool.
#ifndef TIDEOVER_API_OUTBOX_DECISION_H_
#define TIDEOVER_API_OUTBOX_DECISION_H_

#include <absl/functional/any_invocable.h>
#include <grpcpp/support/status.h>

#include <memory>
#include <optional>
#include <string>

#include "api/shared.h"
#include "doors/request.h"
#include "store/keys.h"
#include "tideover/v1/outbox.pb.h"

namespace tideover::api {

struct OutboxDecision {
  std::string mutation_id;
  doors::OutboxRequest::Verb verb = doors::OutboxRequest::Verb::kEdit;
  std::string json = {};   // Of kEdit and kMerged.
  const char* field = "";  // Where the request has it.
  bool retry = false;      // And it goes again at once.
  // It must be of this one: NOT_FOUND otherwise.
  std::optional<store::CollectionId> collection = std::nullopt;
};

// Into verb, json and field; INVALID_ARGUMENT when nothing is decided.
grpc::Status ReadResolution(const v1::ConflictResolution& resolution, OutboxDecision* decision);

// `done` is called once, from any thread, with the mutation as it then is.
void StartDecision(const Shared& shared, std::shared_ptr<const Session> session,
                   OutboxDecision decision,
                   absl::AnyInvocable<void(grpc::Status, v1::Mutation)> done);

}  // namespace tideover::api

#endif  // TIDEOVER_API_OUTBOX_DECISION_H_
