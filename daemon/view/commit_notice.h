// CommitNotice: what one commit changed, as told to watchers, waiting callers and the sync engine
// after it is durable. A value; keys only, never documents: whoever is told reads the present view
// when it can use it.
#ifndef TIDEOVER_VIEW_COMMIT_NOTICE_H_
#define TIDEOVER_VIEW_COMMIT_NOTICE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "log/mutation.h"
#include "store/keys.h"

namespace tideover::view {

// The view of a document changed, or it came or went.
struct Change {
  store::CollectionId collection = 0;
  std::string id;
  // The provisional id that `id` replaced in this commit; empty otherwise.
  std::string previous_id;
};

// A mutation entered the outbox (or came back to it from the dead-letter queue).
struct Enqueued {
  uint64_t seq = 0;
  store::CollectionId collection = 0;
  std::string document_id;
  std::string scope;
};

// A mutation left the outbox for good, or its hold changed.
struct Moved {
  uint64_t seq = 0;
  store::CollectionId collection = 0;
  std::string document_id;
  log::SettledEntry::Outcome outcome = log::SettledEntry::OUTCOME_UNSPECIFIED;  // Unspecified: held
  log::PushState::Hold hold = log::PushState::NONE;
  // The lanes of a settled invoke: their documents lose what it showed, and they move on.
  std::vector<log::DocumentKey> effects = {};
  // Confirmed where there are versions, and nobody said as which one: only a list will tell.
  bool unproven = false;
};

struct CommitNotice {
  uint64_t commit = 0;
  std::vector<Change> changes;
  std::vector<Enqueued> enqueued;
  std::vector<Moved> settled;
  // Holds set or lifted; `hold` says to what.
  std::vector<Moved> holds;
  // Attempts that ended otherwise than well: the mutation stays in the outbox.
  std::vector<Moved> deferred;
  // Lanes in which a mutation no longer waits for a document of another lane.
  std::vector<log::DocumentKey> freed;

  size_t size() const {
    return changes.size() + enqueued.size() + settled.size() + holds.size() + deferred.size() +
           freed.size();
  }
  bool empty() const { return size() == 0; }
};

}  // namespace tideover::view

#endif  // TIDEOVER_VIEW_COMMIT_NOTICE_H_
