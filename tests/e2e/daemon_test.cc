// tideoverd as a process: how it starts, refuses to start, tells that it is ready, and stops.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "e2e/e2e_test.h"
#include "e2e/introspect.h"
#include "e2e/watch_log.h"

namespace tideover::e2e {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr int kExitBusy = 75;
constexpr int kExitConfig = 78;
constexpr int kExitUsage = 64;

class DaemonTest : public E2eTest {
 protected:
  // A daemon that must not start: what it said.
  std::string RefusalOf(const std::string& config, int exit_code = kExitConfig) {
    MakeDaemon().WriteText(config);
    const support::Finished finished = support::RunProcess({.words = daemon().Words()});
    EXPECT_EQ(finished.exit, (support::Exit{.code = exit_code})) << finished.err;
    EXPECT_FALSE(std::filesystem::exists(daemon().socket()));
    return finished.err;
  }
  std::string Config(const Settings& settings = {}) {
    return ConfigText(settings, backend().ready());
  }
};

unsigned ModeOf(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(lstat(path.c_str(), &info), 0) << path << ": " << std::strerror(errno);
  return info.st_mode & 07777;
}

TEST_F(DaemonTest, AnUnknownKeyIsRefusedWithItsPlaceAndTheNearestKey) {
  const std::string config = Config() + "poll_intervall = \"1s\"\n";
  const auto line = std::count(config.begin(), config.end(), '\n');
  const std::string said = RefusalOf(config);
  EXPECT_THAT(said, HasSubstr("tideover.toml:" + std::to_string(line) + ":1"));
  EXPECT_THAT(said, HasSubstr("poll_intervall"));
  EXPECT_THAT(said, HasSubstr("\"poll_interval\""));
}

TEST_F(DaemonTest, AWrongTypeIsRefusedWithItsPlace) {
  EXPECT_THAT(RefusalOf("state_dir = 3\n" + Config()), HasSubstr("tideover.toml:1:"));
}

TEST_F(DaemonTest, WhatIsNoTomlIsRefusedWithItsPlace) {
  EXPECT_THAT(RefusalOf("[backend\n"), HasSubstr("tideover.toml:1:"));
}

TEST_F(DaemonTest, ABindingToAFieldThatTheSchemaDoesNotHaveIsRefusedByName) {
  const std::string said = RefusalOf(Config({.list = R"({ field = "listTodos" })"}));
  EXPECT_THAT(said,
              AllOf(HasSubstr("tideover.toml:"), HasSubstr("listTodos"), HasSubstr("listTodo\"")));
}

TEST_F(DaemonTest, ABindingToAnArgumentThatTheSchemaDoesNotHaveIsRefusedByName) {
  const std::string said =
      RefusalOf(Config({.create = R"({ field = "addTodo", arguments = ["contents"] })"}));
  EXPECT_THAT(said, AllOf(HasSubstr("contents"), HasSubstr("addTodo")));
}

TEST_F(DaemonTest, ASelectionThatTheSchemaDoesNotHaveIsRefusedByName) {
  const std::string said =
      RefusalOf(Config({.update = R"({ field = "updateTodo", select = "statusCodes" })"}));
  EXPECT_THAT(said, HasSubstr("statusCodes"));
}

TEST_F(DaemonTest, AMissingConfigurationIsNamed) {
  MakeDaemon();
  std::filesystem::remove(daemon().config());
  const support::Finished finished = support::RunProcess({.words = daemon().Words()});
  EXPECT_EQ(finished.exit.code, kExitConfig);
  EXPECT_THAT(finished.err, HasSubstr(daemon().config()));
}

TEST_F(DaemonTest, WrongUsageIsTold) {
  const support::Finished nothing = support::RunProcess({.words = {TIDEOVERD_PATH}});
  EXPECT_EQ(nothing.exit.code, kExitUsage);
  EXPECT_THAT(nothing.err, HasSubstr("--config"));
  EXPECT_EQ(support::RunProcess({.words = {TIDEOVERD_PATH, "--colour"}}).exit.code, kExitUsage);
  const support::Finished version = support::RunProcess({.words = {TIDEOVERD_PATH, "--version"}});
  EXPECT_EQ(version.exit.code, 0);
  EXPECT_THAT(version.out, HasSubstr("tideoverd "));
}

TEST_F(DaemonTest, TheConfigurationCanBeCheckedWithoutStarting) {
  MakeDaemon();
  std::vector<std::string> words = daemon().Words();
  words.emplace_back("--check-config");
  const support::Finished finished = support::RunProcess({.words = words});
  EXPECT_EQ(finished.exit.code, 0) << finished.err;
  EXPECT_FALSE(std::filesystem::exists(daemon().state_dir()));
}

TEST_F(DaemonTest, TheShippedConfigurationStarts) {
  MakeDaemon();
  std::ifstream file(TIDEOVER_EXAMPLE_CONFIG);
  const std::string example{std::istreambuf_iterator<char>(file), {}};
  ASSERT_THAT(example, HasSubstr("[collections.todos]"));
  daemon().WriteText(example);
  std::filesystem::copy_file(
      backend().ready().amplify_outputs,
      std::filesystem::path(daemon().config()).parent_path() / "amplify_outputs.json");
  daemon().Start();
  app().SignIn(backend().ready().username, backend().ready().password);
  app().CreateSettled("milk");
  EXPECT_THAT(app().Status().collections(), SizeIs(1));
}

TEST_F(DaemonTest, ASecondDaemonOnTheSameStateRefusesAndLeavesTheFirstAlone) {
  StartDaemon();
  app().Create("milk");
  // With the same socket, and with another.
  const support::Finished same = support::RunProcess({.words = daemon().Words()});
  EXPECT_EQ(same.exit, (support::Exit{.code = kExitBusy})) << same.err;
  EXPECT_THAT(same.err, HasSubstr(std::to_string(daemon().process().pid()))) << "names the other";
  std::vector<std::string> words = daemon().Words();
  words.back() += "2";
  const support::Finished other = support::RunProcess({.words = words});
  EXPECT_EQ(other.exit, (support::Exit{.code = kExitBusy})) << other.err;

  EXPECT_TRUE(daemon().process().Running());
  EXPECT_TRUE(Accepts(daemon().socket()));
  EXPECT_THAT(App(daemon().socket()).Contents(), ElementsAre("milk"));
  app().CreateSettled("bread");
}

TEST_F(DaemonTest, OfManyStartedAtOnceExactlyOneServes) {
  MakeDaemon();
  std::vector<std::unique_ptr<support::Process>> all;
  for (int i = 0; i < 8; ++i) {
    all.push_back(
        std::make_unique<support::Process>(support::ProcessOptions{.words = daemon().Words()}));
  }
  const auto running = [&all] {
    return std::count_if(all.begin(), all.end(), [](const auto& one) { return one->Running(); });
  };
  EXPECT_TRUE(Eventually([&] { return running() == 1; }));
  EXPECT_TRUE(Eventually([&] { return Accepts(daemon().socket()); }));
  EXPECT_EQ(running(), 1);
  for (const auto& one : all) {
    if (one->Running()) continue;
    EXPECT_EQ(one->Wait().code, kExitBusy) << one->err();
  }
}

TEST_F(DaemonTest, SigtermStopsItWithinTwoSecondsWhateverIsUnderWay) {
  StartDaemon();
  WatchLog watch(app());
  ASSERT_TRUE(watch.WaitForSnapshot());
  backend().AddFault(R"({"kind":"stall"})");
  const v1::MutationResult create = app().Create("milk");
  app().WaitForState(create.mutation_id(), v1::MUTATION_STATE_IN_FLIGHT);
  std::thread waiting([&] {
    v1::MutateRequest request;
    *request.add_operations() = UpdateOf(create.document_id(), "bread");
    request.set_wait(v1::WAIT_SETTLED);
    v1::MutateResponse response;
    app().TryMutate(request, &response);  // cut off, or answered with where it stands
  });
  ASSERT_TRUE(Eventually([&] { return app().Mutations().size() == 2; }));
  daemon().process().Signal(SIGTERM);
  EXPECT_EQ(daemon().process().Wait(std::chrono::seconds(2)), (support::Exit{.code = 0}));
  waiting.join();
  EXPECT_FALSE(std::filesystem::exists(daemon().socket()));

  backend().ClearFaults();
  daemon().Start();
  app().WaitForOutboxEmpty();
  EXPECT_THAT(backend().Contents(), ElementsAre("bread"));
}

TEST_F(DaemonTest, SigintStopsItToo) {
  StartDaemon();
  daemon().process().Signal(SIGINT);
  EXPECT_EQ(daemon().process().Wait(std::chrono::seconds(2)), (support::Exit{.code = 0}));
}

// The service manager's end of NOTIFY_SOCKET.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& path)
      : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ~NotifySocket() { close(fd_); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  bool WaitFor(const std::string& text) {
    return Eventually([&] {
      char bytes[1024];
      for (ssize_t count = 0; (count = recv(fd_, bytes, sizeof bytes, 0)) > 0;) {
        received_.append(bytes, static_cast<size_t>(count)).push_back('\n');
      }
      return received_.find(text) != std::string::npos;
    });
  }

 private:
  const int fd_;
  std::string received_;
};

TEST_F(DaemonTest, TellsTheServiceManagerWhenItIsReadyAndWhenItStops) {
  MakeDaemon();
  const std::string path =
      std::filesystem::path(daemon().config()).parent_path().string() + "/notify";
  NotifySocket notify(path);
  daemon().StartOnly({{"NOTIFY_SOCKET", path}});
  ASSERT_TRUE(notify.WaitFor("READY=1"));
  EXPECT_EQ(Health(daemon().socket()), "SERVING") << "ready means that it serves";
  EXPECT_EQ(daemon().Stop(), (support::Exit{.code = 0}));
  EXPECT_TRUE(notify.WaitFor("STOPPING=1"));
}

TEST_F(DaemonTest, AnswersHealthAndReflection) {
  StartDaemon();
  EXPECT_EQ(Health(daemon().socket()), "SERVING");
  const std::string services = ListServices(daemon().socket());
  for (const char* service : {"DataService", "OutboxService", "SyncService", "AuthService"}) {
    EXPECT_THAT(services, HasSubstr(std::string("tideover.v1.") + service));
    EXPECT_THAT(Describe(daemon().socket(), std::string("tideover.v1.") + service),
                HasSubstr("Request"));
  }
  EXPECT_THAT(services, HasSubstr("grpc.health.v1.Health"));
  EXPECT_THAT(Describe(daemon().socket(), "grpc.health.v1.Health"),
              HasSubstr("HealthCheckRequest"));
}

TEST_F(DaemonTest, SocketAndFilesAreTheOwnersAlone) {
  StartDaemon();
  app().CreateSettled("milk");
  EXPECT_EQ(ModeOf(daemon().socket()), 0600u);
  EXPECT_EQ(ModeOf(std::filesystem::path(daemon().socket()).parent_path()), 0700u);
  EXPECT_EQ(ModeOf(daemon().state_dir()), 0700u);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(daemon().state_dir())) {
    EXPECT_EQ(ModeOf(entry.path()) & 077, 0u) << entry.path();
  }
}

TEST_F(DaemonTest, AStateDirectoryThatIsOpenToOthersIsRefused) {
  MakeDaemon();
  std::filesystem::create_directory(daemon().state_dir());
  std::filesystem::permissions(daemon().state_dir(), std::filesystem::perms(0777));
  const support::Finished finished = support::RunProcess({.words = daemon().Words()});
  EXPECT_NE(finished.exit.code, 0);
  EXPECT_THAT(finished.err, HasSubstr(daemon().state_dir()));
}

TEST_F(DaemonTest, ASocketThatAKilledDaemonLeftIsReplaced) {
  StartDaemon();
  daemon().Kill();
  ASSERT_TRUE(std::filesystem::exists(daemon().socket()));
  daemon().Start();
  EXPECT_EQ(app().Status().pid(), daemon().process().pid());
}

TEST_F(DaemonTest, TheStatusSaysWhoWhereAndHowMuch) {
  StartDaemon();
  app().CreateSettled("milk");
  const v1::DaemonStatus status = app().Status();
  EXPECT_EQ(status.pid(), daemon().process().pid());
  EXPECT_NE(status.version(), "");
  EXPECT_EQ(status.identity().state(), v1::IDENTITY_STATE_NOT_NEEDED);
  EXPECT_EQ(status.identity().auth_mode(), "API_KEY");
  EXPECT_EQ(status.backend().endpoint(), backend().ready().graphql_url);
  EXPECT_TRUE(status.backend().has_last_success_at());
  EXPECT_EQ(status.network().state(), v1::NETWORK_STATE_ONLINE);
  ASSERT_EQ(status.collections_size(), 1);
  EXPECT_EQ(status.collections(0).collection(), kTodos);
  EXPECT_EQ(status.collections(0).documents(), 1u);
  EXPECT_THAT(status.store().directory(), HasSubstr(daemon().state_dir()));
  EXPECT_GT(status.store().used_bytes(), 0u);
  EXPECT_GT(status.store().quota_bytes(), status.store().used_bytes());
}

TEST_F(DaemonTest, AFullQuotaRefusesWritesAndStillSettlesWhatItHas) {
  Settings settings;
  settings.more = "[store]\nquota = \"4MiB\"\nmap_size = \"8MiB\"\n";
  StartDaemon(settings);
  app().SetNetwork(v1::NETWORK_SETTING_OFFLINE);
  const std::string text(100'000, 'x');
  v1::MutateRequest request;
  *request.add_operations() = CreateOf(text);
  v1::MutateResponse response;
  size_t written = 0;
  grpc::Status status;
  for (; written < 200 && status.ok(); ++written) status = app().TryMutate(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << written;
  EXPECT_EQ(app().Explain(status).reason, v1::ERROR_REASON_STORE_FULL);
  const size_t kept = app().All().size();
  EXPECT_EQ(kept, written - 1);
  app().SetNetwork(v1::NETWORK_SETTING_AUTO);
  app().WaitForOutboxEmpty();
  EXPECT_EQ(backend().Documents().size(), kept);
}

}  // namespace
}  // namespace tideover::e2e
