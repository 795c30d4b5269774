#include "api/sync_service.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/convert.h"
#include "api/event_watch.h"
#include "api/failure.h"
#include "api/limits.h"
#include "api/lookup.h"
#include "api/status_report.h"
#include "api/status_watch.h"
#include "api/unary_call.h"

namespace tideover::api {
namespace {

bool KnownSetting(v1::NetworkSetting wire, sync::NetworkSetting* setting) {
  switch (wire) {
    case v1::NETWORK_SETTING_AUTO:
      *setting = sync::NetworkSetting::kAuto;
      return true;
    case v1::NETWORK_SETTING_ONLINE:
      *setting = sync::NetworkSetting::kOnline;
      return true;
    case v1::NETWORK_SETTING_OFFLINE:
      *setting = sync::NetworkSetting::kOffline;
      return true;
    default:
      return false;
  }
}

v1::ErrorReason SyncReason(const Session& session, absl::StatusCode code) {
  if (code == absl::StatusCode::kFailedPrecondition) return v1::ERROR_REASON_BACKEND_REFUSED;
  if (code != absl::StatusCode::kUnavailable) return v1::ERROR_REASON_UNSPECIFIED;
  return session.board->Get().setting == sync::NetworkSetting::kOffline
             ? v1::ERROR_REASON_NETWORK_FORCED_OFFLINE
             : v1::ERROR_REASON_BACKEND_UNREACHABLE;
}

// On the pool.
void AnswerSync(const Shared& shared, const std::shared_ptr<const Session>& session,
                const std::string& collection, UnaryCall<v1::SyncResponse>* call) {
  v1::SyncResponse answer;
  const absl::Status filled =
      FillCollections(shared, session, collection, answer.mutable_collections());
  if (filled.ok()) {
    call->Answer(std::move(answer));
  } else {
    call->Fail(Fail(filled));
  }
}

}  // namespace

grpc::ServerUnaryReactor* SyncServiceImpl::GetStatus(grpc::CallbackServerContext* /*context*/,
                                                     const v1::GetStatusRequest* /*request*/,
                                                     v1::GetStatusResponse* response) {
  const auto call = UnaryCall<v1::GetStatusResponse>::Start(response);
  shared_.pool->Post([call, shared = shared_] {
    v1::GetStatusResponse answer;
    const absl::Status filled =
        FillStatus(shared, shared.source->Current(), answer.mutable_status());
    if (filled.ok()) {
      call->Answer(std::move(answer));
    } else {
      call->Fail(Fail(filled));
    }
  });
  return call.get();
}

grpc::ServerWriteReactor<v1::WatchStatusResponse>* SyncServiceImpl::WatchStatus(
    grpc::CallbackServerContext* context, const v1::WatchStatusRequest* request) {
  base::Millis interval = kStatusIntervalDefault;
  if (request->has_min_interval()) {
    const auto& asked = request->min_interval();
    interval = base::Millis(asked.seconds() * 1000 + asked.nanos() / 1'000'000);
  }
  return StreamCall<v1::WatchStatusResponse>::Start(
      context, shared_, nullptr,
      std::make_unique<StatusWatch>(shared_, std::max(interval, kStatusIntervalMin)));
}

grpc::ServerUnaryReactor* SyncServiceImpl::SetNetwork(grpc::CallbackServerContext* context,
                                                      const v1::SetNetworkRequest* request,
                                                      v1::SetNetworkResponse* response) {
  sync::NetworkSetting setting{};
  if (!KnownSetting(request->setting(), &setting)) {
    return FinishNow(context, FailField("setting", "say AUTO, ONLINE or OFFLINE"));
  }
  shared_.source->engine().SetNetwork(setting);
  sync::EngineStatus status;
  if (const auto session = shared_.source->Current()) status = session->board->Get();
  status.setting = setting;  // The engine takes it up in its own time.
  if (setting == sync::NetworkSetting::kOffline) status.paused = sync::PauseReason::kForced;
  if (setting != sync::NetworkSetting::kOffline && status.paused == sync::PauseReason::kForced) {
    status.paused = sync::PauseReason::kNone;
  }
  FillNetwork(status, response->mutable_network());
  return FinishNow(context, grpc::Status::OK);
}

grpc::ServerUnaryReactor* SyncServiceImpl::Sync(grpc::CallbackServerContext* context,
                                                const v1::SyncRequest* request,
                                                v1::SyncResponse* response) {
  const std::shared_ptr<const Session> session = shared_.source->Current();
  if (session == nullptr) return FinishNow(context, NotSignedIn());
  if (!request->collection().empty()) {
    Collection collection;
    grpc::Status status = FindCollection(*session, request->collection(), &collection);
    if (!status.ok()) return FinishNow(context, std::move(status));
  }
  const auto call = UnaryCall<v1::SyncResponse>::Start(response);
  const std::string& collection = request->collection();
  const auto answer = [call, shared = shared_, session, collection] {
    AnswerSync(shared, session, collection, call.get());
  };
  if (!request->wait()) {
    shared_.source->engine().SyncNow(collection, [](const absl::Status&) {});
    shared_.pool->Post(answer);
    return call.get();
  }
  shared_.source->engine().SyncNow(
      collection, [call, pool = shared_.pool, session, answer](const absl::Status& status) {
        if (status.ok()) {
          pool->Post(answer);
        } else {
          call->Fail(Fail(status, SyncReason(*session, status.code())));
        }
      });
  return call.get();
}

grpc::ServerUnaryReactor* SyncServiceImpl::Invalidate(grpc::CallbackServerContext* context,
                                                      const v1::InvalidateRequest* request,
                                                      v1::InvalidateResponse* response) {
  const std::shared_ptr<const Session> session = shared_.source->Current();
  if (session == nullptr) return FinishNow(context, NotSignedIn());
  std::vector<std::string> names(request->collections().begin(), request->collections().end());
  for (const std::string& name : names) {
    Collection collection;
    grpc::Status status = FindCollection(*session, name, &collection);
    if (!status.ok()) return FinishNow(context, std::move(status));
  }
  if (names.empty()) {
    for (const auto& [name, unused] : session->doors->rules()) names.push_back(name);
  }
  for (std::string& name : names) {
    // Said here as well, so that the very next read knows.
    session->board->Update(
        [&name](sync::EngineStatus& status) { status.collections[name].invalidated = true; });
    shared_.freshness->Forget(name);
    shared_.source->engine().Invalidate(name);
    if (shared_.freshness->IsWatched(name)) {
      shared_.source->engine().SyncNow(name, [](const absl::Status&) {});
    }
    response->add_collections(std::move(name));
  }
  return FinishNow(context, grpc::Status::OK);
}

grpc::ServerWriteReactor<v1::Event>* SyncServiceImpl::WatchEvents(
    grpc::CallbackServerContext* context, const v1::WatchEventsRequest* request) {
  return StreamCall<v1::Event>::Start(context, shared_, nullptr,
                                      std::make_unique<EventWatch>(events_, request->after_id()));
}

}  // namespace tideover::api
