// Flow: how many requests may be under way at one time, and how many mutations may share one. A
// value of the pusher; pure, driven by what it is told of each answer.
//
// The number of requests grows by one with every good answer at first (doubling with every round
// trip), and by one with every round trip later; it is halved when the backend asks for less or
// does not answer in time, and cut when its answers take much longer than they did (additive
// increase, multiplicative decrease; RFC 5681 section 3.1 has the idea). The number of mutations in
// a request is bounded so that the backend, which runs them one after the other, is done long
// before the 30 s that AppSync gives a request.
#ifndef TIDEOVER_SYNC_FLOW_H_
#define TIDEOVER_SYNC_FLOW_H_

#include <array>
#include <cstddef>
#include <optional>

#include "base/clock.h"

namespace tideover::sync {

// Requests under way at the start.
inline constexpr size_t kFlowStart = 8;
// What one request may be expected to take at the backend.
inline constexpr base::Millis kRequestTimeAim{10'000};
// An answer that takes so many times as long as the quickest of its size is a sign of congestion.
inline constexpr int kSlowFactor = 4;
// Differences below this say nothing.
inline constexpr base::Millis kSlowGrace{200};
// Longest time for which a Retry-After stops everybody; the mutations that were told wait it out.
inline constexpr base::Millis kPauseMax{60'000};

class Flow {
 public:
  Flow(size_t requests_max, size_t batch_max);

  // Requests that may be under way; at least 1.
  size_t requests() const { return static_cast<size_t>(window_); }
  // Mutations that may share a request; at least 1.
  size_t batch() const;
  // No request may start before: the backend said when it wants the next one.
  base::MonoTime paused_until() const { return paused_until_; }
  // Somebody asks to try now.
  void Resume() { paused_until_ = {}; }

  enum class Sign {
    kGood,       // Answered, whatever the answer was.
    kThrottled,  // Answered: "less".
    kTimeout,    // Not answered in time.
    kNone,       // Never left, or the network broke: says nothing about the backend.
  };
  struct Answer {
    Sign sign = Sign::kGood;
    size_t mutations = 1;  // That shared the request.
    size_t under_way = 1;  // Requests that were under way with it, itself among them.
    base::Millis took{0};
    std::optional<base::Millis> retry_after = {};  // Of a throttled answer.
  };
  void Note(const Answer& answer, base::MonoTime now);

 private:
  void NotePace(const Answer& answer);
  void Shrink(double factor, base::Millis took, base::MonoTime now);
  bool IsSlow(const Answer& answer);

  const double requests_max_;
  const size_t batch_max_;
  double window_;
  bool doubling_ = true;
  double ms_per_mutation_ = 0;  // Smoothed; 0: not known yet.
  // The quickest good answers by the size of their requests: 1, 2-3, 4-7, … mutations. They rise
  // slowly, so that a backend that has become slower for good is met at its new pace.
  std::array<double, 16> quickest_{};
  base::MonoTime shrunk_until_;  // One round trip counts once.
  base::MonoTime paused_until_;
};

}  // namespace tideover::sync

#endif  // TIDEOVER_SYNC_FLOW_H_
