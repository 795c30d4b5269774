// Backend, a resource: the to-do backend of packaging/backend as a child process, on free ports and
// with its data in a directory of its own; and the tests' door of it: faults, counts, and the
// documents as another program would see and change them. One thread uses it.
//
// Most tests share one (Shared), emptied before each of them; it ends with the test binary.
#ifndef TIDEOVER_TESTS_E2E_BACKEND_H_
#define TIDEOVER_TESTS_E2E_BACKEND_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "support/process.h"
#include "support/temp_dir.h"

namespace tideover::e2e {

struct BackendOptions {
  int token_seconds = 3600;
  // HTTPS, with HTTP/2, under an authority of the backend's own (BackendReady::ca_file).
  bool tls = false;
};

// What READY said.
struct BackendReady {
  std::string graphql_url;
  std::string api_key;
  std::string cognito_endpoint;
  std::string user_pool_id;
  std::string user_pool_client_id;
  std::string username;
  std::string password;
  std::string control_url;
  std::string amplify_outputs;
  std::string ca_file;  // Empty without TLS.
};

struct StoredTodo {
  std::string id;
  std::string content;
  std::string username;
};
void PrintTo(const StoredTodo& todo, std::ostream* out);  // for gtest

// Of one field of the schema: how often it stood in a request, was executed, and was answered.
struct OperationCounts {
  int64_t requested = 0;
  int64_t executed = 0;
  int64_t answered = 0;
};

class Backend {
 public:
  explicit Backend(BackendOptions options = {});

  // The one of this test binary, with default options.
  static Backend& Shared();

  const BackendReady& ready() const { return ready_; }

  // No documents, no faults, no counts.
  void Reset();
  // `description` is JSON as packaging/backend/README.md has it. Returns the fault's id.
  int64_t AddFault(std::string_view description);
  int64_t HitsOf(int64_t fault);
  void ClearFaults();
  OperationCounts CountsOf(std::string_view operation);
  // Connections since the last ClearCounts(), and the most requests that were under way at once.
  int64_t Connections();
  int64_t InFlightMax();
  void ClearCounts();

  // Of all users, in order of insertion.
  std::vector<StoredTodo> Documents();
  // Their contents, sorted.
  std::vector<std::string> Contents();
  // What another writer does. `username` empty: the user of the API key.
  std::string Insert(std::string_view content, std::string_view username = "");
  void Change(std::string_view id, std::string_view content);
  void Remove(std::string_view id);

  // Every token made until now is refused from now on.
  void ExpireTokens();
  void AddUser(std::string_view email, std::string_view password);

  // As if the machine behind the address were gone; Start() brings it back at the same address.
  void Stop();
  void Start();

 private:
  json::Value Control(std::string_view method, const std::string& path, std::string_view body = "");
  void CognitoCall(std::string_view call, const json::Value& body);

  const BackendOptions options_;
  support::TempDir directory_;
  std::unique_ptr<support::Process> process_;
  BackendReady ready_;
};

// {"name":"value",...}, for bodies and faults.
json::Value ObjectOf(std::initializer_list<std::pair<std::string_view, std::string_view>> members);

}  // namespace tideover::e2e

#endif  // TIDEOVER_TESTS_E2E_BACKEND_H_
