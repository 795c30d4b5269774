// A tideoverd for tests of its clients: serves the API on a Unix-domain socket in a directory of
// its own, from memory, and does as the test's public fields say. Resource: owned by the test.
// Fields are written before a call and read after it; the services lock `mutex` while they use
// them. It keeps no promise of the daemon (nothing is durable, nothing is sent): it only speaks its
// API.
#ifndef TIDEOVER_TESTS_CLIENTS_FAKE_DAEMON_H_
#define TIDEOVER_TESTS_CLIENTS_FAKE_DAEMON_H_

#include <grpcpp/server.h>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tideover/v1/auth.grpc.pb.h"
#include "tideover/v1/data.grpc.pb.h"
#include "tideover/v1/outbox.grpc.pb.h"
#include "tideover/v1/sync.grpc.pb.h"

namespace tideover::test {

// A status as the daemon makes it, with its reason in the details.
grpc::Status MakeError(grpc::StatusCode code, v1::ErrorReason reason, const std::string& message,
                       const std::string& remedy);

class FakeDaemon {
 public:
  FakeDaemon();
  ~FakeDaemon();
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;

  const std::string& socket_path() const { return socket_path_; }

  std::mutex mutex;
  std::condition_variable changed;

  // Every call is answered by this while it is no OK.
  grpc::Status failure;

  // What Get and Query read and what Mutate writes (creates get the ids `id-1`, `id-2`, …).
  std::map<std::string, std::map<std::string, v1::Document>> documents;
  bool stale = false;
  // With WAIT_SETTLED, how each mutation settles; otherwise it stays queued.
  std::optional<v1::Settlement> settlement;
  // A create of this JSON is refused by INVALID_ARGUMENT.
  std::string refused_json;
  std::vector<v1::MutateRequest> mutate_requests;
  std::vector<v1::QueryRequest> query_requests;
  v1::GetRequest get_request;

  // What Watch sends, and how it then ends.
  std::vector<v1::WatchResponse> watch_messages;
  grpc::Status watch_end;
  v1::WatchRequest watch_request;

  // What the outbox holds.
  std::vector<v1::Mutation> mutations;
  v1::OutboxCounts counts;
  v1::ListMutationsRequest list_request;
  v1::RetryRequest retry_request;
  v1::DiscardRequest discard_request;
  v1::EditRequest edit_request;
  v1::HoldRequest hold_request;
  v1::ReleaseRequest release_request;
  v1::ResolveConflictRequest resolve_request;
  v1::ExportRequest export_request;

  // What an Invoke becomes.
  v1::MutationResult invoke_result;
  v1::InvokeRequest invoke_request;

  // What WatchEvents sends, and how it then ends.
  std::vector<v1::Event> events;
  grpc::Status events_end;
  v1::WatchEventsRequest events_request;
  v1::InvalidateRequest invalidate_request;

  // What GetStatus and WatchStatus say.
  v1::DaemonStatus status;
  v1::SyncRequest sync_request;
  // Sync answers only after WatchStatus has sent `status` once.
  bool sync_waits_for_watcher = false;
  bool status_watched = false;
  // WatchStatus stays open until the daemon ends.
  bool status_watch_stays = false;
  bool ending = false;

  // Who may sign in, and what is asked of them after the password.
  std::string password = "correct";
  std::optional<v1::Challenge> challenge;
  std::string challenge_answer;
  v1::Identity identity;
  v1::SignOutRequest sign_out_request;
  v1::OutboxCounts counts_at_sign_out;

 private:
  struct Services;

  std::string directory_;
  std::string socket_path_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace tideover::test

#endif  // TIDEOVER_TESTS_CLIENTS_FAKE_DAEMON_H_
