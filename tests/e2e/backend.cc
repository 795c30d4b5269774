#include "e2e/backend.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "support/http_call.h"

namespace tideover::e2e {
namespace {

// A cold start on a busy machine takes a while.
constexpr std::chrono::seconds kStartLimit{60};

std::string TextIn(const json::Value& object, std::string_view name) {
  const json::Value* value = object.Find(name);
  return value != nullptr && value->is_string() ? value->text() : "";
}

int64_t IntIn(const json::Value& object, std::string_view name) {
  const json::Value* value = object.Find(name);
  return value == nullptr ? 0 : value->AsInt64().value_or(0);
}

std::string PortOf(const std::string& url) {
  const size_t colon = url.rfind(':');
  return url.substr(colon + 1, url.find('/', colon) - colon - 1);
}

// Takes the shared backend away before the program's static objects go.
class SharedBackend final : public testing::Environment {
 public:
  Backend& Get() {
    if (backend_ == nullptr) backend_ = std::make_unique<Backend>();
    return *backend_;
  }
  void TearDown() override { backend_.reset(); }

 private:
  std::unique_ptr<Backend> backend_;
};

auto* const shared_backend = static_cast<SharedBackend*>(
    testing::AddGlobalTestEnvironment(new SharedBackend));  // gtest owns it

}  // namespace

void PrintTo(const StoredTodo& todo, std::ostream* out) {
  *out << todo.id << " " << todo.content << " of " << todo.username;
}

json::Value ObjectOf(std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
  json::Value object = json::Value::Object();
  for (const auto& [name, value] : members) object.Set(name, json::Value::String(value));
  return object;
}

Backend& Backend::Shared() { return shared_backend->Get(); }

Backend::Backend(BackendOptions options) : options_(options) { Start(); }

void Backend::Start() {
  const std::string source = TIDEOVER_BACKEND_DIR;
  if (!std::filesystem::exists(source + "/node_modules/tsx")) {
    ADD_FAILURE() << "the backend's packages are missing: npm ci --prefix " << source;
    return;
  }
  const bool again = !ready_.graphql_url.empty();
  support::ProcessOptions process;
  process.words = {"node",
                   "--import",
                   "tsx",
                   "local/main.ts",
                   "--data",
                   directory_.path(),
                   "--port",
                   again ? PortOf(ready_.graphql_url) : "0",
                   "--cognito-port",
                   again ? PortOf(ready_.cognito_endpoint) : "0",
                   "--control-port",
                   again ? PortOf(ready_.control_url) : "0",
                   "--token-seconds",
                   std::to_string(options_.token_seconds)};
  if (options_.tls) process.words.emplace_back("--tls");
  process.directory = source;
  process.environment = {{"MONGODB_URI", ""}};
  process_ = std::make_unique<support::Process>(process);
  const auto line = process_->WaitForLine("READY ", kStartLimit);
  const auto ready = json::Parse(line.value_or(""));
  if (!ready.ok()) {
    ADD_FAILURE() << "the backend does not start: " << process_->err();
    return;
  }
  ready_ = {.graphql_url = TextIn(*ready, "graphqlUrl"),
            .api_key = TextIn(*ready, "apiKey"),
            .cognito_endpoint = TextIn(*ready, "cognitoEndpoint"),
            .user_pool_id = TextIn(*ready, "userPoolId"),
            .user_pool_client_id = TextIn(*ready, "userPoolClientId"),
            .username = TextIn(*ready, "username"),
            .password = TextIn(*ready, "password"),
            .control_url = TextIn(*ready, "controlUrl"),
            .amplify_outputs = TextIn(*ready, "amplifyOutputs"),
            .ca_file = TextIn(*ready, "caFile")};
}

void Backend::Stop() {
  process_->Signal(SIGTERM);
  process_->Wait();
}

json::Value Backend::Control(std::string_view method, const std::string& path,
                             std::string_view body) {
  const support::HttpAnswer answer = support::HttpCall(method, ready_.control_url + path, body);
  auto value = json::Parse(answer.body, {.bytes_max = size_t{64} << 20, .depth_max = 64});
  EXPECT_TRUE(answer.status == 200 && value.ok())
      << method << " " << path << ": " << answer.status << " " << answer.body;
  return value.ok() ? *std::move(value) : json::Value();
}

void Backend::Reset() { Control("POST", "/reset", "{}"); }

int64_t Backend::AddFault(std::string_view description) {
  return IntIn(Control("POST", "/faults", description), "id");
}

int64_t Backend::HitsOf(int64_t fault) {
  const json::Value faults = Control("GET", "/faults");
  for (const json::Value& active : faults.elements()) {
    if (IntIn(active, "id") == fault) return IntIn(active, "hits");
  }
  ADD_FAILURE() << "no fault " << fault;
  return 0;
}

void Backend::ClearFaults() { Control("DELETE", "/faults"); }

OperationCounts Backend::CountsOf(std::string_view operation) {
  const json::Value stats = Control("GET", "/stats");
  const json::Value* operations = stats.Find("operations");
  const json::Value* counts = operations == nullptr ? nullptr : operations->Find(operation);
  if (counts == nullptr) return {};
  return {.requested = IntIn(*counts, "requested"),
          .executed = IntIn(*counts, "executed"),
          .answered = IntIn(*counts, "answered")};
}

int64_t Backend::Connections() { return IntIn(Control("GET", "/stats"), "connections"); }

int64_t Backend::InFlightMax() { return IntIn(Control("GET", "/stats"), "maxInFlight"); }

void Backend::ClearCounts() { Control("DELETE", "/stats"); }

std::vector<StoredTodo> Backend::Documents() {
  std::vector<StoredTodo> documents;
  const json::Value stored = Control("GET", "/documents");
  for (const json::Value& document : stored.elements()) {
    documents.push_back({.id = TextIn(document, "_id"),
                         .content = TextIn(document, "content"),
                         .username = TextIn(document, "username")});
  }
  return documents;
}

std::vector<std::string> Backend::Contents() {
  std::vector<std::string> contents;
  for (StoredTodo& document : Documents()) contents.push_back(std::move(document.content));
  std::sort(contents.begin(), contents.end());
  return contents;
}

std::string Backend::Insert(std::string_view content, std::string_view username) {
  json::Value body = ObjectOf({{"content", content}});
  if (!username.empty()) body.Set("username", json::Value::String(username));
  return TextIn(Control("POST", "/documents", json::Write(body)), "_id");
}

void Backend::Change(std::string_view id, std::string_view content) {
  Control("PATCH", "/documents/" + std::string(id), json::Write(ObjectOf({{"content", content}})));
}

void Backend::Remove(std::string_view id) { Control("DELETE", "/documents/" + std::string(id)); }

void Backend::ExpireTokens() { Control("POST", "/expire-tokens", "{}"); }

void Backend::AddUser(std::string_view email, std::string_view password) {
  json::Value user = ObjectOf({{"UserPoolId", ready_.user_pool_id}, {"Username", email}});
  user.Set("MessageAction", json::Value::String("SUPPRESS"));
  json::Value attributes = json::Value::Array();
  attributes.elements().push_back(ObjectOf({{"Name", "email"}, {"Value", email}}));
  user.Set("UserAttributes", std::move(attributes));
  CognitoCall("AdminCreateUser", user);
  json::Value secret =
      ObjectOf({{"UserPoolId", ready_.user_pool_id}, {"Username", email}, {"Password", password}});
  secret.Set("Permanent", json::Value::Bool(true));
  CognitoCall("AdminSetUserPassword", secret);
}

void Backend::CognitoCall(std::string_view call, const json::Value& body) {
  const support::HttpAnswer answer = support::HttpCall(
      "POST", ready_.cognito_endpoint, json::Write(body),
      {{"content-type", "application/x-amz-json-1.1"},
       {"x-amz-target", "AWSCognitoIdentityProviderService." + std::string(call)}});
  EXPECT_EQ(answer.status, 200) << call << ": " << answer.body;
}

}  // namespace tideover::e2e
