#include "sync/flow.h"

#include <algorithm>
#include <bit>

#include "base/planted_bug.h"

namespace tideover::sync {
namespace {

constexpr double kHalf = 0.5;
constexpr double kCut = 0.8;
// Weight of a new answer in the smoothed time, and share by which the quickest rises each time.
constexpr double kSmooth = 0.125;
constexpr double kForget = 1.0 / 256;

}  // namespace

Flow::Flow(size_t requests_max, size_t batch_max)
    : requests_max_(static_cast<double>(std::max<size_t>(requests_max, 1))),
      batch_max_(std::max<size_t>(batch_max, 1)),
      window_(std::min(requests_max_, static_cast<double>(kFlowStart))) {}

size_t Flow::batch() const {
  if (ms_per_mutation_ <= 0) return batch_max_;
  const double fit = static_cast<double>(kRequestTimeAim.count()) / ms_per_mutation_;
  return std::clamp<size_t>(static_cast<size_t>(fit), 1, batch_max_);
}

void Flow::Shrink(double factor, base::Millis took, base::MonoTime now) {
  doubling_ = false;
  if (now < shrunk_until_) return;
  window_ = std::max(window_ * factor, PLANTED_BUG(kFlowRunsDry) ? 0.1 : 1.0);
  shrunk_until_ = now + took;
}

bool Flow::IsSlow(const Answer& answer) {
  const auto took = static_cast<double>(answer.took.count());
  double& quickest = quickest_.at(std::min<size_t>(std::bit_width(answer.mutations), 15));
  const bool known = quickest > 0;
  const bool slow =
      known && took > kSlowFactor * quickest + static_cast<double>(kSlowGrace.count());
  quickest = known ? std::min(quickest * (1 + kForget), std::max(took, 1.0)) : std::max(took, 1.0);
  return slow;
}

void Flow::NotePace(const Answer& answer) {
  const double each =
      static_cast<double>(answer.took.count()) / static_cast<double>(answer.mutations);
  if (answer.sign == Sign::kTimeout || answer.took > kRequestTimeAim) {
    // At least so long: to learn it slowly would mean to time out again.
    ms_per_mutation_ = std::max(ms_per_mutation_, each);
  } else if (answer.sign == Sign::kGood) {
    ms_per_mutation_ += (each - ms_per_mutation_) * (ms_per_mutation_ <= 0 ? 1 : kSmooth);
  }
}

void Flow::Note(const Answer& answer, base::MonoTime now) {
  if (answer.sign == Sign::kNone) return;
  NotePace(answer);
  if (answer.sign == Sign::kThrottled && answer.retry_after.has_value()) {
    paused_until_ = std::max(paused_until_, now + std::min(*answer.retry_after, kPauseMax));
  }
  if (answer.sign != Sign::kGood) {
    Shrink(kHalf, answer.took, now);
    return;
  }
  if (IsSlow(answer)) {
    Shrink(kCut, answer.took, now);
  } else if (2 * static_cast<double>(answer.under_way) >= window_) {
    // Only a window that is used tells whether more would do.
    window_ = std::min(window_ + (doubling_ ? 1 : 1 / window_), requests_max_);
  }
}

}  // namespace tideover::sync
