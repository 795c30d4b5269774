// Writer: the one thread that writes. It takes all requests that wait, gives them to the doors as
// one turn, and only when that is durable answers each caller and tells the sinks. A resource,
// owned by the session; Submit may be called from any thread.
//
// Each `done` is called exactly once, on the writer's thread, never before Submit has returned; it
// must only hand over. Requests that are still waiting when the writer stops are answered
// UNAVAILABLE and were not applied. When the store fails (a full disk is not a failure) nothing is
// answered any more and `on_fatal` is called: the process must stop, and starts again from what is
// durable.
#ifndef TIDEOVER_DOORS_WRITER_H_
#define TIDEOVER_DOORS_WRITER_H_

#include <absl/functional/any_invocable.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "doors/doors.h"

namespace tideover::doors {

// Commit requests that may wait at one time; more are answered RESOURCE_EXHAUSTED at once.
inline constexpr size_t kQueueMax = 20'000;

// Mutations and events of one turn, unless a single request has more. Every page that a turn
// touches is in memory until its commit.
inline constexpr size_t kTurnMax = 256;

struct WriterSinks {
  // After each durable turn that changed something, in commit order: on_commit before anybody is
  // answered; on_answered, which may be empty, when the commit door's callers are, but not yet
  // those of the merge door. Whom it wakes takes no processor from the answers of apps.
  absl::AnyInvocable<void(const std::shared_ptr<const view::CommitNotice>&)> on_commit;
  absl::AnyInvocable<void(std::shared_ptr<const view::CommitNotice>)> on_answered = nullptr;
  // Once; the store can no longer be trusted.
  absl::AnyInvocable<void(const absl::Status&)> on_fatal;
};

class Writer {
 public:
  Writer(Doors* doors, store::Env* env, WriterSinks sinks);
  ~Writer();  // Stop().
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void Submit(Request request, absl::AnyInvocable<void(Answer)> done);

  // Finishes the turn under way, answers what waits with UNAVAILABLE, and returns when the thread
  // has ended. What is submitted later is answered UNAVAILABLE by Submit itself, on the caller's
  // thread. Not on the writer's own thread; calling it again does nothing.
  void Stop();

 private:
  struct Waiting {
    Request request;
    absl::AnyInvocable<void(Answer)> done;
    absl::Status refused;  // Not OK: only to be answered.
  };
  void Run();
  std::vector<Waiting> TakeTurn();
  void Serve(std::vector<Waiting> batch);
  absl::Status Refuse(const Waiting& waiting) const;

  Doors* const doors_;
  store::Env* const env_;
  WriterSinks sinks_;
  mutable std::mutex mutex_;  // Guards waiting_ and stopping_.
  std::condition_variable wake_;
  std::deque<Waiting> waiting_;
  bool stopping_ = false;
  bool failed_ = false;  // Writer's thread only.
  std::thread thread_;
};

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_WRITER_H_
