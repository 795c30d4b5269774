#include "clients/fake_daemon.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace tideover::test {
namespace {

using Lock = std::unique_lock<std::mutex>;

v1::Document MakeDocument(const v1::Operation& operation, const std::string& id,
                          const std::string& json) {
  v1::Document document;
  document.set_collection(operation.collection());
  document.set_id(id);
  document.set_json(json);
  document.set_pending(true);
  document.add_pending_mutation_ids(operation.mutation_id());
  return document;
}

class Data : public v1::DataService::Service {
 public:
  explicit Data(FakeDaemon& fake) : fake_(fake) {}

  grpc::Status Get(grpc::ServerContext*, const v1::GetRequest* request,
                   v1::GetResponse* response) override {
    const Lock lock(fake_.mutex);
    fake_.get_request = *request;
    if (!fake_.failure.ok()) return fake_.failure;
    const auto& collection = fake_.documents[request->collection()];
    const auto found = collection.find(request->document_id());
    if (found == collection.end()) {
      return MakeError(grpc::StatusCode::NOT_FOUND, v1::ERROR_REASON_DOCUMENT_NOT_FOUND,
                       request->collection() + " has no document " + request->document_id(),
                       "look for it with `tideover query " + request->collection() + "`");
    }
    *response->mutable_document() = found->second;
    response->set_stale(fake_.stale);
    return grpc::Status::OK;
  }

  // The page token is the last id of the page before.
  grpc::Status Query(grpc::ServerContext*, const v1::QueryRequest* request,
                     v1::QueryResponse* response) override {
    const Lock lock(fake_.mutex);
    fake_.query_requests.push_back(*request);
    if (!fake_.failure.ok()) return fake_.failure;
    const auto& collection = fake_.documents[request->collection()];
    for (auto it = collection.upper_bound(request->page_token()); it != collection.end(); ++it) {
      if (response->documents_size() == request->page_size()) {
        response->set_next_page_token(std::prev(it)->first);
        break;
      }
      *response->add_documents() = it->second;
    }
    response->set_stale(fake_.stale);
    return grpc::Status::OK;
  }

  grpc::Status Mutate(grpc::ServerContext*, const v1::MutateRequest* request,
                      v1::MutateResponse* response) override {
    const Lock lock(fake_.mutex);
    fake_.mutate_requests.push_back(*request);
    if (!fake_.failure.ok()) return fake_.failure;
    for (const v1::Operation& operation : request->operations()) {
      if (operation.has_create() && !fake_.refused_json.empty() &&
          operation.create().json() == fake_.refused_json) {
        return MakeError(grpc::StatusCode::INVALID_ARGUMENT, v1::ERROR_REASON_INVALID_JSON,
                         "no JSON object", "write {\"field\": \"value\"}");
      }
      Apply(operation, request->wait(), response->add_results());
    }
    return grpc::Status::OK;
  }

  grpc::Status Invoke(grpc::ServerContext*, const v1::InvokeRequest* request,
                      v1::InvokeResponse* response) override {
    const Lock lock(fake_.mutex);
    fake_.invoke_request = *request;
    if (!fake_.failure.ok()) return fake_.failure;
    *response->mutable_result() = fake_.invoke_result;
    return grpc::Status::OK;
  }

  grpc::Status Watch(grpc::ServerContext*, const v1::WatchRequest* request,
                     grpc::ServerWriter<v1::WatchResponse>* writer) override {
    const Lock lock(fake_.mutex);
    fake_.watch_request = *request;
    if (!fake_.failure.ok()) return fake_.failure;
    for (const auto& message : fake_.watch_messages) writer->Write(message);
    return fake_.watch_end;
  }

 private:
  void Apply(const v1::Operation& operation, v1::Wait wait, v1::MutationResult* result) {
    auto& collection = fake_.documents[operation.collection()];
    ++last_seq_;
    std::string id = operation.document_id();
    if (id.empty()) id = "id-" + std::to_string(last_seq_);
    if (operation.has_create()) {
      collection[id] = MakeDocument(operation, id, operation.create().json());
    } else if (operation.has_replace()) {
      collection[id] = MakeDocument(operation, id, operation.replace().json());
    } else if (operation.has_delete_()) {
      collection.erase(id);
    }
    result->set_mutation_id(operation.mutation_id().empty() ? "m-" + std::to_string(last_seq_)
                                                            : operation.mutation_id());
    result->set_seq(last_seq_);
    result->set_document_id(id);
    result->set_state(v1::MUTATION_STATE_QUEUED);
    if (wait == v1::WAIT_SETTLED && fake_.settlement.has_value()) {
      *result->mutable_settlement() = *fake_.settlement;
      result->set_state(fake_.settlement->outcome() == v1::OUTCOME_REJECTED
                            ? v1::MUTATION_STATE_DEAD_LETTERED
                            : v1::MUTATION_STATE_SETTLED);
    }
  }

  FakeDaemon& fake_;
  uint64_t last_seq_ = 0;
};

class Outbox : public v1::OutboxService::Service {
 public:
  explicit Outbox(FakeDaemon& fake) : fake_(fake) {}

  grpc::Status List(grpc::ServerContext*, const v1::ListMutationsRequest* request,
                    v1::ListMutationsResponse* response) override {
    const Lock lock(fake_.mutex);
    fake_.list_request = *request;
    if (!fake_.failure.ok()) return fake_.failure;
    const size_t begin = request->page_token().empty() ? 0 : std::stoul(request->page_token());
    for (size_t i = begin; i < fake_.mutations.size(); ++i) {
      if (response->mutations_size() == request->page_size()) {
        response->set_next_page_token(std::to_string(i));
        break;
      }
      *response->add_mutations() = fake_.mutations[i];
    }
    *response->mutable_counts() = fake_.counts;
    return grpc::Status::OK;
  }

  grpc::Status Get(grpc::ServerContext*, const v1::GetMutationRequest* request,
                   v1::GetMutationResponse* response) override {
    const Lock lock(fake_.mutex);
    if (!fake_.failure.ok()) return fake_.failure;
    return Find(request->mutation_id(), response->mutable_mutation());
  }

  grpc::Status Retry(grpc::ServerContext*, const v1::RetryRequest* request,
                     v1::RetryResponse* response) override {
    const Lock lock(fake_.mutex);
    fake_.retry_request = *request;
    if (!fake_.failure.ok()) return fake_.failure;
    response->set_count(static_cast<uint64_t>(request->selector().mutation_ids_size()));
    return grpc::Status::OK;
  }

  grpc::Status Discard(grpc::ServerContext*, const v1::DiscardRequest* request,
                       v1::DiscardResponse* response) override {
    const Lock lock(fake_.mutex);
    fake_.discard_request = *request;
    if (!fake_.failure.ok()) return fake_.failure;
    response->set_count(static_cast<uint64_t>(request->selector().mutation_ids_size()));
    return grpc::Status::OK;
  }

  grpc::Status Hold(grpc::ServerContext*, const v1::HoldRequest* request,
                    v1::HoldResponse* response) override {
    const Lock lock(fake_.mutex);
    fake_.hold_request = *request;
    if (!fake_.failure.ok()) return fake_.failure;
    response->set_count(static_cast<uint64_t>(request->selector().mutation_ids_size()));
    return grpc::Status::OK;
  }

  grpc::Status Release(grpc::ServerContext*, const v1::ReleaseRequest* request,
                       v1::ReleaseResponse* response) override {
    const Lock lock(fake_.mutex);
    fake_.release_request = *request;
    if (!fake_.failure.ok()) return fake_.failure;
    response->set_count(static_cast<uint64_t>(request->selector().mutation_ids_size()));
    return grpc::Status::OK;
  }

  // The edited mutation gets a new id, as one that may have been sent does.
  grpc::Status Edit(grpc::ServerContext*, const v1::EditRequest* request,
                    v1::EditResponse* response) override {
    const Lock lock(fake_.mutex);
    fake_.edit_request = *request;
    if (!fake_.failure.ok()) return fake_.failure;
    grpc::Status status = Find(request->mutation_id(), response->mutable_mutation());
    response->mutable_mutation()->set_mutation_id(request->mutation_id() + "-new");
    return status;
  }

  grpc::Status ResolveConflict(grpc::ServerContext*, const v1::ResolveConflictRequest* request,
                               v1::ResolveConflictResponse* response) override {
    const Lock lock(fake_.mutex);
    fake_.resolve_request = *request;
    if (!fake_.failure.ok()) return fake_.failure;
    grpc::Status status = Find(request->mutation_id(), response->mutable_mutation());
    response->mutable_mutation()->set_state(v1::MUTATION_STATE_QUEUED);
    response->mutable_mutation()->clear_hold_reason();
    return status;
  }

  grpc::Status Export(grpc::ServerContext*, const v1::ExportRequest* request,
                      grpc::ServerWriter<v1::ExportResponse>* writer) override {
    const Lock lock(fake_.mutex);
    fake_.export_request = *request;
    if (!fake_.failure.ok()) return fake_.failure;
    for (const v1::Mutation& mutation : fake_.mutations) {
      v1::ExportResponse message;
      *message.mutable_mutation() = mutation;
      writer->Write(message);
    }
    return grpc::Status::OK;
  }

 private:
  grpc::Status Find(const std::string& mutation_id, v1::Mutation* found) {
    for (const v1::Mutation& mutation : fake_.mutations) {
      if (mutation.mutation_id() != mutation_id) continue;
      *found = mutation;
      return grpc::Status::OK;
    }
    return MakeError(grpc::StatusCode::NOT_FOUND, v1::ERROR_REASON_MUTATION_NOT_FOUND,
                     "no mutation " + mutation_id, "see `tideover outbox ls`");
  }

  FakeDaemon& fake_;
};

// Not called Sync: a class cannot have a method of its own name.
class Synchronisation : public v1::SyncService::Service {
 public:
  explicit Synchronisation(FakeDaemon& fake) : fake_(fake) {}

  grpc::Status GetStatus(grpc::ServerContext*, const v1::GetStatusRequest*,
                         v1::GetStatusResponse* response) override {
    const Lock lock(fake_.mutex);
    if (!fake_.failure.ok()) return fake_.failure;
    *response->mutable_status() = fake_.status;
    return grpc::Status::OK;
  }

  grpc::Status WatchStatus(grpc::ServerContext*, const v1::WatchStatusRequest*,
                           grpc::ServerWriter<v1::WatchStatusResponse>* writer) override {
    Lock lock(fake_.mutex);
    if (!fake_.failure.ok()) return fake_.failure;
    v1::WatchStatusResponse message;
    *message.mutable_status() = fake_.status;
    writer->Write(message);
    fake_.status_watched = true;
    fake_.changed.notify_all();
    fake_.changed.wait(lock, [this] { return fake_.ending || !fake_.status_watch_stays; });
    return grpc::Status::OK;
  }

  grpc::Status SetNetwork(grpc::ServerContext*, const v1::SetNetworkRequest* request,
                          v1::SetNetworkResponse* response) override {
    const Lock lock(fake_.mutex);
    if (!fake_.failure.ok()) return fake_.failure;
    fake_.status.mutable_network()->set_setting(request->setting());
    *response->mutable_network() = fake_.status.network();
    return grpc::Status::OK;
  }

  grpc::Status Sync(grpc::ServerContext*, const v1::SyncRequest* request,
                    v1::SyncResponse* response) override {
    Lock lock(fake_.mutex);
    fake_.sync_request = *request;
    if (!fake_.failure.ok()) return fake_.failure;
    fake_.changed.wait(lock, [this] {
      return fake_.ending || !fake_.sync_waits_for_watcher || fake_.status_watched;
    });
    *response->mutable_collections() = fake_.status.collections();
    return grpc::Status::OK;
  }

  grpc::Status Invalidate(grpc::ServerContext*, const v1::InvalidateRequest* request,
                          v1::InvalidateResponse* response) override {
    const Lock lock(fake_.mutex);
    fake_.invalidate_request = *request;
    if (!fake_.failure.ok()) return fake_.failure;
    *response->mutable_collections() = request->collections();
    return grpc::Status::OK;
  }

  grpc::Status WatchEvents(grpc::ServerContext*, const v1::WatchEventsRequest* request,
                           grpc::ServerWriter<v1::Event>* writer) override {
    const Lock lock(fake_.mutex);
    fake_.events_request = *request;
    if (!fake_.failure.ok()) return fake_.failure;
    for (const v1::Event& event : fake_.events) writer->Write(event);
    return fake_.events_end;
  }

 private:
  FakeDaemon& fake_;
};

class Auth : public v1::AuthService::Service {
 public:
  explicit Auth(FakeDaemon& fake) : fake_(fake) {}

  grpc::Status SignIn(grpc::ServerContext*, const v1::SignInRequest* request,
                      v1::SignInResponse* response) override {
    const Lock lock(fake_.mutex);
    if (!fake_.failure.ok()) return fake_.failure;
    if (request->password() != fake_.password) return Refused("wrong name or password");
    username_ = request->username();
    if (fake_.challenge.has_value()) {
      *response->mutable_challenge() = *fake_.challenge;
    } else {
      *response->mutable_signed_in() = SignedIn();
    }
    return grpc::Status::OK;
  }

  grpc::Status RespondToChallenge(grpc::ServerContext*,
                                  const v1::RespondToChallengeRequest* request,
                                  v1::RespondToChallengeResponse* response) override {
    const Lock lock(fake_.mutex);
    if (!fake_.failure.ok()) return fake_.failure;
    if (request->answer() != fake_.challenge_answer) return Refused("wrong code");
    *response->mutable_signed_in() = SignedIn();
    return grpc::Status::OK;
  }

  grpc::Status SignOut(grpc::ServerContext*, const v1::SignOutRequest* request,
                       v1::SignOutResponse* response) override {
    const Lock lock(fake_.mutex);
    fake_.sign_out_request = *request;
    if (!fake_.failure.ok()) return fake_.failure;
    *response->mutable_outbox() = fake_.counts_at_sign_out;
    fake_.identity.Clear();
    fake_.identity.set_state(v1::IDENTITY_STATE_SIGNED_OUT);
    return grpc::Status::OK;
  }

  grpc::Status GetIdentity(grpc::ServerContext*, const v1::GetIdentityRequest*,
                           v1::GetIdentityResponse* response) override {
    const Lock lock(fake_.mutex);
    if (!fake_.failure.ok()) return fake_.failure;
    *response->mutable_identity() = fake_.identity;
    return grpc::Status::OK;
  }

 private:
  static grpc::Status Refused(const std::string& message) {
    return MakeError(grpc::StatusCode::UNAUTHENTICATED, v1::ERROR_REASON_SIGN_IN_REFUSED, message,
                     "try again");
  }

  v1::Identity SignedIn() {
    fake_.identity.set_username(username_);
    fake_.identity.set_state(v1::IDENTITY_STATE_SIGNED_IN);
    return fake_.identity;
  }

  FakeDaemon& fake_;
  std::string username_;
};

}  // namespace

struct FakeDaemon::Services {
  explicit Services(FakeDaemon& fake) : data(fake), outbox(fake), sync(fake), auth(fake) {}
  Data data;
  Outbox outbox;
  Synchronisation sync;
  Auth auth;
};

grpc::Status MakeError(grpc::StatusCode code, v1::ErrorReason reason, const std::string& message,
                       const std::string& remedy) {
  v1::ErrorDetail detail;
  detail.set_reason(reason);
  detail.set_remedy(remedy);
  v1::Status envelope;
  envelope.set_code(code);
  envelope.set_message(message);
  envelope.add_details()->PackFrom(detail);
  return {code, message, envelope.SerializeAsString()};
}

FakeDaemon::FakeDaemon() : services_(std::make_unique<Services>(*this)) {
  std::string pattern = (std::filesystem::temp_directory_path() / "tideover-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp " + pattern);
  directory_ = pattern;
  socket_path_ = directory_ + "/tideover.sock";
  identity.set_state(v1::IDENTITY_STATE_SIGNED_OUT);
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + socket_path_, grpc::InsecureServerCredentials());
  builder.RegisterService(&services_->data);
  builder.RegisterService(&services_->outbox);
  builder.RegisterService(&services_->sync);
  builder.RegisterService(&services_->auth);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) throw std::runtime_error("cannot listen at " + socket_path_);
}

FakeDaemon::~FakeDaemon() {
  {
    const Lock lock(mutex);
    ending = true;
    changed.notify_all();
  }
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
  std::filesystem::remove_all(directory_);
}

}  // namespace tideover::test
