// Engine: the sync engine of one session: pushes the outbox, pulls what the server confirmed,
// listens to what it tells by itself, and knows whether the network allows it. A resource, owned by
// the session; on the loop thread only. It does no I/O: the upstream, the merge port, the clock,
// the generator and the timer are given to it, so that a simulator can run it against a simulated
// world.
//
// Every entry point ends by asking the host, through `arm`, to call Turn() at the time it names. It
// may be destroyed at any time on the loop thread; nothing calls it back after that.
#ifndef TIDEOVER_SYNC_ENGINE_H_
#define TIDEOVER_SYNC_ENGINE_H_

#include <absl/functional/any_invocable.h>

#include <optional>
#include <string>

#include "sync/connectivity.h"
#include "sync/listener.h"
#include "sync/puller.h"
#include "sync/pusher.h"
#include "sync/status_board.h"
#include "sync/tuning.h"

namespace tideover::sync {

struct EngineOptions {
  Tuning tuning;
  NetworkSetting setting = NetworkSetting::kAuto;
  // False: nobody is signed in yet.
  bool authorized = true;
};

struct EnginePorts {
  const base::Clock* clock;
  base::Random* random;
  store::Env* env;
  const store::Catalog* catalog;
  const doors::RulesByCollection* rules;
  Upstream* upstream;
  MergePort* merge;
  StatusBoard* board;
  // "Call Turn() at this time" (nothing: never by yourself). Replaces what was armed before. A time
  // that has passed means in the next turn of the loop, never at once.
  absl::AnyInvocable<void(std::optional<base::MonoTime>)> arm;
};

class Engine {
 public:
  Engine(EngineOptions options, EnginePorts ports);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Begins; call once.
  void Start();
  // Does what is due. Called when the armed time has come.
  void Turn();
  // After each commit, in order.
  void OnCommitted(const view::CommitNotice& notice);
  void SetNetwork(NetworkSetting setting);
  // The machine has a network now, or none; also said when it has another one than before.
  void OnLinkChange(bool up);
  // The machine slept: connections are dead, and what was waited for may be over.
  void OnAwake();
  // Somebody signed in (again).
  void OnSignedIn();
  void SyncNow(const std::string& collection, ListDone done);
  void Touch(const std::string& collection);
  void Invalidate(const std::string& collection);

 private:
  Parts AllParts();
  // Something happened that a turn must act on.
  void WantTurn();
  void Arm();
  void StartAnew();
  void PublishModes();
  void PublishPause();
  void PublishProbe();

  const Tuning tuning_;
  EnginePorts ports_;
  Connectivity connectivity_;
  Pusher pusher_;
  Puller puller_;
  Listener listener_;
  bool turn_wanted_ = false;
  PauseReason published_ = PauseReason::kNone;
  PauseReason published_always_ = PauseReason::kNone;
  std::optional<base::MonoTime> published_probe_;
};

}  // namespace tideover::sync

#endif  // TIDEOVER_SYNC_ENGINE_H_
