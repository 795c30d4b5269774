#include "sync/backoff.h"

#include <algorithm>

#include "base/planted_bug.h"

namespace tideover::sync {

base::Millis FullJitter(base::Millis base, base::Millis cap, uint32_t failures,
                        base::Random& random) {
  if (PLANTED_BUG(kBackoffNeverEnds) && failures > 3) return base::Millis(int64_t{1} << 40);
  // 2^20 times any base is beyond every cap.
  const uint32_t doublings = std::min(failures > 0 ? failures - 1 : 0, 20u);
  const int64_t ceiling = std::min(cap.count(), base.count() << doublings);
  return base::Millis(random.Below(static_cast<uint64_t>(ceiling) + 1));
}

}  // namespace tideover::sync
