#include "api/api_fixture.h"

#include <utility>

namespace tideover::api {

void FakeEngine::SetNetwork(sync::NetworkSetting setting) {
  const std::lock_guard lock(mutex_);
  setting_ = setting;
}

void FakeEngine::SyncNow(std::string collection, absl::AnyInvocable<void(absl::Status)> done) {
  absl::Status result;
  {
    const std::lock_guard lock(mutex_);
    synced_.push_back(std::move(collection));
    result = sync_result_;
  }
  done(result);
}

void FakeEngine::Touch(const std::string& collection) {
  const std::lock_guard lock(mutex_);
  touched_.push_back(collection);
}

void FakeEngine::Invalidate(const std::string& collection) {
  const std::lock_guard lock(mutex_);
  invalidated_.push_back(collection);
}

std::vector<std::string> FakeEngine::invalidated() {
  const std::lock_guard lock(mutex_);
  return invalidated_;
}

std::vector<std::string> FakeEngine::synced() {
  const std::lock_guard lock(mutex_);
  return synced_;
}

std::vector<std::string> FakeEngine::touched() {
  const std::lock_guard lock(mutex_);
  return touched_;
}

sync::NetworkSetting FakeEngine::setting() {
  const std::lock_guard lock(mutex_);
  return setting_;
}

void FakeEngine::set_sync_result(absl::Status status) {
  const std::lock_guard lock(mutex_);
  sync_result_ = std::move(status);
}

void FakeAuth::SignIn(std::string username, std::string password,
                      absl::AnyInvocable<void(absl::StatusOr<SignInAnswer>)> done) {
  if (username == "eve") {
    done(SignInAnswer{{}, {"SOFTWARE_TOKEN_MFA", "pool-session"}});
  } else if (username == "ada" && password == "secret") {
    done(SignInAnswer{{"cognito", "sub-1", "ada"}, {}});
  } else {
    done(absl::UnauthenticatedError("incorrect username or password"));
  }
}

void FakeAuth::RespondToChallenge(std::string name, std::string session, std::string username,
                                  std::string response,
                                  absl::AnyInvocable<void(absl::StatusOr<SignInAnswer>)> done) {
  if (name == "SOFTWARE_TOKEN_MFA" && session == "pool-session" && response == "123456") {
    done(SignInAnswer{{"cognito", "sub-2", username}, {}});
  } else {
    done(absl::UnauthenticatedError("the code is wrong"));
  }
}

void FakeAuth::SignOut(SignOutMode mode, absl::AnyInvocable<void(absl::Status)> done) {
  done(mode == SignOutMode::kRefuseIfUnsent
           ? absl::FailedPreconditionError("2 mutations are not sent")
           : absl::OkStatus());
}

std::shared_ptr<const Session> FakeSource::Current() {
  const std::lock_guard lock(mutex_);
  return session_;
}

void FakeSource::Set(std::shared_ptr<const Session> session) {
  const std::lock_guard lock(mutex_);
  session_ = std::move(session);
}

Store::Store(const std::string& path, uint64_t quota_bytes) {
  rules["todos"].ids = doors::IdMode::kServer;
  rules["notes"].ids = doors::IdMode::kClientUuid;
  rules["fixed"].ids = doors::IdMode::kClientUuid;
  rules["fixed"].can_delete = false;
  rules["shared"].ids = doors::IdMode::kClientUuid;
  rules["shared"].conflict = doors::ConflictMode::kHandler;
  store::EnvOptions options = support::TestEnvOptions(path);
  options.quota_bytes = quota_bytes;
  env = *store::Env::Open(options);
  rules["todos"].references = {{"parent", "todos"}};
  rules["notes"].references = {{"todo", "todos"}};
  doors::RulesByOperation operations;
  operations["finish"].arguments = {"n"};
  operations["archive"].arguments = {"id"};
  doors = *doors::Doors::Open(env.get(), rules, &clock, &random, {}, operations);
  feed = std::make_unique<view::ChangeFeed>(doors->opened_at_commit());
  doors::WriterSinks sinks;
  sinks.on_commit = [this](const auto& notice) { feed->Publish(notice); };
  sinks.on_fatal = [](const absl::Status& status) { ADD_FAILURE() << status; };
  writer = std::make_unique<doors::Writer>(doors.get(), env.get(), std::move(sinks));
  Session made;
  made.identity = {"cognito", "sub-1", "ada"};
  made.env = env.get();
  made.doors = doors.get();
  made.writer = writer.get();
  made.feed = feed.get();
  made.board = &board;
  session = std::shared_ptr<const Session>(new Session(made), [this](const Session* ended) {
    delete ended;
    released_.set_value();
  });
}

Store::~Store() {
  session.reset();
  // The limit only turns a reference that is kept into a failure.
  const auto released = released_.get_future().wait_for(std::chrono::seconds(20));
  EXPECT_EQ(released, std::future_status::ready) << "the session is still referred to";
  writer.reset();
}

void Store::Merge(std::vector<doors::MergeEvent> events) {
  std::promise<absl::Status> done;
  writer->Submit(doors::MergeRequest{std::move(events)},
                 [&done](doors::Answer answer) { done.set_value(answer.status); });
  const absl::Status status = done.get_future().get();
  ASSERT_TRUE(status.ok()) << status;
}

ApiFixture::ApiFixture() : store_(std::make_unique<Store>(dir_.path() + "/env")) {
  SignIn();
  server_ = std::make_unique<Server>(&source_, &store_->clock, &store_->random);
  auto listener = Listener::Create(loop_, {.path = socket_path_, .allowed_uids = {}},
                                   [this](int fd) { server_->AddConnection(fd); });
  EXPECT_TRUE(listener.ok()) << listener.status();
  listener_ = *std::move(listener);
  loop_thread_ = std::thread([this] { loop_.Run(); });
  stubs_ = std::make_unique<Stubs>(Connect());
}

ApiFixture::~ApiFixture() {
  stubs_.reset();
  loop_.Stop();
  loop_thread_.join();
  listener_.reset();
  server_.reset();
  source_.Set(nullptr);
}

void ApiFixture::ChangeSession(std::shared_ptr<const Session> session) {
  source_.Set(std::move(session));
  server_->OnSessionChanged();
}

std::shared_ptr<grpc::Channel> ApiFixture::Connect(const std::string& path) {
  grpc::ChannelArguments arguments;
  // A connection of its own for each channel.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel("unix:" + (path.empty() ? socket_path_ : path),
                                   grpc::InsecureChannelCredentials(), arguments);
}

grpc::Status ApiFixture::Get(const std::string& collection, const std::string& id,
                             v1::GetResponse* response) {
  v1::GetRequest request;
  request.set_collection(collection);
  request.set_document_id(id);
  return stubs_->data->Get(Context().get(), request, response);
}

grpc::Status ApiFixture::Mutate(const v1::MutateRequest& request, v1::MutateResponse* response) {
  return stubs_->data->Mutate(Context().get(), request, response);
}

v1::MutationResult ApiFixture::MustMutate(v1::Operation operation) {
  v1::MutateRequest request;
  *request.add_operations() = std::move(operation);
  v1::MutateResponse response;
  const grpc::Status status = Mutate(request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.results_size() == 1 ? response.results(0) : v1::MutationResult();
}

std::string ApiFixture::View(const std::string& collection, const std::string& id) {
  v1::GetResponse response;
  const grpc::Status status = Get(collection, id, &response);
  if (status.ok()) return response.document().json();
  return absl::StatusCodeToString(static_cast<absl::StatusCode>(status.error_code()));
}

std::unique_ptr<grpc::ClientContext> Context() {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  return context;
}

v1::Operation CreateOp(const std::string& collection, const std::string& json,
                       const std::string& id) {
  v1::Operation operation;
  operation.set_collection(collection);
  operation.set_document_id(id);
  operation.mutable_create()->set_json(json);
  return operation;
}

v1::Operation UpdateOp(const std::string& collection, const std::string& id,
                       const std::string& patch) {
  v1::Operation operation;
  operation.set_collection(collection);
  operation.set_document_id(id);
  operation.mutable_update()->set_json(patch);
  return operation;
}

v1::Operation DeleteOp(const std::string& collection, const std::string& id) {
  v1::Operation operation;
  operation.set_collection(collection);
  operation.set_document_id(id);
  operation.mutable_delete_();
  return operation;
}

v1::ErrorDetail DetailOf(const grpc::Status& status) {
  v1::Status wire;
  v1::ErrorDetail detail;
  EXPECT_TRUE(wire.ParseFromString(status.error_details()));
  EXPECT_EQ(wire.code(), static_cast<int>(status.error_code()));
  EXPECT_EQ(wire.message(), status.error_message());
  EXPECT_TRUE(wire.details_size() == 1 && wire.details(0).UnpackTo(&detail));
  return detail;
}

std::string ReasonOf(const grpc::Status& status) {
  if (status.ok()) return "OK";
  if (status.error_details().empty()) return "none: " + status.error_message();
  return v1::ErrorReason_Name(DetailOf(status).reason())
      .substr(std::string("ERROR_REASON_").size());
}

}  // namespace tideover::api
