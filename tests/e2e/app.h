// App, a resource: a program that uses the daemon, as far as tests need one: the C++ client with
// calls that take and give what a test wants to say. Calls fail the test when the daemon refuses
// them, except those named Try. Thread-safe, as the client is.
#ifndef TIDEOVER_TESTS_E2E_APP_H_
#define TIDEOVER_TESTS_E2E_APP_H_

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "tideover/client/connection.h"
#include "tideover/client/failure.h"

namespace tideover::e2e {

// The collection of all tests, bound as packaging/tideover.toml has it.
inline constexpr const char* kTodos = "todos";

// {"content": content}
std::string TodoJson(const std::string& content);

v1::Operation CreateOf(const std::string& content, const std::string& mutation_id = "");
v1::Operation UpdateOf(const std::string& id, const std::string& content);
v1::Operation DeleteOf(const std::string& id);

// The "content" of a document.
std::string ContentOf(const v1::Document& document);

class App {
 public:
  explicit App(const std::string& socket) : connection_(socket) {}

  client::Connection& connection() { return connection_; }

  grpc::Status TryMutate(const v1::MutateRequest& request, v1::MutateResponse* response);
  // One operation that must be refused: why.
  client::Failure Refusal(v1::Operation operation);
  client::Failure Explain(const grpc::Status& status) {
    return client::Explain(status, connection_.socket_path());
  }

  // Answered when durable.
  v1::MutationResult Mutate(v1::Operation operation);
  // Answered when settled, held, or after a while.
  v1::MutationResult MutateAndSettle(v1::Operation operation);
  v1::MutationResult Create(const std::string& content) { return Mutate(CreateOf(content)); }
  // A document that the server has confirmed; its id there.
  std::string CreateSettled(const std::string& content);

  // From the cache alone.
  std::optional<v1::Document> Get(const std::string& id);
  // "" when there is none.
  std::string ContentAt(const std::string& id);
  std::vector<v1::Document> All();
  // Sorted.
  std::vector<std::string> Contents();

  // Empty: the outbox and the dead-letter queue.
  std::vector<v1::Mutation> Mutations(std::initializer_list<v1::MutationState> states = {});
  v1::Mutation Mutation(const std::string& mutation_id);
  grpc::Status TryRetry(const std::string& mutation_id);
  grpc::Status TryDiscard(const std::string& mutation_id, bool with_dependants = false);

  v1::DaemonStatus Status();
  v1::NetworkStatus SetNetwork(v1::NetworkSetting setting);
  // Fetches the list and waits for it.
  grpc::Status TrySync();
  void Sync();

  grpc::Status TrySignIn(const std::string& username, const std::string& password);
  void SignIn(const std::string& username, const std::string& password);
  grpc::Status TrySignOut(v1::SignOutMode mode = v1::SIGN_OUT_MODE_UNSPECIFIED);
  v1::Identity Identity();

  // Nothing is in the outbox; dead letters do not count.
  bool OutboxEmpty();
  // Waits for that, and fails the test with what is still there.
  void WaitForOutboxEmpty(std::chrono::milliseconds limit = std::chrono::seconds(20));
  // Waits until the mutation stands so.
  v1::Mutation WaitForState(const std::string& mutation_id, v1::MutationState state);

 private:
  client::Connection connection_;
};

// A context with a deadline that only a hang reaches.
class Deadline {
 public:
  explicit Deadline(std::chrono::milliseconds limit = std::chrono::seconds(20)) {
    context_.set_deadline(std::chrono::system_clock::now() + limit);
  }
  operator grpc::ClientContext*() { return &context_; }

 private:
  grpc::ClientContext context_;
};

}  // namespace tideover::e2e

#endif  // TIDEOVER_TESTS_E2E_APP_H_
