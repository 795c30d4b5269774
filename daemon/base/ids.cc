#include "base/ids.h"

#include <fmt/format.h>

namespace tideover::base {

std::string NewUuid(WallTime now, Random& random) {
  const uint64_t time = static_cast<uint64_t>(now.ms) & 0xffff'ffff'ffffu;
  const uint64_t a = random.Next64();
  const uint64_t b = random.Next64();
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", time >> 16, time & 0xffff,
                     0x7000 | (a & 0x0fff), 0x8000 | ((a >> 12) & 0x3fff), b & 0xffff'ffff'ffffu);
}

std::string NewObjectId(WallTime now, Random& random) {
  return fmt::format("{:08x}{:016x}", static_cast<uint32_t>(now.ms / 1000), random.Next64());
}

std::string NewProvisionalId(WallTime now, Random& random) {
  return std::string(kProvisionalPrefix) + NewUuid(now, random);
}

bool IsProvisionalId(std::string_view id) { return id.starts_with(kProvisionalPrefix); }

}  // namespace tideover::base
