// Daemon: everything put together, and the life of the session. A resource, owned by main; made,
// started, run and destroyed on one thread, which is the loop thread while Run() runs.
//
// It is the API's SessionSource: gRPC threads ask it for the present session, and for things that
// the loop thread must do, which it posts. A session belongs to one identity; another identity gets
// another session with another store, so that nothing of one can be read or sent under the other.
#ifndef TIDEOVER_DAEMON_H_
#define TIDEOVER_DAEMON_H_

#include <absl/status/status.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "api/listener.h"
#include "api/server.h"
#include "api/session.h"
#include "appsync/auth.h"
#include "appsync/identity.h"
#include "appsync/token_keeper.h"
#include "base/clock.h"
#include "base/random.h"
#include "config.h"
#include "live_session.h"
#include "loop/event_loop.h"
#include "loop/signal_watcher.h"
#include "net/http_client.h"
#include "network_watch.h"
#include "sign_in.h"

namespace tideover {

class Daemon final : public api::SessionSource, public api::EnginePort, public SessionHost {
 public:
  explicit Daemon(Config config);
  ~Daemon() override;
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Opens the session of whoever is signed in and begins to listen.
  absl::Status Start();
  // Serves until SIGTERM, SIGINT or a failure of the store, which is returned.
  absl::Status Run();

  // api::SessionSource; any thread.
  std::shared_ptr<const api::Session> Current() override;
  api::EnginePort& engine() override { return *this; }
  api::AuthPort& auth() override { return *sign_in_; }
  const api::DaemonFacts& facts() override { return facts_; }

  // api::EnginePort; any thread.
  void SetNetwork(sync::NetworkSetting setting) override;
  void SyncNow(std::string collection, absl::AnyInvocable<void(absl::Status)> done) override;
  void Touch(const std::string& collection) override;
  void Invalidate(const std::string& collection) override;

  // SessionHost; loop thread.
  absl::Status OnSignedIn(const appsync::Identity& identity) override;
  LiveSession* session() override { return session_.get(); }
  void EndSession() override;

 private:
  absl::Status OpenSession(const appsync::Identity& identity);
  void SetSession(std::shared_ptr<LiveSession> session);
  absl::Status StartAuth();
  void WatchNetwork();
  void OnStoreFailed(const absl::Status& status);
  std::string BackendDirectory() const;

  const Config config_;
  base::SystemClock clock_;
  base::SystemRandom random_;
  api::DaemonFacts facts_;
  loop::EventLoop loop_;
  sync::NetworkSetting network_ = sync::NetworkSetting::kAuto;
  absl::Status failure_;  // Why Run() returns; loop thread.

  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<NetworkWatch> network_watch_;
  std::unique_ptr<appsync::AuthProvider> auth_;
  appsync::TokenKeeper* keeper_ = nullptr;  // auth_, when the backend has user pools.
  std::unique_ptr<SignInDesk> sign_in_;

  std::shared_ptr<LiveSession> session_;  // Loop thread.
  std::mutex mutex_;                      // Guards current_ alone.
  std::shared_ptr<const api::Session> current_;

  std::unique_ptr<api::Server> server_;
  std::unique_ptr<api::Listener> listener_;
  std::unique_ptr<loop::SignalWatcher> on_term_;
  std::unique_ptr<loop::SignalWatcher> on_int_;
};

}  // namespace tideover

#endif  // TIDEOVER_DAEMON_H_
