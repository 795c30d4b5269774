// Plan: everything that a seed decides before its simulation starts: the shape of the world, the
// configuration of the engine, and how often each fault strikes. A value. About half of the faults
// are off in any one plan (swarm testing): rare ones are seen alone, and combinations differ from
// seed to seed.
#ifndef TIDEOVER_TESTS_SIM_PLAN_H_
#define TIDEOVER_TESTS_SIM_PLAN_H_

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "doors/rules.h"
#include "sync/tuning.h"

namespace tideover::sim {

// A bug that is planted to prove that the checkers see it.
enum class Mutant {
  kNone,
  kAnswerBeforeCommit,      // Apps are answered when their write is queued.
  kMergeAnsweredUnwritten,  // The engine is told that an outcome is durable, and it never is.
  kSentMarksLost,           // The mark that an attempt leaves is never written.
  kAmbiguousIsConfirmed,    // "Nobody answered" is taken for "done".
  kAmbiguousIsRetry,        // "Nobody answered" is taken for "not applied".
  kAmbiguousIsRejected,     // "Nobody answered" is taken for "refused".
  kRetryIsRejected,         // A busy server's answer sends the mutation to the DLQ.
  kTimerLost,               // Now and then the engine's timer is not armed.
  kListGuardOff,            // Lists claim to have been asked for just now.
  kAbsenceAlwaysProves,     // A create that no list shows is sent again at once.
  kEmptyListOnFailure,      // A failed list is taken for an empty one.
  kCommitNoticeLost,        // Now and then the engine is not told what was committed.
};
inline constexpr int kMutantCount = 13;
const char* NameOf(Mutant mutant);

struct Plan {
  uint64_t seed = 0;
  Mutant mutant = Mutant::kNone;

  // ---- The world ----
  int daemons = 1;
  int rounds = 1;      // Each: chaos, then calm, then everything must agree.
  int operations = 0;  // Calls of apps in each round.
  int64_t chaos_ms = 0;
  // The server has a ledger, and honours ids of clients.
  bool ledger = false;
  // The server has versions: a write that was made on another one is a conflict.
  bool versions = false;
  // The daemons are two identities of one machine: one of them is up at a time.
  bool identities = false;
  // The server tells changes by itself.
  bool live = false;
  double message_bare = 0;  // Share of its messages that do not say what changed.
  int documents_max = 0;    // Creates stop when a daemon sees so many documents.

  // ---- The engine ----
  sync::Tuning tuning;
  doors::ConflictMode conflict = doors::ConflictMode::kLastWriteWins;
  doors::Prefer prefer = doors::Prefer::kServer;
  bool wide_answers = false;  // The server says the whole document in its answers.
  bool offers = false;        // The server has increment, add_to_set and remove.
  double invokes = 0;         // Share of operations that invoke one of the server's.
  double refers = 0;          // Share of writes and invokes that name another document.
  double scoped = 0;          // Share of operations that name a scope.
  double named = 0;           // Share of calls whose mutations have ids of the app.
  double twin = 0;            // Share of creates whose content others have, too.
  double poison = 0;          // Share of writes that the server will refuse; half as many make
                              // a document that it will not delete.
  double stuck = 0;           // Share of writes that the server never answers for.

  // ---- Faults: the chance for each request, answer, turn or second ----
  double unsent = 0;           // The request never leaves, and we know.
  double request_lost = 0;     // The request never arrives, and we do not know.
  double answer_lost = 0;      // Applied; the answer never arrives.
  double reset_early = 0;      // The connection breaks; the server goes on and applies it later.
  double slow = 0;             // Request or answer takes seconds.
  double duplicate = 0;        // The request arrives twice (only with a ledger).
  double forbidden = 0;        // 403.
  double busy = 0;             // 429 with Retry-After.
  double server_error = 0;     // 5xx, with and without effect.
  double company_refused = 0;  // A request is refused because of one of the mutations in it.
  double list_failure = 0;     // The list is refused, or is no list.
  double disk_full = 0;        // A turn is refused for want of room.
  double crash_turn = 0;       // The process dies just before or just after a commit.
  double crash_second = 0;     // The process dies at any moment.
  double partition = 0;        // The network goes away for a while.
  double silence = 0;          // Packets vanish for a while (half-open connections).
  double suspend = 0;          // A machine sleeps for a while.
  double restore = 0;          // The server is backed up, and restored from the backup.
  double upgrade = 0;          // A process that died comes back with other tuning.
  double switch_identity = 0;  // The other identity signs in.
  double sign_out = 0;         // The token is refused until somebody signs in.
  double operator_acts = 0;    // Retry, Discard, offline, online, sync now.
  double wall_jump = 0;
  double foreign_write = 0;  // Another program writes to the server.
  double message_lost = 0;   // What the server tells is lost, and nobody notices.
  double message_late = 0;   // It comes late or twice, after what was told later.
  double live_cut = 0;       // Whoever listens is cut off, and told soon.
};

// What an upgrade changes: sizes of windows, requests and bundles.
void DrawSizes(base::Random& random, sync::PushTuning* push);

Plan MakePlan(uint64_t seed, Mutant mutant);

}  // namespace tideover::sim

#endif  // TIDEOVER_TESTS_SIM_PLAN_H_
