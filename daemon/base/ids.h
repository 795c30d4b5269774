// Ids made here. All are time-ordered in their first 48 bits (UUIDv7, RFC 9562, section 5.7), so
// that keys which are made near each other in time lie near each other on disk. Pure functions of
// the clock and generator given.
#ifndef TIDEOVER_BASE_IDS_H_
#define TIDEOVER_BASE_IDS_H_

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace tideover::base {

// "0193523e-7f4a-7c15-9e37-79b97f4a7c15"
std::string NewUuid(WallTime now, Random& random);

// 24 hexadecimal digits as MongoDB's ObjectId: 4 bytes of seconds, 8 random bytes.
std::string NewObjectId(WallTime now, Random& random);

// Ids made for documents whose id the server will choose carry this prefix, which no ObjectId or
// UUID has, so that people and logs can tell them apart.
inline constexpr std::string_view kProvisionalPrefix = "local-";
std::string NewProvisionalId(WallTime now, Random& random);
bool IsProvisionalId(std::string_view id);

}  // namespace tideover::base

#endif  // TIDEOVER_BASE_IDS_H_
