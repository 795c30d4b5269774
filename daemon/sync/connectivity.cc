#include "sync/connectivity.h"

#include "base/planted_bug.h"
#include "sync/backoff.h"

namespace tideover::sync {

PauseReason Connectivity::Paused(NetworkMode mode, bool first_try) const {
  const bool forced = setting_ == NetworkSetting::kOffline && !PLANTED_BUG(kOfflineIgnored);
  if (forced) return PauseReason::kForced;
  const bool tries_anyway =
      mode == NetworkMode::kAlways || (mode == NetworkMode::kOfflineFirst && first_try);
  const bool heeds_link = setting_ == NetworkSetting::kAuto && !tries_anyway;
  if (heeds_link && !link_up_) return PauseReason::kNoNetwork;
  if (!authorized_) return PauseReason::kAuth;
  return failures_ >= kFailuresToOpen ? PauseReason::kUnreachable : PauseReason::kNone;
}

bool Connectivity::Probes(NetworkMode mode) const {
  const PauseReason paused = Paused(mode);
  return paused == PauseReason::kUnreachable || paused == PauseReason::kAuth;
}

bool Connectivity::Admit(NetworkMode mode, base::MonoTime now, bool first_try) {
  if (Paused(mode, first_try) == PauseReason::kNone) return true;
  if (PLANTED_BUG(kProbeNeverSent)) return false;
  if (!Probes(mode) || probing_ || now < next_probe_) return false;
  probing_ = true;
  return true;
}

bool Connectivity::AdmitsAny(base::MonoTime now) const {
  if (Paused(NetworkMode::kAlways) == PauseReason::kNone) return true;
  return Probes(NetworkMode::kAlways) && !probing_ && now >= next_probe_;
}

void Connectivity::Answered(PushClass outcome, const PushError& error, base::MonoTime now) {
  if (PLANTED_BUG(kProbeNeverEnds) && probing_ && failures_ > 0) return;
  probing_ = false;
  // Refused here, before anybody was asked: says nothing of the network.
  if (outcome == PushClass::kRejected && IsUnreachable(error)) return;
  if (outcome == PushClass::kUnauthorized) {
    authorized_ = false;
    failures_ = 0;
    next_probe_ = now + FullJitter(tuning_.backoff_base, tuning_.backoff_cap, ++refusals_, random_);
  } else if (outcome != PushClass::kConfirmed && IsUnreachable(error)) {
    if (++failures_ < kFailuresToOpen) return;
    next_probe_ = now + FullJitter(tuning_.backoff_base, tuning_.probe_cap,
                                   failures_ - kFailuresToOpen + 1, random_);
  } else {
    failures_ = 0;
    refusals_ = 0;
    authorized_ = true;
  }
}

void Connectivity::SetSetting(NetworkSetting setting) {
  setting_ = setting;
  TryNow();
}

void Connectivity::SetLink(bool up) {
  link_up_ = up;
  TryNow();
}

void Connectivity::TryNow() { next_probe_ = {}; }

std::optional<base::MonoTime> Connectivity::NextProbe() const {
  if (!Probes(NetworkMode::kAlways) || probing_) return std::nullopt;
  return next_probe_;
}

}  // namespace tideover::sync
