#include "bench/daemon_under_test.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "bench/must.h"

namespace tideover::bench {
namespace {

using Steady = std::chrono::steady_clock;

constexpr const char* kConfig = R"(state_dir = "{state_dir}"
socket = "{socket}"
log_level = "warning"

[backend]
url = "https://127.0.0.1:{port}/graphql"
region = "eu-central-1"
auth = "api_key"
api_key_file = "{key_file}"
ca_file = "{ca_file}"

[collections.todos]
id = "_id"
ids = "server"
list = {{ field = "listTodo", arguments = [], items = "/todoList", select = "statusCode todoList {{ _id content }}", ok = {{ "/statusCode" = "200" }} }}
create = {{ field = "addTodo", arguments = ["content: String!"], document = "/todo", select = "statusCode todo {{ _id content }}", ok = {{ "/statusCode" = "200" }} }}
update = {{ field = "updateTodo", arguments = ["_id: String!", "content: String!"], select = "statusCode", ok = {{ "/statusCode" = "200" }} }}
delete = {{ field = "deleteTodo", arguments = ["_id: String!"], select = "statusCode deletedId", ok = {{ "/statusCode" = "200" }} }}
)";

constexpr const char* kBatch = R"(
batch = { field = "applyTodos", argument = "writes: [TodoWrite!]!", select = "status todo { _id content }", ok = { "/status" = "ok" }, document = "/todo" }

[push]
batch_max = 200
)";

bool Listens(const std::string& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  Must(socket.size() < sizeof address.sun_path, "the path of the socket is too long: " + socket);
  std::memcpy(address.sun_path, socket.c_str(), socket.size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Must(fd >= 0, "making a socket");
  const bool connected =
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return connected;
}

void WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::trunc);
  file << text;
  file.close();
  Must(file.good(), "writing " + path);
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

double MillisSince(Steady::time_point start) {
  return std::chrono::duration<double, std::milli>(Steady::now() - start).count();
}

}  // namespace

void AwaitListener(const std::string& socket, ChildProcess* process) {
  const auto end = Steady::now() + std::chrono::seconds(10);
  while (!Listens(socket)) {
    Must(process->Runs(), "the program has ended; its log is beside its socket " + socket);
    Must(Steady::now() < end, "nobody listens at " + socket);
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
}

EchoUnderTest::EchoUnderTest(const Places& places) {
  const std::string socket = places.directory + "/echo.sock";
  std::filesystem::remove(socket);
  const auto start = Steady::now();
  process_ = std::make_unique<ChildProcess>(
      std::vector<std::string>{places.programs + "/tests/bench/bench_echo", socket},
      places.directory + "/echo.log", /*piped=*/false);
  AwaitListener(socket, process_.get());
  stub_ = Echo::NewStub(client::MakeChannel(socket));
  grpc::ClientContext context;
  EchoResponse response;
  const grpc::Status status = stub_->Call(&context, EchoRequest(), &response);
  Must(status.ok(), "the echo does not answer: " + status.error_message());
  start_ms_ = MillisSince(start);
}

DaemonUnderTest::DaemonUnderTest(const Places& places, const std::string& name,
                                 const Backend& backend)
    : program_(places.programs + "/daemon/tideoverd"),
      state_dir_(places.directory + "/" + name),
      socket_(places.directory + "/" + name + ".sock"),
      config_(places.directory + "/" + name + ".toml"),
      log_(places.directory + "/" + name + ".log") {
  std::filesystem::create_directory(state_dir_);
  std::filesystem::permissions(state_dir_, std::filesystem::perms::owner_all);
  const std::string key_file = places.directory + "/api_key";
  WriteFile(key_file, "da2-bench");
  WriteFile(config_,
            fmt::format(fmt::runtime(kConfig), fmt::arg("state_dir", state_dir_),
                        fmt::arg("socket", socket_), fmt::arg("port", backend.port),
                        fmt::arg("key_file", key_file), fmt::arg("ca_file", backend.ca_file)) +
                (backend.batches ? kBatch : ""));
}

void DaemonUnderTest::StartProcess() {
  process_ = std::make_unique<ChildProcess>(std::vector<std::string>{program_, "--config", config_},
                                            log_, /*piped=*/false);
  AwaitListener(socket_, process_.get());
}

void DaemonUnderTest::Connect() { connection_ = std::make_unique<client::Connection>(socket_); }

void DaemonUnderTest::Start() {
  StartProcess();
  Connect();
  OutboxSize();  // It has answered.
}

void DaemonUnderTest::Stop() {
  connection_.reset();
  process_.reset();
}

std::string DaemonUnderTest::EnvironmentPath() const {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(state_dir_)) {
    if (entry.path().filename() == "data.mdb") return entry.path().parent_path().string();
  }
  Must(false, "the daemon has made no environment in " + state_dir_);
  return "";
}

void DaemonUnderTest::SetOffline(bool offline) {
  v1::SetNetworkRequest request;
  request.set_setting(offline ? v1::NETWORK_SETTING_OFFLINE : v1::NETWORK_SETTING_ONLINE);
  v1::SetNetworkResponse response;
  grpc::ClientContext context;
  const grpc::Status status = connection_->sync().SetNetwork(&context, request, &response);
  Must(status.ok(), "SetNetwork: " + status.error_message());
}

v1::OutboxCounts DaemonUnderTest::Counts() {
  v1::GetStatusResponse response;
  grpc::ClientContext context;
  const grpc::Status status =
      connection_->sync().GetStatus(&context, v1::GetStatusRequest(), &response);
  Must(status.ok(), "GetStatus: " + status.error_message());
  return response.status().outbox();
}

uint64_t DaemonUnderTest::OutboxSize() {
  const v1::OutboxCounts outbox = Counts();
  return outbox.queued() + outbox.paused() + outbox.in_flight() + outbox.held();
}

uint64_t DaemonUnderTest::DeadLetters() { return Counts().dead_lettered(); }

}  // namespace tideover::bench
