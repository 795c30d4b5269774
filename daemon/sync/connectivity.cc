#include "sync/connectivity.h"

#include "sync/backoff.h"

namespace tideover::sync {

PauseReason Connectivity::Paused(NetworkMode mode) const {
  if (setting_ == NetworkSetting::kOffline) return PauseReason::kForced;
  if (!authorized_) return PauseReason::kAuth;
  const bool heeds_link = setting_ == NetworkSetting::kAuto && mode != NetworkMode::kAlways;
  if (heeds_link && !link_up_) return PauseReason::kNoNetwork;
  return failures_ >= kFailuresToOpen ? PauseReason::kUnreachable : PauseReason::kNone;
}

bool Connectivity::Admit(NetworkMode mode, base::MonoTime now) {
  switch (Paused(mode)) {
    case PauseReason::kNone:
      return true;
    case PauseReason::kUnreachable:
      if (probing_ || now < next_probe_) return false;
      probing_ = true;
      return true;
    default:
      return false;
  }
}

void Connectivity::Reached() {
  failures_ = 0;
  probing_ = false;
}

void Connectivity::NotReached(base::MonoTime now) {
  ++failures_;
  probing_ = false;
  if (failures_ < kFailuresToOpen) return;
  next_probe_ = now + FullJitter(tuning_.backoff_base, tuning_.probe_cap,
                                 failures_ - kFailuresToOpen + 1, random_);
}

void Connectivity::SetSetting(NetworkSetting setting) {
  setting_ = setting;
  TryNow();
}

void Connectivity::SetLink(bool up) {
  link_up_ = up;
  TryNow();
}

void Connectivity::SetAuthorized(bool authorized) { authorized_ = authorized; }

void Connectivity::TryNow() { next_probe_ = {}; }

std::optional<base::MonoTime> Connectivity::NextProbe() const {
  if (Paused(NetworkMode::kAlways) != PauseReason::kUnreachable || probing_) return std::nullopt;
  return next_probe_;
}

}  // namespace tideover::sync
