// Upstream: the backend as the sync engine sees it: mutations go out, alone or several together,
// lists come in, changes are told while somebody listens, and every answer is a value of one of a
// few classes. The engine knows no GraphQL and does no I/O; appsync/ implements this over HTTP and
// a WebSocket, the simulator over a model server.
//
// All calls are made on the loop thread. Every call is answered exactly once, on the loop thread,
// never before the call has returned, and always within the implementation's own deadline: an
// upstream that could stay silent would wedge a lane. Destroying the upstream drops what is
// unanswered; nothing is called back after that. An implementation must hold back nothing: it keeps
// no queue of its own, and refreshes credentials once, for all calls, before it answers
// kUnauthorized.
#ifndef TIDEOVER_SYNC_UPSTREAM_H_
#define TIDEOVER_SYNC_UPSTREAM_H_

#include <absl/functional/any_invocable.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "tideover/storage/v1/log.pb.h"

namespace tideover::sync {

using Mutation = storage::v1::Mutation;

// How an attempt ended. Decided by one table in the implementation, from the transport's result,
// the HTTP status, the backend's errors and the success conditions of the binding.
enum class PushClass {
  kConfirmed,     // The server applied it (now or in an earlier attempt).
  kRejected,      // The server refused it for good and did not apply this attempt.
  kConflict,      // The server holds another version: `document` is it.
  kRetry,         // Certainly not applied by this attempt; trying again may help.
  kUnauthorized,  // Certainly not applied; the credentials are refused even after a refresh.
  kAmbiguous,     // Whether it was applied is unknown.
};

// What the server or the transport said, for people and for the outbox.
struct PushError {
  std::string message;
  uint32_t http_status = 0;  // 0: no answer.
  std::string error_type;    // AppSync's errorType; empty: none.
};

struct PushRequest {
  // Of the mutation, or of the bundle's head.
  uint64_t seq = 0;
  // All that it carries, in log order: one mutation, or a bundle of one document's.
  std::vector<uint64_t> seqs;
  // The mutation as logged, an INVOKE too, which has no document; document_id is the server's id
  // once it is known. Of a bundle: its newest mutation, with the kind and the change that all of
  // them come to. An INCREMENT, ADD_TO_SET or REMOVE that the backend does not offer comes as the
  // UPDATE that it is.
  Mutation mutation;
  // The document as it is after this mutation (nothing for a delete): the arguments that a backend
  // demands beside the changed fields are taken from it.
  std::optional<json::Value> document;
  // What the app asked to change: the document of a create or replace, the patch of an update, the
  // arguments of an invoke.
  json::Value change;
  // 1 for the first attempt.
  uint32_t attempt = 1;
  // The server's version of the document that the change was made on; 0: none is known.
  int64_t base_version = 0;
};

struct PushResult {
  PushClass outcome = PushClass::kAmbiguous;
  PushError error;
  // The whole document as the server has it now, if it said so. Its id field is set.
  std::optional<json::Value> document;
  // The id that the server chose; set for a confirmed create with ids = "server".
  std::string server_id;
  // How long the server asks us to wait (Retry-After).
  std::optional<base::Millis> retry_after;
  // With kRetry: the server refused the request that it shared with others, and may take it alone.
  // With kAmbiguous: the answer to all of them is what cannot be read, and alone it may be.
  bool alone = false;
  // The server asks for fewer requests.
  bool throttled = false;
  // What a custom operation answered, JSON text.
  std::string result_json;
};

struct ListRequest {
  std::string collection;
};

struct ListResult {
  // kConfirmed, kRetry, kUnauthorized or kRejected (the backend answers, but not with a list).
  PushClass outcome = PushClass::kRetry;
  PushError error;
  // Whole list; each is an object with its id field set. Only for kConfirmed.
  std::vector<json::Value> documents;
  std::optional<base::Millis> retry_after;
};

// ---- What the backend tells by itself ----
//
// Hints, no log: nothing is told again, the order means nothing, and any message may be lost, come
// twice or come late, also right after LiveBegun.

// What is changed from now on is told; what was changed before must be listed.
struct LiveBegun {};

struct LiveChange {
  // The whole document as it is after the change, its id field and, where the collection has
  // versions, its version set; of a deletion what is left of the document, marked `_deleted`.
  // Nothing: something has changed, and only a list will tell what.
  std::optional<json::Value> document;
};

// Nothing more is told; the last event.
struct LiveEnded {
  // kRetry: trying again may help. kUnauthorized. kRejected: the backend refuses to tell, and the
  // configuration or the schema must change first.
  PushClass outcome = PushClass::kRetry;
  PushError error;
  std::optional<base::Millis> retry_after;
};

using LiveEvent = std::variant<LiveBegun, LiveChange, LiveEnded>;

// True: the backend could not be reached at all (no route, refused, DNS, TLS). The engine takes it
// for a sign that the network or the backend is down, not that this request is bad.
inline bool IsUnreachable(const PushError& error) { return error.http_status == 0; }

class Upstream {
 public:
  using PushDone = absl::AnyInvocable<void(std::vector<PushResult>)>;
  using OnLive = absl::AnyInvocable<void(LiveEvent)>;

  virtual ~Upstream() = default;
  // How many of the requests, from the first on, can travel together: at least 1. A limit of the
  // backend (bytes, size of a query, operations that cannot share a request), not of the moment.
  virtual size_t FitTogether(std::span<const PushRequest> requests) const = 0;
  // Sends them in one request, in this order; one result for each, in the same order. They are of
  // different documents or custom operations, and each has its own outcome.
  virtual void Push(std::vector<PushRequest> requests, PushDone done) = 0;
  virtual void List(ListRequest request, absl::AnyInvocable<void(ListResult)> done) = 0;
  // Whether changes of the collection can be listened to.
  virtual bool Tells(const std::string& collection) const = 0;
  // Listens to the changes of a collection that Tells(): LiveBegun or LiveEnded within the
  // deadline, changes after LiveBegun, LiveEnded at last, also when the connection died without a
  // word. Once at a time for each collection. `on_event` may call StopListening.
  virtual void Listen(const std::string& collection, OnLive on_event) = 0;
  // No event comes any more, LiveEnded neither. Nothing, when nobody listens.
  virtual void StopListening(const std::string& collection) = 0;
  // New credentials are there (sign-in), or the network changed: drop idle connections and what is
  // remembered about refused tokens. Requests under way go on. Who listens may be told LiveEnded.
  virtual void Reset() = 0;
};

}  // namespace tideover::sync

#endif  // TIDEOVER_SYNC_UPSTREAM_H_
