// What the tests of the API start from: a server over a real store, writer and change feed, a
// listener on a socket in a directory of its own, and clients that connect through it. The engine
// and the sign-in are fakes that record what they are asked; the merge door is played by the test.
//
// ApiFixture is a gtest fixture; what it holds is torn down in the daemon's order.
#ifndef TIDEOVER_TESTS_API_API_FIXTURE_H_
#define TIDEOVER_TESTS_API_API_FIXTURE_H_

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "api/listener.h"
#include "api/server.h"
#include "base/clock.h"
#include "base/random.h"
#include "support/store_fixture.h"
#include "tideover/v1/admin.grpc.pb.h"
#include "tideover/v1/auth.grpc.pb.h"
#include "tideover/v1/data.grpc.pb.h"
#include "tideover/v1/error.pb.h"
#include "tideover/v1/outbox.grpc.pb.h"
#include "tideover/v1/sync.grpc.pb.h"

namespace tideover::api {

// Records what it is asked; answers SyncNow at once with `sync_result`, on the caller's thread.
class FakeEngine final : public EnginePort {
 public:
  void SetNetwork(sync::NetworkSetting setting) override;
  void SyncNow(std::string collection, absl::AnyInvocable<void(absl::Status)> done) override;
  void Touch(const std::string& collection) override;
  void Invalidate(const std::string& collection) override;

  std::vector<std::string> synced();
  std::vector<std::string> touched();
  std::vector<std::string> invalidated();
  sync::NetworkSetting setting();
  void set_sync_result(absl::Status status);

 private:
  std::mutex mutex_;
  std::vector<std::string> synced_;
  std::vector<std::string> touched_;
  std::vector<std::string> invalidated_;
  sync::NetworkSetting setting_ = sync::NetworkSetting::kAuto;
  absl::Status sync_result_;
};

// Knows one user: "ada" with "secret"; "eve" must answer a challenge with "123456".
class FakeAuth final : public AuthPort {
 public:
  void SignIn(std::string username, std::string password,
              absl::AnyInvocable<void(absl::StatusOr<SignInAnswer>)> done) override;
  void RespondToChallenge(std::string name, std::string session, std::string username,
                          std::string response,
                          absl::AnyInvocable<void(absl::StatusOr<SignInAnswer>)> done) override;
  void SignOut(SignOutMode mode, absl::AnyInvocable<void(absl::Status)> done) override;
};

class FakeSource final : public SessionSource {
 public:
  std::shared_ptr<const Session> Current() override;
  EnginePort& engine() override { return engine_; }
  AuthPort& auth() override { return auth_; }
  const DaemonFacts& facts() override { return facts_; }
  void Set(std::shared_ptr<const Session> session);

  FakeEngine engine_;
  FakeAuth auth_;
  DaemonFacts facts_{"0.1.0", {0}, "/state", "https://backend.example/graphql"};

 private:
  std::mutex mutex_;
  std::shared_ptr<const Session> session_;
};

// Everything that a session points to. Like the daemon, it goes when nobody refers to the session
// any more; the test fails when somebody keeps it.
struct Store {
  explicit Store(const std::string& path, uint64_t quota_bytes = uint64_t{1} << 29);
  ~Store();
  // One request to the merge door; it must succeed.
  void Merge(std::vector<doors::MergeEvent> events);

  base::SystemClock clock;
  base::SystemRandom random;
  doors::RulesByCollection rules;
  std::unique_ptr<store::Env> env;
  std::unique_ptr<doors::Doors> doors;
  std::unique_ptr<view::ChangeFeed> feed;
  sync::StatusBoard board;
  std::unique_ptr<doors::Writer> writer;
  std::shared_ptr<const Session> session;

 private:
  std::promise<void> released_;
};

struct Stubs {
  explicit Stubs(const std::shared_ptr<grpc::Channel>& channel)
      : data(v1::DataService::NewStub(channel)),
        outbox(v1::OutboxService::NewStub(channel)),
        sync(v1::SyncService::NewStub(channel)),
        auth(v1::AuthService::NewStub(channel)),
        admin(v1::AdminService::NewStub(channel)) {}
  std::unique_ptr<v1::DataService::Stub> data;
  std::unique_ptr<v1::OutboxService::Stub> outbox;
  std::unique_ptr<v1::SyncService::Stub> sync;
  std::unique_ptr<v1::AuthService::Stub> auth;
  std::unique_ptr<v1::AdminService::Stub> admin;
};

class ApiFixture : public testing::Test {
 protected:
  ApiFixture();
  ~ApiFixture() override;

  void SignIn() { source_.Set(store_->session); }
  // As the daemon does: another session, or none.
  void ChangeSession(std::shared_ptr<const Session> session);
  std::shared_ptr<grpc::Channel> Connect(const std::string& path = "");

  // Calls with a deadline that turns a hang into a failure.
  grpc::Status Get(const std::string& collection, const std::string& id, v1::GetResponse* response);
  grpc::Status Mutate(const v1::MutateRequest& request, v1::MutateResponse* response);
  // The one operation must be accepted; its result.
  v1::MutationResult MustMutate(v1::Operation operation);
  // What Get says of the document: its JSON, or the name of the code.
  std::string View(const std::string& collection, const std::string& id);

  support::TempDir dir_;
  const std::string socket_path_ = dir_.path() + "/run/tideover.sock";
  std::unique_ptr<Store> store_;
  FakeSource source_;
  std::unique_ptr<Server> server_;
  loop::EventLoop loop_;
  std::unique_ptr<Listener> listener_;
  std::thread loop_thread_;
  std::unique_ptr<Stubs> stubs_;
};

// A context with a deadline far beyond what any answer takes.
std::unique_ptr<grpc::ClientContext> Context();

v1::Operation CreateOp(const std::string& collection, const std::string& json,
                       const std::string& id = "");
v1::Operation UpdateOp(const std::string& collection, const std::string& id,
                       const std::string& patch);
v1::Operation DeleteOp(const std::string& collection, const std::string& id);

v1::ErrorDetail DetailOf(const grpc::Status& status);
std::string ReasonOf(const grpc::Status& status);

}  // namespace tideover::api

#endif  // TIDEOVER_TESTS_API_API_FIXTURE_H_
