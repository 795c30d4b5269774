// What enters by the two doors, and what is answered. Values; they cross from gRPC threads and the
// loop to the writer in a queue.
#ifndef TIDEOVER_DOORS_REQUEST_H_
#define TIDEOVER_DOORS_REQUEST_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "doors/operation.h"
#include "log/mutation.h"
#include "store/keys.h"

namespace tideover::doors {

// ---- The commit door ----

// All operations are applied, or none.
struct CommitRequest {
  std::vector<Operation> operations;
};

struct OperationAnswer {
  std::string mutation_id;
  // 0: a delete of a document that was missing and was allowed to be; nothing was logged.
  uint64_t seq = 0;
  std::string document_id;
  // The commit that last changed the document's view.
  uint64_t revision = 0;
  // The mutation id was known: this is what became of the first call. Nothing was written.
  bool repeated = false;
  store::CollectionId collection = 0;
  // It is held (DEPENDENCY): it references a document that nothing makes.
  bool held = false;
};

struct CommitAnswer {
  uint64_t commit = 0;
  std::vector<OperationAnswer> operations;
};

// What an operator asks of mutations, by sequence number.
struct OutboxRequest {
  enum class Verb {
    kRetry,       // From the DLQ back to the outbox; a held one is let go.
    kDiscard,     // Out of outbox or DLQ, for good.
    kEdit,        // It writes `json` from now on, in the form of Mutation.json.
    kHold,        // Held for OPERATOR until kRelease.
    kRelease,     // Lets go what kHold held.
    kKeepOurs,    // Held for CONFLICT: sent again on top of the server's document.
    kKeepTheirs,  // Held for CONFLICT: the server's document stands, the mutation is discarded.
    kMerged,      // Held for CONFLICT: the document is to be `json`, sent in its place.
  };
  Verb verb = Verb::kRetry;
  uint64_t seq = 0;
  std::string json = {};
};

// ---- The merge door ----

// Outcomes name the head of what was sent: a mutation, or a bundle (PushState.bundle_last), whose
// members share every outcome but a refusal.

// An attempt is about to leave (the sent mark).
struct Sent {
  uint64_t seq = 0;
  // The newest mutation of the bundle that leaves as one write; 0: it leaves alone.
  uint64_t last = 0;
};

// The server applied the mutation.
struct Confirmed {
  uint64_t seq = 0;
  // The whole document as the server has it now, when it said so.
  std::optional<json::Value> document;
  // The id that the server chose; empty: the document's own.
  std::string server_id;
  // What a custom operation answered, JSON text.
  std::string result_json = {};
};

// Nothing of a document was ever sent, from its create to its delete: all of it ends as cancelled.
struct Cancelled {
  uint64_t seq = 0;   // The create.
  uint64_t last = 0;  // The delete.
};

// The server holds another version than the mutation was made on. What follows is the collection's
// conflict mode.
struct Conflicted {
  uint64_t seq = 0;
  log::PushError error;
  // The server's document; empty: it has none (any more).
  std::optional<json::Value> document;
};

// The server refused the mutation for good: to the dead-letter queue.
struct Rejected {
  uint64_t seq = 0;
  log::PushError error;
  std::optional<json::Value> document;
};

// The attempt ended otherwise: the mutation stays in the outbox.
struct Deferred {
  uint64_t seq = 0;
  log::PushError error;
  // Whether the server applied it is unknown.
  bool unanswered = false;
  // NONE: it is tried again by itself.
  log::PushState::Hold hold = log::PushState::NONE;
  // It must not share a write with others again.
  bool alone = false;
};

// A whole list of a collection, as the server read it at some moment after it was asked for.
struct List {
  store::CollectionId collection = 0;
  // The newest commit when the list was asked for.
  uint64_t asked_commit = 0;
  base::WallTime asked_wall;
  // Every document, with its id member.
  std::vector<json::Value> documents;
  // Creates with server-made ids that were under way at some moment since the list was asked for,
  // or whose outcome is unknown: a new document that looks like one of them may be it.
  std::vector<uint64_t> suspects;
  // The list was asked for so late that a mutation in hold VERIFY which is not in it was certainly
  // not applied; for each of `suspects`, in the same order.
  std::vector<bool> absence_is_proof;
};

// The server told by itself how a document is now, or was at some moment since we listen.
struct Told {
  store::CollectionId collection = 0;
  // Whole, with its id member; of one that is deleted what is left, marked `_deleted`.
  json::Value document;
};

using MergeEvent =
    std::variant<Sent, Confirmed, Cancelled, Conflicted, Rejected, Deferred, List, Told>;

struct MergeRequest {
  std::vector<MergeEvent> events;
};

struct MergeAnswer {
  uint64_t commit = 0;
  // Documents kept their state, because what was said of them may be older than they are: the
  // collection should be listed (again).
  bool list_again = false;
  // The list left out documents that something pending touches, and they are still here: once that
  // has settled, only another list tells whether they are.
  bool absent_kept = false;
  // Of the server's documents, what a list or a message brought, changed and no longer had.
  uint64_t added = 0;
  uint64_t updated = 0;
  uint64_t removed = 0;
};

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_REQUEST_H_
