// OutboxService's Retry, Discard, Hold and Release: which mutations are meant, whether all of them
// can be changed, and then the change of each at the commit door. What is named is checked as a
// whole first, so that a call that is refused has changed nothing; a mutation that moves on between
// check and change is left out of the count.
#ifndef TIDEOVER_API_OUTBOX_CHANGE_H_
#define TIDEOVER_API_OUTBOX_CHANGE_H_

#include <absl/functional/any_invocable.h>
#include <grpcpp/support/status.h>

#include <memory>
#include <string>

#include "api/outbox_rules.h"
#include "api/shared.h"
#include "doors/request.h"
#include "tideover/v1/outbox.pb.h"

namespace tideover::api {

struct OutboxChange {
  doors::OutboxRequest::Verb verb = doors::OutboxRequest::Verb::kRetry;
  v1::MutationSelector selector;
  bool with_dependants = false;  // For a discard.
};

// FAILED_PRECONDITION with the ruling's reason.
grpc::Status RefuseByRule(const Ruling& ruling, const std::string& mutation_id);

// `done` is called once, from any thread, with how many mutations changed.
void StartChange(const Shared& shared, std::shared_ptr<const Session> session, OutboxChange change,
                 absl::AnyInvocable<void(grpc::Status, uint64_t count)> done);

}  // namespace tideover::api

#endif  // TIDEOVER_API_OUTBOX_CHANGE_H_
