// Exponential backoff with full jitter: attempt n waits a random time between nothing and
// min(cap, base * 2^(n-1)), so that many clients who failed together do not come back together.
// Pure function of the generator.
// Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
#ifndef TIDEOVER_SYNC_BACKOFF_H_
#define TIDEOVER_SYNC_BACKOFF_H_

#include <cstdint>

#include "base/clock.h"
#include "base/random.h"

namespace tideover::sync {

// `failures` counts from 1.
base::Millis FullJitter(base::Millis base, base::Millis cap, uint32_t failures,
                        base::Random& random);

}  // namespace tideover::sync

#endif  // TIDEOVER_SYNC_BACKOFF_H_
