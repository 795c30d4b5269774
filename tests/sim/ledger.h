// Ledger: what the test knows, independently of the daemon: which calls were answered, what became
// of each mutation, what the server did; and the checkers that hold this against the store. A
// resource of the simulation. Every violation ends the simulation through World::Fail.
//
// Invariants of design section 15 and where they are checked:
//   1  answered means durable          OnOpened (after each crash), CheckQuiet
//   2  order at the server             OnEffects
//      and what leaves is in the log   OnSend; under the same mutation id for ever
//   3  once, where there is a ledger   OnEffects; each write does what its mutations say
//   4  view = fold(base, pending)      OnTurn, by support::CheckStore
//      and no base goes back in time   CheckNotOlder
//      and no pending document's base vanishes, no document is shown twice: CheckTouched
//   5  all agree when all is quiet     CheckQuiet
//      and the server has what was confirmed, each once, in log order: CheckHistories
//   6  identities are apart            CheckTaint; at the server by ModelServer
//   7  what watchers see               Watcher
//   8  one end for each mutation       OnTurn; confirmed means carried out, created means created
//      once, and a refused one was not carried out unless it says that it may have been
//   9  what is stuck stops nobody      CheckQuiet: only it and what needs it is left
//  10  indexes are exact               OnTurn: there are none
// WireCheck holds what is sent against this, VersionCheck what was overwritten.
#ifndef TIDEOVER_TESTS_SIM_LEDGER_H_
#define TIDEOVER_TESTS_SIM_LEDGER_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "doors/doors.h"
#include "sim/model_server.h"
#include "sim/plan.h"
#include "sim/version_check.h"
#include "sim/wire_check.h"
#include "sim/world.h"
#include "store/env.h"
#include "view/coalesce.h"

namespace tideover::sim {

doors::RulesByCollection SimRules(const Plan& plan);
// "finish" is not sent again when its outcome is unknown, "notify" is.
doors::RulesByOperation SimOperations();

// What is known of one mutation of one daemon.
struct Fate {
  log::Mutation mutation;                                                       // As it was logged.
  log::SettledEntry::Outcome outcome = log::SettledEntry::OUTCOME_UNSPECIFIED;  // Pending.
  log::Mutation last;                                                           // As it ended.
  std::string reached;    // The document that it reached, by the server's id.
  bool answered = false;  // An app was told that it is durable.
  bool retried = false;   // A person asked for another attempt: its order and number are theirs.
  bool edited = false;    // A person put something else in its place.
  bool resend = false;    // The policy is to send again whatever happens.
  bool asks = false;      // The policy is to ask a person what became of it.
  // It calls a document of ours by the server's id, when nobody here knew yet that it is ours: its
  // order among those that call it by ours is nobody's promise.
  bool as_stranger = false;
};

class Ledger {
 public:
  Ledger(World& world, const Plan& plan, ModelServer& server, WireCheck& wire,
         VersionCheck& versions)
      : world_(world), plan_(plan), server_(server), wire_(wire), versions_(versions) {}

  // ---- What happens ----
  void OnAnswered(int daemon, const doors::CommitAnswer& answer);
  // Mutant::kAnswerBeforeCommit.
  void OnAnsweredEarly(int daemon, const doors::Request& request);
  void OnTurn(int daemon, store::Env& env, const doors::Doors& doors,
              const view::CommitNotice& notice);
  void OnOpened(int daemon, store::Env& env, const doors::Doors& doors);
  // A person is about to ask for it.
  void OnAsked(int daemon, uint64_t seq, doors::OutboxRequest::Verb verb);
  void OnSend(int daemon, const store::Reader& reader, const sync::PushRequest& request);
  void OnEffects();

  // ---- When all is quiet ----
  void CheckQuiet(int daemon, store::Env& env, const doors::Doors& doors);

 private:
  using Key = Author;
  void CheckWhole(int daemon, store::Env& env, const doors::Doors& doors);
  void CheckAnswered(int daemon, const store::Reader& reader);
  void CheckDocuments(int daemon, const store::Reader& reader, const doors::Doors& doors);
  void CheckOutbox(int daemon, const store::Reader& reader);
  void CheckTwins(int daemon);
  void CheckIdMap(int daemon, const store::Reader& reader);
  void CheckTaint(int daemon, const store::Reader& reader, const doors::Doors& doors);
  void CheckDone(const Effect& effect);
  void CheckNames(int daemon, const sync::PushRequest& request);
  void CheckHistories(int daemon);
  void CheckTouched(int daemon, const store::Reader& reader, const view::CommitNotice& notice);
  void CheckShownOnce(int daemon, const store::Reader& reader, const view::Change& change);
  void CheckKnown(const Key& key);
  void CheckOrder(const Effect& effect);
  void CheckNotOlder(int daemon, const store::Reader& reader, const doors::Doors& doors,
                     const view::CommitNotice& notice);
  void Learn(int daemon, const store::Reader& reader, uint64_t seq, const doors::Doors& doors);
  void Settle(int daemon, const store::Reader& reader, uint64_t seq);
  void OnDiscarded(const Key& key, const log::Mutation& mutation);
  bool HasTwin(const Fate& fate) const;
  bool Excused(const Key& key, const Fate& fate) const;
  bool CreateIsExcused(int daemon, const Fate& fate) const;
  bool BroughtBack(int daemon, const log::SettledEntry& settled) const;

  // A document of a daemon, as the newest commit that touched it left it.
  struct Touched {
    bool base = false;
    uint32_t pending = 0;
    int64_t version = 0;
  };
  using Place = std::tuple<int, store::CollectionId, std::string>;

  World& world_;
  const Plan& plan_;
  ModelServer& server_;
  WireCheck& wire_;
  VersionCheck& versions_;
  std::map<Place, Touched> touched_;
  // What left, as the log had it then: by its first mutation and that one's attempt.
  std::map<std::pair<Key, uint32_t>, std::map<uint64_t, view::Write>> sent_;
  std::map<Key, Fate> fates_;
  std::set<std::string> early_;  // Mutation ids of kAnswerBeforeCommit.
  std::map<std::pair<int, std::string>, uint64_t> newest_of_document_;
  std::map<std::pair<int, std::string>, std::vector<uint64_t>> newest_bundle_;  // What it was in.
  std::map<std::pair<int, std::string>, uint64_t> newest_of_scope_;
  std::set<Key> in_whole_;     // Sums that reached the server as part of a whole document.
  std::set<std::string> odd_;  // Documents of which a mutation ended otherwise than confirmed.
  int restores_ = 0;           // Of the server, that newest_of_... know of.
  uint64_t turns_ = 0;
};

}  // namespace tideover::sim

#endif  // TIDEOVER_TESTS_SIM_LEDGER_H_
