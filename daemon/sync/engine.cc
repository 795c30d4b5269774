#include "sync/engine.h"

#include <algorithm>
#include <utility>

#include "base/logging.h"
#include "sync/earlier.h"

namespace tideover::sync {
namespace {

constexpr const char* kPauseNames[] = {"none", "forced", "no network", "unreachable", "sign-in"};

}  // namespace

Engine::Engine(EngineOptions options, EnginePorts ports)
    : tuning_(std::move(options.tuning)),
      ports_(std::move(ports)),
      connectivity_(tuning_.push, *ports_.random),
      pusher_(AllParts(), [this] { WantTurn(); }),
      puller_(AllParts(), pusher_, [this] { WantTurn(); }),
      listener_(AllParts(), puller_, [this] { WantTurn(); }) {
  connectivity_.SetSetting(options.setting);
  connectivity_.SetAuthorized(options.authorized);
}

Parts Engine::AllParts() {
  return {tuning_,       *ports_.clock,    *ports_.random, ports_.env,    *ports_.catalog,
          *ports_.rules, *ports_.upstream, *ports_.merge,  connectivity_, *ports_.board};
}

void Engine::WantTurn() {
  turn_wanted_ = true;
  Arm();
}

void Engine::Start() {
  ports_.board->Update([this](EngineStatus& status) { status.setting = connectivity_.setting(); });
  PublishModes();
  WantTurn();
}

void Engine::Turn() {
  turn_wanted_ = false;
  pusher_.Pump();
  listener_.Pump();
  puller_.Pump();
  PublishPause();
  Arm();
}

void Engine::OnCommitted(const view::CommitNotice& notice) {
  pusher_.OnCommitted(notice);
  puller_.OnCommitted(notice);
  WantTurn();
}

void Engine::SetNetwork(NetworkSetting setting) {
  connectivity_.SetSetting(setting);
  ports_.board->Update([&](EngineStatus& status) { status.setting = setting; });
  pusher_.TryNow();
  turn_wanted_ = true;
  PublishPause();
  Arm();
}

void Engine::OnLinkChange(bool up) {
  connectivity_.SetLink(up);
  if (up) {
    StartAnew();
  } else {
    turn_wanted_ = true;
    PublishPause();
    Arm();
  }
}

void Engine::OnAwake() {
  puller_.Refresh();
  StartAnew();
}

void Engine::OnSignedIn() {
  connectivity_.SetAuthorized(true);
  StartAnew();
}

// Whatever failed before says nothing any more.
void Engine::StartAnew() {
  ports_.upstream->Reset();
  listener_.StartAnew();
  connectivity_.TryNow();
  pusher_.TryNow();
  turn_wanted_ = true;
  PublishPause();
  Arm();
}

void Engine::SyncNow(const std::string& collection, ListDone done) {
  connectivity_.TryNow();
  pusher_.TryNow();
  puller_.SyncNow(collection, std::move(done));
}

void Engine::Touch(const std::string& collection) { puller_.Touch(collection); }

void Engine::PublishModes() {
  std::map<store::CollectionId, NetworkMode> modes;
  for (const auto& [name, tuning] : tuning_.collections) {
    const auto id = ports_.catalog->IdOf(name);
    if (id.has_value() && tuning.network_mode != NetworkMode::kOnline) {
      modes.emplace(*id, tuning.network_mode);
    }
  }
  ports_.board->SetModes(std::move(modes));
}

void Engine::Invalidate(const std::string& collection) { puller_.Invalidate(collection); }

void Engine::PublishProbe() {
  const std::optional<base::MonoTime> probe = connectivity_.NextProbe();
  if (probe == published_probe_) return;
  published_probe_ = probe;
  int64_t wall = 0;
  if (probe.has_value()) {
    const base::Millis wait = std::max(*probe - ports_.clock->Mono(), base::Millis(0));
    wall = ports_.clock->Wall().ms + wait.count();
  }
  ports_.board->Update([wall](EngineStatus& status) { status.next_probe_wall_ms = wall; });
}

void Engine::PublishPause() {
  PublishProbe();
  const PauseReason always = connectivity_.Paused(NetworkMode::kAlways);
  if (always != published_always_) {
    published_always_ = always;
    ports_.board->Update([always](EngineStatus& status) { status.paused_always = always; });
  }
  const PauseReason paused = connectivity_.Paused(NetworkMode::kOnline);
  if (paused == published_) return;
  published_ = paused;
  // Whatever was missed meanwhile, nobody told us of.
  if (paused == PauseReason::kNone) puller_.Refresh();
  base::Log(base::LogLevel::kInfo, "engine",
            paused == PauseReason::kNone ? "sending" : "not sending",
            {{"why", kPauseNames[static_cast<size_t>(paused)]}});
  ports_.board->Update([&, wall = ports_.clock->Wall().ms](EngineStatus& status) {
    status.paused = paused;
    status.paused_since_wall_ms = paused == PauseReason::kNone ? 0 : wall;
  });
}

void Engine::Arm() {
  std::optional<base::MonoTime> wake;
  if (turn_wanted_) wake = ports_.clock->Mono();
  wake = Earlier(wake, pusher_.NextWake());
  wake = Earlier(wake, puller_.NextWake());
  wake = Earlier(wake, listener_.NextWake());
  ports_.arm(wake);
}

}  // namespace tideover::sync
