// Watchers: the open streams, so that they can be counted and ended. A resource, owned by the
// server; thread-safe. It keeps no watch alive.
#ifndef TIDEOVER_API_WATCHERS_H_
#define TIDEOVER_API_WATCHERS_H_

#include <grpcpp/support/status.h>

#include <memory>
#include <mutex>
#include <vector>

#include "api/session.h"

namespace tideover::api {

class Watcher {
 public:
  virtual ~Watcher() = default;
  // The call ends with this status, once.
  virtual void End(grpc::Status status) = 0;
  // The session that it belongs to; nullptr when it belongs to none.
  virtual const Session* session() const = 0;
};

class Watchers {
 public:
  // False: there are kWatchersMax already, or the server stops.
  bool Add(const std::shared_ptr<Watcher>& watcher);
  size_t size();

  // Ends those that belong to another session than `present` (nullptr: nobody is signed in).
  void EndThoseOfOtherSessions(const Session* present);
  // Ends all; further ones are refused.
  void Stop();
  bool stopping();

 private:
  std::vector<std::shared_ptr<Watcher>> Alive();

  std::mutex mutex_;  // Guards what follows; never held while a watcher ends.
  std::vector<std::weak_ptr<Watcher>> watchers_;
  bool stopping_ = false;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_WATCHERS_H_
