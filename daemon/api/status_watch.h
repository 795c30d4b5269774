// A WatchStatus: the daemon's state now and again after it has changed, not more often than asked
// for. It looks at a few numbers once per interval and reports only when one of them moved. A
// producer of StreamCall.
#ifndef TIDEOVER_API_STATUS_WATCH_H_
#define TIDEOVER_API_STATUS_WATCH_H_

#include <functional>
#include <optional>

#include "api/stream_call.h"
#include "tideover/v1/sync.pb.h"

namespace tideover::api {

class StatusWatch final : public Producer<v1::WatchStatusResponse> {
 public:
  StatusWatch(const Shared& shared, base::Millis interval) : shared_(shared), interval_(interval) {}

  void Begin(std::function<void()> wake) override { wake_ = std::move(wake); }
  Produced Produce(v1::WatchStatusResponse* message, grpc::Status* end) override;

 private:
  // What the state depends on. The session is only compared.
  struct Version {
    const Session* session = nullptr;
    uint64_t board = 0;
    uint64_t commit = 0;
    bool operator==(const Version&) const = default;
  };

  const Shared shared_;
  const base::Millis interval_;
  std::function<void()> wake_;
  base::MonoTime next_look_;
  std::optional<Version> told_;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_STATUS_WATCH_H_
