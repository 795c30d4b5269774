// The network goes and comes back, as the machine says it: the real daemon in a network namespace
// of its own, with a pair of veth to the namespace of its backend. Where that may not be had, the
// tests say so and are skipped.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <sstream>

#include "e2e/daemon_run.h"
#include "support/eventually.h"
#include "support/http_server.h"
#include "support/test_certificate.h"

namespace tideover::e2e {
namespace {

using support::Eventually;
using support::HttpServer;
using Steady = std::chrono::steady_clock;

// The promise is 2 s; a busy machine may take longer.
constexpr std::chrono::seconds kReturnLimit{20};

bool Ip(const std::string& words) {
  std::vector<std::string> command = {"ip"};
  std::istringstream stream(words);
  for (std::string word; stream >> word;) command.push_back(word);
  return support::RunProcess({.words = std::move(command)}).exit == support::Exit{.code = 0};
}

// As a path that also a child understands.
class Namespace {
 public:
  Namespace() : fd_(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {}
  ~Namespace() { close(fd_); }
  Namespace(const Namespace&) = delete;
  Namespace& operator=(const Namespace&) = delete;
  bool Enter() const { return setns(fd_, CLONE_NEWNET) == 0; }
  std::string path() const {
    return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(fd_);
  }

 private:
  const int fd_;
};

// A backend with one to-do at most.
class OneTodo {
 public:
  HttpServer::Handler Handler() {
    return [this](const HttpServer::Request& request) {
      if (request.body.find("addTodo") != std::string::npos) {
        created_ = true;
        return HttpServer::Reply{.body = R"({"data":{"addTodo":{"statusCode":"200","todo":)" +
                                         std::string(kTodo) + "}}}"};
      }
      return HttpServer::Reply{.body = R"({"data":{"listTodo":{"statusCode":"200","todoList":[)" +
                                       std::string(created_ ? kTodo : "") + "]}}}"};
    };
  }
  bool created() const { return created_; }

 private:
  static constexpr const char* kTodo = R"({"_id":"1","content":"milk"})";
  std::atomic<bool> created_ = false;
};

std::string ConfigFor(const std::string& url, const std::string& ca_file) {
  return "[backend]\nauth = \"api_key\"\napi_key = \"k\"\nurl = \"" + url + "\"\n" +
         (ca_file.empty() ? "" : "ca_file = \"" + ca_file + "\"\n") + R"(
[collections.todos]
id = "_id"
list = { field = "listTodo", arguments = [], items = "/todoList", select = "statusCode todoList { _id content }", ok = { "/statusCode" = "200" } }
create = { field = "addTodo", arguments = ["content: String!"], document = "/todo", select = "statusCode todo { _id content }", ok = { "/statusCode" = "200" } }
update = { field = "updateTodo", arguments = ["_id: String!", "content: String!"], select = "statusCode", ok = { "/statusCode" = "200" } }
delete = { field = "deleteTodo", arguments = ["_id: String!"], select = "statusCode deletedId", ok = { "/statusCode" = "200" } }
)";
}

class LinkTest : public testing::Test {
 protected:
  void SetUp() override {
    if (unshare(CLONE_NEWNET) != 0) GTEST_SKIP() << "no network namespace may be made here";
    ASSERT_TRUE(Ip("link set lo up"));
  }
  void TearDown() override { ASSERT_TRUE(first_.Enter()); }
  void Serve(const std::string& url, const std::string& ca_file) {
    daemon_.WriteText(ConfigFor(url, ca_file));
    daemon_.Start();
  }
  bool NoLink() {
    const v1::NetworkStatus network = daemon_.app().Status().network();
    return network.state() == v1::NETWORK_STATE_OFFLINE &&
           network.reason() == v1::OFFLINE_REASON_NO_LINK;
  }

  const Namespace first_;
  OneTodo todo_;
  DaemonRun daemon_{BackendReady()};
};

TEST_F(LinkTest, DrainsByItselfWhenTheLinkComesBack) {
  if (!Ip("link add out type veth peer name far")) GTEST_SKIP() << "no veth can be made here";
  ASSERT_TRUE(Ip("addr add 10.9.0.1/24 dev far") && Ip("link set far up"));
  const support::TestCertificate certificate("IP:10.9.0.1");
  const HttpServer server(todo_.Handler(), &certificate, "10.9.0.1");
  const Namespace backends;
  ASSERT_EQ(unshare(CLONE_NEWNET), 0);
  const Namespace ours;
  ASSERT_TRUE(backends.Enter() && Ip("link set out netns " + ours.path()) && ours.Enter());
  ASSERT_TRUE(Ip("link set lo up") && Ip("addr add 10.9.0.2/24 dev out"));

  Serve("https://10.9.0.1:" + std::to_string(server.port()) + "/graphql", certificate.cert_file());
  EXPECT_TRUE(Eventually([&] { return NoLink(); }));
  const v1::MutationResult milk = daemon_.app().Create("milk");
  EXPECT_EQ(daemon_.app().Mutation(milk.mutation_id()).state(), v1::MUTATION_STATE_PAUSED);
  EXPECT_EQ(server.connections(), 0);

  const auto back = Steady::now();
  ASSERT_TRUE(Ip("link set out up"));
  // From here on nobody calls the daemon.
  EXPECT_TRUE(Eventually([&] { return todo_.created(); }, kReturnLimit)) << daemon_.process().err();
  const std::chrono::duration<double> took = Steady::now() - back;
  std::printf("the drain began %.2f s after the link was put up (promised: 2 s)\n", took.count());
  RecordProperty("drain_began_s", std::to_string(took.count()));
  daemon_.app().WaitForOutboxEmpty();
  EXPECT_FALSE(NoLink());
  ASSERT_TRUE(Ip("link set out down"));
  EXPECT_TRUE(Eventually([&] { return NoLink(); }));
}

TEST_F(LinkTest, ABackendOnThisMachineNeedsNoLink) {
  const HttpServer server(todo_.Handler());
  Serve(server.Url("/graphql"), "");
  daemon_.app().Create("milk");
  EXPECT_TRUE(Eventually([&] { return todo_.created(); })) << daemon_.process().err();
  EXPECT_FALSE(NoLink());
}

}  // namespace
}  // namespace tideover::e2e
