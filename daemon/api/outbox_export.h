// OutboxService's Export: mutations in log order with all that is known about them, read in slices
// when the client has room. A producer of StreamCall: it keeps one slice.
#ifndef TIDEOVER_API_OUTBOX_EXPORT_H_
#define TIDEOVER_API_OUTBOX_EXPORT_H_

#include <deque>
#include <functional>
#include <memory>

#include "api/outbox_scan.h"
#include "api/stream_call.h"
#include "tideover/v1/outbox.pb.h"

namespace tideover::api {

class OutboxExport final : public Producer<v1::ExportResponse> {
 public:
  // OK, or why the request is refused.
  static grpc::Status Make(const Shared& shared, const std::shared_ptr<const Session>& session,
                           const v1::ExportRequest& request, std::unique_ptr<OutboxExport>* made);

  void Begin(std::function<void()> /*wake*/) override {}
  Produced Produce(v1::ExportResponse* message, grpc::Status* end) override;

 private:
  OutboxExport(const Shared& shared, const std::shared_ptr<const Session>& session,
               OutboxSelection selection)
      : shared_(shared), scan_(session, std::move(selection)) {}

  const Shared shared_;
  OutboxScan scan_;
  std::deque<v1::Mutation> slice_;
  bool over_ = false;  // The scan is.
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_OUTBOX_EXPORT_H_
