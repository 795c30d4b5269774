// Server: the API over gRPC, for connections that are handed to it. A resource, owned by the
// daemon. It listens nowhere: the Listener accepts, looks at who connects, and gives it the
// descriptor.
//
// Threads: gRPC's own (decoding, Gets, checks of writes), the worker pool (scans, watches, status),
// and whoever calls the methods below, which may be any thread but one of those. The session source
// and everything that sessions point to must outlive Stop(): writes that wait for the writer are
// answered by it.
#ifndef TIDEOVER_API_SERVER_H_
#define TIDEOVER_API_SERVER_H_

#include <memory>

#include "api/session.h"
#include "base/clock.h"
#include "base/random.h"

namespace tideover::api {

class Server {
 public:
  // `random` must be usable from any thread.
  Server(SessionSource* source, const base::Clock* clock, base::Random* random);
  ~Server();  // Stop().
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Takes a connected stream socket over, for good: also closed when the server has stopped.
  void AddConnection(int fd);

  // The session source has another session, or none: watches of the former one end (UNAUTHENTICATED
  // when nobody is signed in, otherwise ABORTED), callers who wait for its mutations are answered
  // as things stand, and the API holds no reference to it any more but those of calls under way.
  void OnSessionChanged();

  // Ends watches, lets calls under way end for kStopGrace, cuts off the rest, and returns when no
  // call is left. The daemon must stop listening first.
  void Stop();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_SERVER_H_
