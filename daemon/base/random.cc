#include "base/random.h"

#include <sys/random.h>

#include "base/check.h"

namespace tideover::base {

uint64_t SystemRandom::Next64() {
  uint64_t value = 0;
  TIDEOVER_CHECK(getentropy(&value, sizeof value) == 0, "the kernel gives no randomness");
  return value;
}

uint64_t SeededRandom::Next64() {
  state_ += 0x9e3779b97f4a7c15u;
  uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace tideover::base
