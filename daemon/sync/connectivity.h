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

namespace tideover::sync {

// Unreachable requests in a row that open the breaker.
inline constexpr uint32_t kFailuresToOpen = 2;

class Connectivity {
 public:
  Connectivity(const PushTuning& tuning, base::Random& random) : tuning_(tuning), random_(random) {}

  // True: start one request now; the caller says afterwards how it went (Reached, NotReached or
  // Abandoned), once.
  bool Admit(NetworkMode mode, base::MonoTime now);
  // Any answer came, also a refusal.
  void Reached();
  // Certainly nobody answered.
  void NotReached(base::MonoTime now);

  void SetSetting(NetworkSetting setting);
  void SetLink(bool up);
  void SetAuthorized(bool authorized);
  // The request was not made after all.
  void Abandoned() { probing_ = false; }
  // Forget what failed: the network changed, or the operator asks to try now.
  void TryNow();

  PauseReason Paused(NetworkMode mode) const;
  NetworkSetting setting() const { return setting_; }
  // When the next probe may start, if it is the breaker that waits.
  std::optional<base::MonoTime> NextProbe() const;

 private:
  const PushTuning& tuning_;
  base::Random& random_;
  NetworkSetting setting_ = NetworkSetting::kAuto;
  bool link_up_ = true;
  bool authorized_ = true;
  uint32_t failures_ = 0;
  bool probing_ = false;
  base::MonoTime next_probe_;
};

}  // namespace tideover::sync

#endif  // TIDEOVER_SYNC_CONNECTIVITY_H_
