#include "api/outbox_export.h"

#include <utility>

#include "api/failure.h"
#include "api/limits.h"
#include "api/lookup.h"

namespace tideover::api {

grpc::Status OutboxExport::Make(const Shared& shared, const std::shared_ptr<const Session>& session,
                                const v1::ExportRequest& request,
                                std::unique_ptr<OutboxExport>* made) {
  OutboxSelection selection;
  selection.details = true;
  for (const int state : request.states()) {
    selection.states.insert(static_cast<v1::MutationState>(state));
  }
  if (selection.states.empty()) selection.states = {v1::MUTATION_STATE_DEAD_LETTERED};
  if (!request.collection().empty()) {
    Collection collection;
    grpc::Status status = FindCollection(*session, request.collection(), &collection);
    if (!status.ok()) return status;
    selection.collection = collection.id;
  }
  made->reset(new OutboxExport(shared, session, std::move(selection)));
  return grpc::Status::OK;
}

Produced OutboxExport::Produce(v1::ExportResponse* message, grpc::Status* end) {
  if (slice_.empty() && !over_) {
    size_t bytes = 0;
    bool full = false;
    const auto done = scan_.Step(*shared_.clock, [&](uint64_t, v1::Mutation mutation) {
      full = bytes >= kMessageFillBytes;
      if (full) return false;
      bytes += mutation.ByteSizeLong();
      slice_.push_back(std::move(mutation));
      return true;
    });
    if (!done.ok()) {
      *end = Fail(done.status());
      return Produced::kEnd;
    }
    over_ = *done && !full;
  }
  if (slice_.empty()) return over_ ? Produced::kEnd : Produced::kAgain;
  *message->mutable_mutation() = std::move(slice_.front());
  slice_.pop_front();
  return Produced::kMessage;
}

}  // namespace tideover::api
