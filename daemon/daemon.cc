#include "daemon.h"

#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <utility>

#include "answer_guard.h"
#include "appsync/api_key_auth.h"
#include "appsync/appsync_upstream.h"
#include "base/logging.h"
#include "base/status_macros.h"
#include "machine_id.h"
#include "network_setting.h"
#include "notify.h"
#include "store/record.h"

namespace tideover {
namespace {

using base::Log;
using base::LogLevel;

appsync::RenewBy RenewByOf(RefreshMethod method) {
  switch (method) {
    case RefreshMethod::kInitiateAuth:
      return appsync::RenewBy::kInitiateAuth;
    case RefreshMethod::kGetTokens:
      return appsync::RenewBy::kGetTokens;
    case RefreshMethod::kAuto:
      break;
  }
  return appsync::RenewBy::kAuto;
}

// The identity's directory: for ever the same, and nothing of the name that a path could take
// amiss.
std::string DirectoryNameOf(const appsync::Identity& identity) {
  if (identity.kind == appsync::Identity::Kind::kApiKey) return "api-key";
  return fmt::format("user-{:016x}", store::HashBytes(identity.subject));
}

api::Identity ToApi(const appsync::Identity& identity) {
  const bool key = identity.kind == appsync::Identity::Kind::kApiKey;
  return {key ? "api_key" : "cognito", identity.subject,
          identity.display.empty() ? identity.username : identity.display};
}

}  // namespace

Daemon::Daemon(Config config) : config_(std::move(config)) {
  facts_ = {TIDEOVER_VERSION, clock_.Mono(), config_.state_dir, config_.backend.url};
}

Daemon::~Daemon() = default;

std::string Daemon::BackendDirectory() const {
  return config_.state_dir + "/" + BackendIdOf(config_.backend.url);
}

absl::Status Daemon::StartAuth() {
  if (config_.backend.auth == AuthMode::kApiKey) {
    auth_ = std::make_unique<appsync::ApiKeyAuth>(loop_, config_.backend.api_key);
  } else {
    const CognitoConfig& cognito = config_.backend.cognito;
    appsync::TokenKeeperOptions options;
    options.cognito.endpoint = cognito.endpoint;
    options.cognito.user_pool_id = cognito.user_pool_id;
    options.cognito.client_id = cognito.client_id;
    options.renew_by = RenewByOf(cognito.refresh);
    options.directory = BackendDirectory();
    auto keeper = std::make_unique<appsync::TokenKeeper>(loop_, *http_, clock_, std::move(options));
    keeper_ = keeper.get();
    auth_ = std::move(keeper);
    if (const absl::Status loaded = keeper_->Load(); !loaded.ok()) {
      Log(LogLevel::kWarning, "daemon", "the sign-in was not taken up",
          {{"error", loaded.ToString()}});
    }
  }
  sign_in_ = std::make_unique<SignInDesk>(loop_, *this, keeper_);
  return absl::OkStatus();
}

void Daemon::WatchNetwork() {
  const std::string proxy = HttpOptionsOf(config_).proxy;
  NetworkEvents events;
  events.on_link = [this](bool up) {
    if (session_ != nullptr) session_->engine()->OnLinkChange(up);
  };
  events.on_awake = [this] {
    if (session_ != nullptr) session_->engine()->OnAwake();
  };
  network_watch_ = std::make_unique<NetworkWatch>(
      loop_, proxy.empty() ? config_.backend.url : proxy, std::move(events));
}

absl::Status Daemon::Start() {
  network_ = ReadNetworkSetting(config_.state_dir);
  std::error_code error;
  std::filesystem::create_directory(BackendDirectory(), error);
  if (error) {
    return absl::InternalError(fmt::format("making {}: {}", BackendDirectory(), error.message()));
  }
  http_ = std::make_unique<net::HttpClient>(loop_, clock_, HttpOptionsOf(config_));
  RETURN_IF_ERROR(StartAuth());
  WatchNetwork();
  server_ = std::make_unique<api::Server>(this, &clock_, &random_);
  if (const auto identity = auth_->identity(); identity.has_value()) {
    RETURN_IF_ERROR(OpenSession(*identity));
  } else {
    Log(LogLevel::kInfo, "daemon", "nobody is signed in: `tideover login`");
  }
  api::ListenerOptions listen;
  listen.path = config_.socket;
  listen.activation_fd = TakeActivationSocket();
  ASSIGN_OR_RETURN(listener_, api::Listener::Create(loop_, std::move(listen), [this](int fd) {
                     server_->AddConnection(fd);
                   }));
  on_term_ = std::make_unique<loop::SignalWatcher>(loop_, SIGTERM, [this] { loop_.Stop(); });
  on_int_ = std::make_unique<loop::SignalWatcher>(loop_, SIGINT, [this] { loop_.Stop(); });
  Log(LogLevel::kInfo, "daemon", "serving",
      {{"version", facts_.version}, {"socket", config_.socket}, {"backend", config_.backend.url}});
  NotifyReady();
  return absl::OkStatus();
}

absl::Status Daemon::Run() {
  loop_.Run();
  NotifyStopping();
  Log(LogLevel::kInfo, "daemon", "stopping");
  on_term_.reset();
  on_int_.reset();
  listener_.reset();
  server_->Stop();
  SetSession(nullptr);
  server_.reset();
  network_watch_.reset();
  sign_in_.reset();
  auth_.reset();
  http_.reset();
  return failure_;
}

void Daemon::OnStoreFailed(const absl::Status& status) {
  loop_.Post([this, status] {
    failure_ = status;
    loop_.Stop();
  });
}

absl::Status Daemon::OpenSession(const appsync::Identity& identity) {
  SessionOptions options;
  options.identity = ToApi(identity);
  options.env.path = BackendDirectory() + "/" + DirectoryNameOf(identity);
  options.machine_id = ReadMachineId();
  options.env.map_bytes = config_.store.map_size;
  options.env.quota_bytes = config_.store.quota;
  options.rules = RulesOf(config_);
  options.operations = OperationRulesOf(config_);
  options.engine.tuning = TuningOf(config_);
  options.engine.setting = network_;
  options.engine.authorized = keeper_ == nullptr || !keeper_->session_ended();
  options.on_fatal = [this](const absl::Status& status) { OnStoreFailed(status); };
  const auto make_upstream = [this](const store::Catalog& catalog) {
    const appsync::Endpoint endpoint{config_.backend.url, config_.backend.request_timeout,
                                     HttpOptionsOf(config_)};
    return std::make_unique<appsync::AppSyncUpstream>(loop_, *http_, *auth_, endpoint,
                                                      BindingsOf(config_), catalog.all());
  };
  ASSIGN_OR_RETURN(auto session,
                   LiveSession::Open(std::move(options), make_upstream, loop_, clock_, random_));
  if (!network_watch_->up()) session->engine()->OnLinkChange(false);
  Log(LogLevel::kInfo, "daemon", "session opened", {{"identity", DirectoryNameOf(identity)}});
  SetSession(std::move(session));
  return absl::OkStatus();
}

void Daemon::SetSession(std::shared_ptr<LiveSession> session) {
  const std::shared_ptr<LiveSession> former = std::exchange(session_, std::move(session));
  {
    const std::lock_guard lock(mutex_);
    // Whoever holds the API's part keeps the whole alive.
    current_ = session_ == nullptr
                   ? nullptr
                   : std::shared_ptr<const api::Session>(session_, &session_->api());
  }
  server_->OnSessionChanged();
  if (former != nullptr) former->Stop();
}

absl::Status Daemon::OnSignedIn(const appsync::Identity& identity) {
  if (session_ != nullptr && session_->api().identity.subject == identity.subject) {
    session_->engine()->OnSignedIn();
    return absl::OkStatus();
  }
  return OpenSession(identity);
}

void Daemon::EndSession() { SetSession(nullptr); }

std::shared_ptr<const api::Session> Daemon::Current() {
  const std::lock_guard lock(mutex_);
  return current_;
}

void Daemon::SetNetwork(sync::NetworkSetting setting) {
  loop_.Post([this, setting] {
    network_ = setting;
    if (const absl::Status kept = WriteNetworkSetting(config_.state_dir, setting); !kept.ok()) {
      Log(LogLevel::kWarning, "daemon", "the network setting will not outlive a restart",
          {{"error", kept.ToString()}});
    }
    if (session_ != nullptr) session_->engine()->SetNetwork(setting);
  });
}

void Daemon::SyncNow(std::string collection, absl::AnyInvocable<void(absl::Status)> done) {
  AnswerGuard<absl::Status> answer(std::move(done));
  loop_.Post([this, collection = std::move(collection), answer = std::move(answer)]() mutable {
    if (session_ == nullptr) {
      answer(absl::UnauthenticatedError("nobody is signed in: `tideover login`"));
      return;
    }
    session_->engine()->SyncNow(collection, std::move(answer));
  });
}

void Daemon::Touch(const std::string& collection) {
  loop_.Post([this, collection] {
    if (session_ != nullptr) session_->engine()->Touch(collection);
  });
}

void Daemon::Invalidate(const std::string& collection) {
  loop_.Post([this, collection] {
    if (session_ != nullptr) session_->engine()->Invalidate(collection);
  });
}

}  // namespace tideover
