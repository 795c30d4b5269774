// WatchLog, a resource: a Watch of the daemon that is read by a thread of its own and kept, message
// by message, for a test to look at. It ends with the object, or when the daemon goes.
#ifndef TIDEOVER_TESTS_E2E_WATCH_LOG_H_
#define TIDEOVER_TESTS_E2E_WATCH_LOG_H_

#include <grpcpp/client_context.h>

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "e2e/app.h"

namespace tideover::e2e {

class WatchLog {
 public:
  // Watches the collection of all tests; `request` may say more about it.
  explicit WatchLog(App& app, v1::WatchRequest request = {});
  ~WatchLog();
  WatchLog(const WatchLog&) = delete;
  WatchLog& operator=(const WatchLog&) = delete;

  std::vector<v1::WatchResponse> messages() const;
  // Documents of the snapshot, and changes after it, each in the order in which they came.
  std::vector<v1::Document> snapshot() const;
  std::vector<v1::WatchChange> changes() const;
  // Of the newest message that has one.
  std::string resume_token() const;

  // False when the limit passed first.
  bool WaitForSnapshot();
  bool WaitForChange(const std::function<bool(const v1::WatchChange&)>& fits);

  // The daemon ended the stream.
  bool WaitForEnd();

  // Ends it. The status with which the stream ended.
  grpc::Status Cancel();

 private:
  grpc::ClientContext context_;
  // Guards what follows.
  mutable std::mutex mutex_;
  std::vector<v1::WatchResponse> messages_;
  grpc::Status status_;
  bool ended_ = false;
  std::thread reader_;
};

}  // namespace tideover::e2e

#endif  // TIDEOVER_TESTS_E2E_WATCH_LOG_H_
