#include "base/random.h"

#include <sys/random.h>

#include <array>

#include "base/check.h"

namespace tideover::base {

uint64_t SystemRandom::Next64() {
  // The kernel is asked for as much as it gives at once: a call of it for each number costs more
  // than the rest of making an id.
  constexpr size_t kNumbers = 32;
  thread_local std::array<uint64_t, kNumbers> numbers;
  thread_local size_t left = 0;
  if (left == 0) {
    TIDEOVER_CHECK(getentropy(numbers.data(), sizeof numbers) == 0,
                   "the kernel gives no randomness");
    left = kNumbers;
  }
  return numbers[--left];
}

uint64_t SeededRandom::Next64() {
  state_ += 0x9e3779b97f4a7c15u;
  uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace tideover::base
