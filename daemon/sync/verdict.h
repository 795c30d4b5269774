// Verdict: what becomes of a mutation after an attempt. One table over the class of the upstream's
// answer, the kind of mutation, whether an earlier attempt went unanswered, and the collection's
// policy. A pure function: the heart of "never dropped, never sent twice without cause".
//
//   answer        create                                 update, replace, delete
//   confirmed     confirmed                              confirmed
//   rejected      earlier attempt unanswered: verify     rejected (DLQ)
//                 otherwise: rejected (DLQ)
//   rejected, as a bundle of several mutations: again, each for itself
//   conflict      as the collection's conflict mode says (doors/conflict.h)
//   retry         again, after a wait                    again, after a wait
//   unauthorized  again, after sign-in                   again, after sign-in
//   ambiguous     verify | again | hold, as configured   again, after a wait (idempotent by nature)
//
// An increment that the backend offers is not idempotent: ambiguous, it is tried again where the
// configuration says that creates are, and held otherwise. Any other one leaves as a patch.
#ifndef TIDEOVER_SYNC_VERDICT_H_
#define TIDEOVER_SYNC_VERDICT_H_

#include "doors/request.h"
#include "log/mutation.h"
#include "sync/tuning.h"
#include "sync/upstream.h"

namespace tideover::sync {

enum class Next {
  kDone,    // The disk says how it goes on; most often it is settled.
  kAgain,   // Tried again after a wait.
  kHeld,    // Waits for a list (VERIFY) or a person (AMBIGUOUS).
  kSignIn,  // Tried again when somebody has signed in.
};

struct Verdict {
  doors::MergeEvent event;
  Next next = Next::kDone;
};

// Whether the mutation is held until a list of its collection says what became of it.
bool WaitsForList(const Verdict& verdict);

Verdict Judge(uint64_t seq, const log::LogEntry& entry, const CollectionTuning& tuning,
              PushResult result);

// An attempt of an earlier run whose outcome nobody recorded: the same as an ambiguous answer.
Verdict JudgeInterrupted(uint64_t seq, const log::LogEntry& entry, const CollectionTuning& tuning);

}  // namespace tideover::sync

#endif  // TIDEOVER_SYNC_VERDICT_H_
