// Earlier: which of two moments comes first, where each may never come (empty): how the parts of
// the engine put together when it has to look again. A pure function.
#ifndef TIDEOVER_SYNC_EARLIER_H_
#define TIDEOVER_SYNC_EARLIER_H_

#include <algorithm>
#include <optional>

#include "base/clock.h"

namespace tideover::sync {

inline std::optional<base::MonoTime> Earlier(std::optional<base::MonoTime> a,
                                             std::optional<base::MonoTime> b) {
  if (!a.has_value()) return b;
  if (!b.has_value()) return a;
  return std::min(*a, *b);
}

}  // namespace tideover::sync

#endif  // TIDEOVER_SYNC_EARLIER_H_
