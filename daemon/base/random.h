// Random: the only source of randomness, injected so that a simulator's seed decides everything.
// SystemRandom reads the kernel's generator and may be used from any thread; SeededRandom is
// deterministic and belongs to one thread.
#ifndef TIDEOVER_BASE_RANDOM_H_
#define TIDEOVER_BASE_RANDOM_H_

#include <cstdint>

namespace tideover::base {

class Random {
 public:
  virtual ~Random() = default;
  virtual uint64_t Next64() = 0;

  // Uniform in [0, bound); 0 for a bound of 0.
  uint64_t Below(uint64_t bound) { return bound == 0 ? 0 : Next64() % bound; }
  // Uniform in [0, 1).
  double Unit() { return static_cast<double>(Next64() >> 11) * 0x1.0p-53; }
};

class SystemRandom final : public Random {
 public:
  uint64_t Next64() override;
};

// SplitMix64 (Steele, Lea, Flood 2014).
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  uint64_t Next64() override;

 private:
  uint64_t state_;
};

}  // namespace tideover::base

#endif  // TIDEOVER_BASE_RANDOM_H_
