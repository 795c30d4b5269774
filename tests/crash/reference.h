// Reference: the same scenario once, undisturbed: what the store holds after each of its turns. A
// resource of the test; one thread. A store that a crash left is right when it is, to the last
// byte of every record, what it was after some turn, and that turn is not before the last one that
// was answered: so nothing answered is missing, and what was not answered is there whole or not at
// all. The reference itself is held against CheckStore after every turn (view = fold and the rest).
#ifndef TIDEOVER_TESTS_CRASH_REFERENCE_H_
#define TIDEOVER_TESTS_CRASH_REFERENCE_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "crash/child.h"

namespace tideover::crash {

class Scenario;

class Reference {
 public:
  // Runs the scenario; failures are the test's.
  explicit Reference(uint64_t seed);

  uint64_t seed() const { return seed_; }

  // Opens what a crash left in `directory` and returns the turn that it holds: `answered` or the
  // one after it. DATA_LOSS says what is wrong otherwise. `go_on`: one more turn is made and must
  // come out right too.
  absl::StatusOr<int> Verify(const std::string& directory, int answered, bool go_on = false) const;
  // The same, and each mutation id is in the log or settled.
  absl::StatusOr<int> Verify(const std::string& directory, const Answers& answers) const;

 private:
  void Run();
  absl::StatusOr<int> Judge(Scenario* scenario, int answered) const;

  const uint64_t seed_;
  std::vector<uint64_t> after_;  // Fingerprints after each turn; the first: of the new store.
  std::map<uint64_t, int> turns_;
};

}  // namespace tideover::crash

#endif  // TIDEOVER_TESTS_CRASH_REFERENCE_H_
