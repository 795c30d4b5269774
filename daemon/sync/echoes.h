// Echoes: attempts that nobody answered and that the server may still carry out. Until one has died
// away no other mutation of its document is sent: the late one would undo it. Nor is one of its
// scope, when it ended otherwise than confirmed: the late one would come after it. Where no later
// answer tells what became of it, a list must, one that is asked for after that. A resource of the
// pusher; on the loop thread.
//
// Only in memory: after a crash the log (open sent marks, "unanswered") and the history of settled
// mutations say for which documents to wait.
#ifndef TIDEOVER_SYNC_ECHOES_H_
#define TIDEOVER_SYNC_ECHOES_H_

#include <absl/status/status.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "log/mutation.h"
#include "store/txn.h"
#include "sync/lane_window.h"

namespace tideover::sync {

// Settled mutations, newest by number, that Remember looks through.
inline constexpr uint64_t kEchoesLookedFor = 4096;
// Echoes that are kept before those that have died away are swept out.
inline constexpr size_t kEchoesMax = 1024;

class Echoes {
 public:
  // `seq` went unanswered; the server may carry it out until `until`. `unresolved`: it will not be
  // sent again by itself.
  void Note(uint64_t seq, const log::Mutation& mutation, base::MonoTime until, base::MonoTime now,
            bool unresolved);
  // A mutation of this document ended otherwise than confirmed.
  void Unresolved(const LaneKey& document);
  // The mutation `seq` did; of attempts of it that Note was told of, its scope waits.
  void Ended(uint64_t seq);
  // Notes the mutations of an earlier run that are settled although an attempt went unanswered.
  absl::Status Remember(const store::Reader& reader, base::MonoTime until, base::MonoTime now);
  // How long the mutation `seq` of this document must wait; nothing: it need not.
  std::optional<base::MonoTime> WaitOf(const LaneKey& document, uint64_t seq, base::MonoTime now);
  // How long every mutation of this scope must wait; nothing: it need not, as in no scope ("").
  std::optional<base::MonoTime> WaitOfScope(const std::string& scope, base::MonoTime now);
  // When a list of the collection shows all that became of what nobody answered; nothing: any does.
  std::optional<base::MonoTime> ListAfter(store::CollectionId collection) const;

 private:
  struct Echo {
    uint64_t seq = 0;
    base::MonoTime until;
  };
  struct ScopeEcho {
    std::string scope;
    base::MonoTime until;
  };
  void WantList(store::CollectionId collection, base::MonoTime after);
  // Forgets what has died away, where much is kept.
  void Sweep(base::MonoTime now);

  std::map<LaneKey, Echo> echoes_;
  std::map<uint64_t, ScopeEcho> of_scopes_;      // Of mutations that may still be confirmed.
  std::map<std::string, base::MonoTime> ended_;  // What scopes wait for.
  std::map<store::CollectionId, base::MonoTime> list_after_;
};

}  // namespace tideover::sync

#endif  // TIDEOVER_SYNC_ECHOES_H_
