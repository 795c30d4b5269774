// Connectivity: may a request be started now, and if not, why. Combines what the operator said,
// what the machine's links say, whether the credentials work, and a breaker: after kFailuresToOpen
// requests in a row that could not reach the backend at all, one probe at a time finds out when it
// is back. A value-like part of the engine; on the loop thread; no I/O.
#ifndef TIDEOVER_SYNC_CONNECTIVITY_H_
#define TIDEOVER_SYNC_CONNECTIVITY_H_

#include <optional>

#include "base/clock.h"
#include "base/random.h"
#include "sync/status_board.h"
#include "sync/tuning.h"
#include "sync/upstream.h"

namespace tideover::sync {

// Unreachable requests in a row that open the breaker.
inline constexpr uint32_t kFailuresToOpen = 2;

class Connectivity {
 public:
  Connectivity(const PushTuning& tuning, base::Random& random) : tuning_(tuning), random_(random) {}

  // True: start one request now; the caller says afterwards how it went (Answered or Abandoned),
  // once. `first_try`: of what is to be sent nothing was sent before.
  bool Admit(NetworkMode mode, base::MonoTime now, bool first_try = false);
  // False: Admit says no to every mode at this moment.
  bool AdmitsAny(base::MonoTime now) const;
  // The outcome of a request: nobody answered at all (IsUnreachable), the credentials were refused,
  // or anything else, also a refusal.
  void Answered(PushClass outcome, const PushError& error, base::MonoTime now);

  void SetSetting(NetworkSetting setting);
  void SetLink(bool up);
  void SetAuthorized(bool authorized) { authorized_ = authorized; }
  // The request was not made after all.
  void Abandoned() { probing_ = false; }
  // Forget what failed: the network changed, or the operator asks to try now.
  void TryNow();

  PauseReason Paused(NetworkMode mode, bool first_try = false) const;
  // Nothing but one probe at a time may be sent.
  bool Probes(NetworkMode mode) const;
  NetworkSetting setting() const { return setting_; }
  // When the next probe may start, while nothing but probes may.
  std::optional<base::MonoTime> NextProbe() const;

 private:
  const PushTuning& tuning_;
  base::Random& random_;
  NetworkSetting setting_ = NetworkSetting::kAuto;
  bool link_up_ = true;
  bool authorized_ = true;
  uint32_t failures_ = 0;  // Unreachable, in a row.
  uint32_t refusals_ = 0;  // Of the credentials, in a row.
  bool probing_ = false;
  base::MonoTime next_probe_;
};

}  // namespace tideover::sync

#endif  // TIDEOVER_SYNC_CONNECTIVITY_H_
