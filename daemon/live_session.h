// LiveSession: the store, writer, feed and sync engine of one identity, put together. A resource,
// owned by the daemon; made and stopped on the loop thread. gRPC threads hold its api() by
// shared_ptr, so that a call that is under way when the session ends still finds its store; Stop()
// ends everything that acts by itself.
//
// This is where the threads meet: merges go from the loop to the writer's queue and their answers
// come back as posts; each commit's notice goes to the feed on the writer's thread and to the
// engine as a post before the answers of that commit.
#ifndef TIDEOVER_LIVE_SESSION_H_
#define TIDEOVER_LIVE_SESSION_H_

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <string>

#include "api/session.h"
#include "base/clock.h"
#include "base/random.h"
#include "doors/doors.h"
#include "doors/writer.h"
#include "loop/event_loop.h"
#include "loop/timer.h"
#include "store/env.h"
#include "sync/engine.h"
#include "sync/merge_port.h"
#include "view/change_feed.h"

namespace tideover {

struct SessionOptions {
  api::Identity identity;
  store::EnvOptions env;
  // Tells machines apart (machine_id.h); empty: not known.
  std::string machine_id;
  doors::RulesByCollection rules;
  doors::RulesByOperation operations;
  sync::EngineOptions engine;
  // The store failed; from the writer's thread.
  absl::AnyInvocable<void(const absl::Status&)> on_fatal;
};

class LiveSession final : public sync::MergePort {
 public:
  // Makes the upstream, which the session owns, for the collections of its store.
  using MakeUpstream =
      absl::AnyInvocable<std::unique_ptr<sync::Upstream>(const store::Catalog& catalog)>;

  static absl::StatusOr<std::shared_ptr<LiveSession>> Open(SessionOptions options,
                                                           MakeUpstream make_upstream,
                                                           loop::EventLoop& loop,
                                                           const base::Clock& clock,
                                                           base::Random& random);
  ~LiveSession() override;

  // On the loop thread; once. After it nothing happens here any more but reads by those who hold
  // api().
  void Stop();

  const api::Session& api() const { return api_; }
  // Loop thread; nullptr after Stop().
  sync::Engine* engine() { return engine_.get(); }
  const std::string& path() const { return env_->options().path; }

  void Merge(doors::MergeRequest request, absl::AnyInvocable<void(doors::Answer)> done) override;

 private:
  LiveSession(loop::EventLoop& loop, const base::Clock& clock) : loop_(loop), clock_(clock) {}
  absl::Status OpenDoors(SessionOptions* options, base::Random& random);
  void StartWriter(absl::AnyInvocable<void(const absl::Status&)> on_fatal);
  void StartEngine(sync::EngineOptions options, base::Random& random);
  void Arm(std::optional<base::MonoTime> at);

  loop::EventLoop& loop_;
  const base::Clock& clock_;
  api::Session api_;
  std::unique_ptr<store::Env> env_;
  std::unique_ptr<doors::Doors> doors_;
  std::unique_ptr<view::ChangeFeed> feed_;
  sync::StatusBoard board_;
  std::unique_ptr<doors::Writer> writer_;
  std::unique_ptr<sync::Upstream> upstream_;
  std::unique_ptr<sync::Engine> engine_;
  std::unique_ptr<loop::Timer> timer_;
  std::unique_ptr<loop::Timer> quiet_;  // Runs since the last turn of the engine.
  // What posts hold weakly: gone after Stop().
  std::shared_ptr<LiveSession*> self_;
};

}  // namespace tideover

#endif  // TIDEOVER_LIVE_SESSION_H_
