// Coverage: which fault struck while a mutation of which kind was under way, added up over the
// seeds of a run. The generator must have met every pair: a fault that never meets a kind of
// mutation proves nothing about it. A resource of the process, one for all its simulations.
#ifndef TIDEOVER_TESTS_SIM_COVERAGE_H_
#define TIDEOVER_TESTS_SIM_COVERAGE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "log/mutation.h"

namespace tideover::sim {

enum class Fault {
  kUnsent,
  kRequestLost,
  kAnswerLost,
  kLate,
  kSlow,
  kDuplicate,
  kSilence,
  kPartition,
  kTooMany,
  kUnavailable,
  kGatewayTimeout,
  kErrorBelow,
  kForbidden,
  kUnauthorized,
  kCompanyRefused,
  kRefused,
  kConflict,
  kNoRoom,
  kCrashBefore,
  kCrashAfter,
  kCrash,
  kUpgrade,
  kSuspend,
  kClockJump,
  kRestore,
  kIdentitySwitch,
  kForeignWrite,
  kMessageLate,
  kLiveCut,
  kOperator,
  kCount,
};
inline constexpr size_t kFaultCount = static_cast<size_t>(Fault::kCount);

class Coverage {
 public:
  void Note(Fault fault, log::Mutation::Kind kind);
  // A table: a line for each fault, a column for each kind.
  std::string Table() const;
  // The pairs that were never met, one in a line; empty: all were.
  std::string Missing() const;

 private:
  // CREATE to INVOKE.
  static constexpr size_t kKindCount = 8;
  std::array<std::array<uint64_t, kKindCount>, kFaultCount> met_{};
};

}  // namespace tideover::sim

#endif  // TIDEOVER_TESTS_SIM_COVERAGE_H_
