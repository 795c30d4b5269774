// OutboxScan: the mutations of the outbox, the dead-letter queue and the history in log order,
// straight from their tables, one at a time. Cut into slices, each on a snapshot of its own: no
// page costs more memory than itself, however long the outbox is. A resource; one thread at a time.
#ifndef TIDEOVER_API_OUTBOX_SCAN_H_
#define TIDEOVER_API_OUTBOX_SCAN_H_

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>
#include <grpcpp/support/status.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "api/session.h"
#include "base/clock.h"
#include "store/txn.h"
#include "tideover/v1/mutation.pb.h"

namespace tideover::api {

// What is wanted. A value.
struct OutboxSelection {
  std::set<v1::MutationState> states;
  std::optional<store::CollectionId> collection;
  std::string document_id;  // With `collection`; empty: of all documents.
  uint64_t after_seq = 0;
  bool details = false;  // Also what mutation_details.h adds.

  bool Wants(v1::MutationState state) const { return states.contains(state); }
};

// The outbox and the dead-letter queue.
std::set<v1::MutationState> UnsettledStates();

// Those of the outbox: everything that is not settled in any way.
bool IsPendingState(v1::MutationState state);

class OutboxScan {
 public:
  // Takes one mutation; false: that was enough, and it was not taken: the next Step begins with it.
  using Sink = absl::FunctionRef<bool(uint64_t seq, v1::Mutation mutation)>;

  OutboxScan(std::shared_ptr<const Session> session, OutboxSelection selection);

  // One slice. True when the end is reached or the sink has enough. The caller, who knows of its
  // sink, may go on after that.
  absl::StatusOr<bool> Step(const base::Clock& clock, Sink sink);

 private:
  struct Row {
    uint64_t seq;
    std::string_view bytes;
    bool settled;
  };
  absl::StatusOr<bool> Visit(const store::Reader& reader, const Row& row, Sink sink);
  bool IsOfInterest(const log::Mutation& mutation) const;

  const std::shared_ptr<const Session> session_;
  const OutboxSelection selection_;
  uint64_t next_seq_;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_OUTBOX_SCAN_H_
