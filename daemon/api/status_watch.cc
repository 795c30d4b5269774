#include "api/status_watch.h"

#include "api/status_report.h"

namespace tideover::api {

Produced StatusWatch::Produce(v1::WatchStatusResponse* message, grpc::Status* end) {
  const base::MonoTime now = shared_.clock->Mono();
  if (now < next_look_) return Produced::kIdle;  // The timer for it is set.
  next_look_ = now + interval_;
  shared_.pool->PostAfter(interval_, [wake = wake_] { wake(); });
  const std::shared_ptr<const Session> session = shared_.source->Current();
  Version version;
  version.session = session.get();
  if (session != nullptr) {
    version.board = session->board->version();
    version.commit = session->feed->last_commit();
  }
  if (told_ == version) return Produced::kIdle;
  const absl::Status filled = FillStatus(shared_, session, message->mutable_status());
  if (!filled.ok()) {
    *end = Fail(filled);
    return Produced::kEnd;
  }
  told_ = version;
  return Produced::kMessage;
}

}  // namespace tideover::api
