// What becomes an event: MutationFact, what a commit said of a mutation, and StatusTracker, which
// compares the engine's status with what it was at the last look. Values; no threads of their own.
// The names are those of DataStore's Hub and our own, as sync.proto lists them.
#ifndef TIDEOVER_API_EVENT_TRACKER_H_
#define TIDEOVER_API_EVENT_TRACKER_H_

#include <absl/functional/function_ref.h>

#include <map>
#include <string>
#include <vector>

#include "sync/status_board.h"
#include "tideover/v1/sync.pb.h"
#include "view/commit_notice.h"

namespace tideover::api {

// A mutation as it was when something happened to it.
struct MutationFact {
  uint64_t seq = 0;
  v1::MutationState state = v1::MUTATION_STATE_UNSPECIFIED;
  v1::HoldReason hold = v1::HOLD_REASON_UNSPECIFIED;
  v1::Outcome outcome = v1::OUTCOME_UNSPECIFIED;
};

// The event's name, and the fact; the name is nullptr when it is none.
const char* NameOfSettled(const view::Moved& moved, MutationFact* fact);
const char* NameOfHold(const view::Moved& moved, MutationFact* fact);

// `mutation` is as it is now: says what the fact says instead.
void SetThen(const MutationFact& fact, v1::Mutation* mutation);

class StatusTracker {
 public:
  using Emit = absl::FunctionRef<void(const char* name, absl::FunctionRef<void(v1::Event*)> fill)>;

  // Takes the status as known already.
  void Adopt(const sync::EngineStatus& status);
  // Forgets what was known of the collections; the network stays.
  void BeginSession();
  void Look(const sync::EngineStatus& status, Emit emit);

 private:
  void LookAtLists(const sync::EngineStatus& status, Emit emit);

  bool active_ = true;  // The network.
  bool live_ = false;   // EngineStatus::IsLive.
  std::map<std::string, sync::ListCounts> counts_;
  bool round_open_ = false;  // Between syncQueriesStarted and syncQueriesReady.
  bool ready_ = false;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_EVENT_TRACKER_H_
