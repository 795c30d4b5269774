// PlantedBug: bugs of the engine that are there only to prove that the simulator sees them. Where
// one is planted stands PLANTED_BUG(kName): the constant false in every normal build, and a switch
// in the second set of engine objects that tests/sim compiles with TIDEOVER_PLANTED_BUGS.
//
// In that set one bug at a time is on: the one that `planted_bug` names. Nothing of the daemon is
// ever built so. A mark belongs into a .cc file (headers are shared by both sets), is one line
// long, and says by its name what goes wrong.
#ifndef TIDEOVER_BASE_PLANTED_BUG_H_
#define TIDEOVER_BASE_PLANTED_BUG_H_

#define TIDEOVER_PLANTED_BUG_LIST(X) \
  X(kAmbiguousForgotten)             \
  X(kAmbiguousSentAgain)             \
  X(kRefusedSentAgain)               \
  X(kBundleRefusedWhole)             \
  X(kDroppedOn503)                   \
  X(kDroppedOn401)                   \
  X(kInterruptedIsFresh)             \
  X(kBackoffNeverEnds)               \
  X(kProbeNeverSent)                 \
  X(kProbeNeverEnds)                 \
  X(kOfflineIgnored)                 \
  X(kEchoIgnored)                    \
  X(kEchoLostAtRestart)              \
  X(kFlowRunsDry)                    \
  X(kHeldLanesFillWindow)            \
  X(kNewOnesNotRead)                 \
  X(kRenameLeavesWindow)             \
  X(kScopeNeverFreed)                \
  X(kScopeIgnored)                   \
  X(kNewIdOnRetry)                   \
  X(kBundleSendsNewestOnly)          \
  X(kLaneNeverReleased)              \
  X(kUnmarkedStuck)                  \
  X(kPauseIgnored)                   \
  X(kVerifyForgotten)                \
  X(kRetryAfterIgnored)              \
  X(kCertainTooEarly)                \
  X(kAnswersSwapped)                 \
  X(kOutcomeDropped)                 \
  X(kSuspectsForgotten)              \
  X(kSyncUnanswered)                 \
  X(kAnsweredBeforeCommit)           \
  X(kBundleRecomposed)               \
  X(kHeldOneJoins)                   \
  X(kRepeatedCallApplied)            \
  X(kIdMapSkipped)                   \
  X(kRenameLeavesLane)               \
  X(kOnlyHeadSettled)                \
  X(kOlderListAccepted)              \
  X(kOlderMessageAccepted)           \
  X(kAbsenceDeletesPending)          \
  X(kAbsenceAlwaysProves)            \
  X(kOwnCreateNotSeen)               \
  X(kSentMarkSkipped)                \
  X(kUnansweredForgotten)            \
  X(kBundleForgotten)                \
  X(kDependantsNotHeld)              \
  X(kCancelledStillShown)            \
  X(kOutcomeLost)                    \
  X(kNeverLetGo)                     \
  X(kDeadLetterLost)                 \
  X(kDiscardStillShown)              \
  X(kRevisionNotMoved)               \
  X(kChangeNotTold)                  \
  X(kIncrementSentAgain)             \
  X(kInvokeSentAgain)                \
  X(kTheirsIgnored)                  \
  X(kMergeLosesOurs)                 \
  X(kConflictOverwrites)             \
  X(kReferenceSentEarly)             \
  X(kReferencesNotClosed)            \
  X(kEffectsStillShown)              \
  X(kSeenNotKept)                    \
  X(kOwnWriteNotFollowed)            \
  X(kMissedNotListed)                \
  X(kHintNotListed)                  \
  X(kListensOnce)

namespace tideover::base {

enum class PlantedBug {
  kNone,
#define TIDEOVER_PLANTED_BUG_NAME(name) name,
  TIDEOVER_PLANTED_BUG_LIST(TIDEOVER_PLANTED_BUG_NAME)
#undef TIDEOVER_PLANTED_BUG_NAME
};

// Defined by the simulator's mutant binary only.
extern PlantedBug planted_bug;

}  // namespace tideover::base

#ifdef TIDEOVER_PLANTED_BUGS
#define PLANTED_BUG(name) (::tideover::base::planted_bug == ::tideover::base::PlantedBug::name)
#else
#define PLANTED_BUG(name) false
#endif

#endif  // TIDEOVER_BASE_PLANTED_BUG_H_
