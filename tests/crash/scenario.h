// Scenario: a store in a directory and the 200 turns that are made on it: the real environment and
// doors, with a clock and a generator that depend on the turn alone. A resource; one thread. After
// a crash another Scenario on the same directory goes on with the turn after the last that is
// there, and comes to the same end.
#ifndef TIDEOVER_TESTS_CRASH_SCENARIO_H_
#define TIDEOVER_TESTS_CRASH_SCENARIO_H_

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "doors/doors.h"
#include "store/env.h"

namespace tideover::crash {

inline constexpr int kTurns = 200;

struct ScenarioOptions {
  std::string directory;
  // Which of the scenarios.
  uint64_t seed = 1;
  // Commits do not wait for the disk: for the reference, for verifying, and for the run that must
  // be found wanting.
  bool no_sync = false;
};

// What a turn answered.
struct Turned {
  // The disk was full: every request was refused.
  bool full = false;
  // Ids of the mutations that are durable now.
  std::vector<std::string> mutation_ids;
};

class Scenario {
 public:
  static absl::StatusOr<std::unique_ptr<Scenario>> Open(const ScenarioOptions& options);

  // `turn` counts from 1. An error is the store's: nothing more may be written.
  absl::StatusOr<Turned> RunTurn(int turn);

  // A hash over everything that the store holds; the same for the same contents only.
  absl::StatusOr<uint64_t> Fingerprint();
  // OK when the mutation is in the log or settled.
  absl::Status Knows(const std::string& mutation_id);

  store::Env& env() { return *env_; }
  const doors::Doors& doors() const { return *doors_; }

 private:
  class TurnClock final : public base::Clock {
   public:
    base::MonoTime Mono() const override { return {turn * 1000}; }
    base::WallTime Wall() const override { return {1'795'000'000'000 + turn * 1000}; }
    int64_t turn = 0;
  };

  explicit Scenario(uint64_t seed) : seed_(seed), random_(seed) {}

  const uint64_t seed_;
  TurnClock clock_;
  base::SeededRandom random_;
  std::unique_ptr<store::Env> env_;
  std::unique_ptr<doors::Doors> doors_;
};

}  // namespace tideover::crash

#endif  // TIDEOVER_TESTS_CRASH_SCENARIO_H_
