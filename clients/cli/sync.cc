#include <array>
#include <future>
#include <ostream>
#include <utility>

#include "cli/collection_table.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/words.h"

namespace tideover::cli {
namespace {

// "todos 120 of 1000; outbox 3 queued", for the progress line.
std::string SyncProgressWords(const v1::DaemonStatus& status) {
  std::string words;
  for (const v1::CollectionStatus& collection : status.collections()) {
    if (!collection.syncing()) continue;
    words += (words.empty() ? "fetching " : ", ") + collection.collection() + " " +
             ProgressWords(collection.progress());
  }
  if (words.empty()) words = "synchronising";
  return words + "; outbox " + CountsWords(status.outbox());
}

// Shows the daemon's progress until `done` is cancelled from the Sync call's callback.
void FollowStatus(Context& context, grpc::ClientContext* watch, Progress* progress) {
  auto stream = context.connection.sync().WatchStatus(watch, v1::WatchStatusRequest());
  v1::WatchStatusResponse message;
  while (stream->Read(&message)) progress->Show(SyncProgressWords(message.status()));
  stream->Finish();
}

grpc::Status SyncWithProgress(Context& context, const v1::SyncRequest& request,
                              v1::SyncResponse* response) {
  Call call(context.WaitTimeout());
  Progress progress(context.environment);
  if (!progress.enabled()) return context.connection.sync().Sync(call, request, response);
  grpc::ClientContext watch;
  std::promise<grpc::Status> done;
  std::future<grpc::Status> result = done.get_future();
  context.connection.sync().async()->Sync(call, &request, response,
                                          [&done, &watch](grpc::Status status) {
                                            watch.TryCancel();
                                            done.set_value(std::move(status));
                                          });
  FollowStatus(context, &watch, &progress);
  return result.get();
}

}  // namespace

int RunSync(Context& context) {
  const Arguments& arguments = context.arguments;
  if (arguments.full && arguments.delta) {
    return context.Usage("--full and --delta exclude each other");
  }
  v1::SyncRequest request;
  request.set_collection(arguments.collection);
  request.set_wait(arguments.wait);
  if (arguments.full) request.set_mode(v1::SYNC_MODE_FULL);
  if (arguments.delta) request.set_mode(v1::SYNC_MODE_DELTA);
  v1::SyncResponse response;
  const grpc::Status status = arguments.wait
                                  ? SyncWithProgress(context, request, &response)
                                  : context.connection.sync().Sync(Call(), request, &response);
  if (!status.ok()) return context.Fail(status);
  if (context.json()) {
    context.PrintJson(response);
    return kExitOk;
  }
  PrintCollections(context, response.collections());
  if (!arguments.wait) context.Note("started; --wait waits for it");
  return kExitOk;
}

int RunInvalidate(Context& context) {
  v1::InvalidateRequest request;
  if (!context.arguments.collection.empty()) request.add_collections(context.arguments.collection);
  v1::InvalidateResponse response;
  const grpc::Status status = context.connection.sync().Invalidate(Call(), request, &response);
  if (!status.ok()) return context.Fail(status);
  if (context.json()) {
    context.PrintJson(response);
    return kExitOk;
  }
  for (const std::string& collection : response.collections()) {
    context.out() << Printable(collection) << ": stale" << std::endl;
  }
  return kExitOk;
}

int RunNetwork(Context& context) {
  constexpr std::array<std::pair<const char*, v1::NetworkSetting>, 3> kSettings = {
      {{"auto", v1::NETWORK_SETTING_AUTO},
       {"online", v1::NETWORK_SETTING_ONLINE},
       {"offline", v1::NETWORK_SETTING_OFFLINE}}};
  v1::NetworkStatus network;
  grpc::Status status;
  if (context.arguments.network.empty()) {
    v1::GetStatusResponse response;
    status = context.connection.sync().GetStatus(Call(), v1::GetStatusRequest(), &response);
    network = response.status().network();
  } else {
    v1::SetNetworkRequest request;
    for (const auto& [word, setting] : kSettings) {
      if (context.arguments.network == word) request.set_setting(setting);
    }
    if (request.setting() == v1::NETWORK_SETTING_UNSPECIFIED) {
      return context.Usage("network: auto, online or offline, not " + context.arguments.network);
    }
    v1::SetNetworkResponse response;
    status = context.connection.sync().SetNetwork(Call(), request, &response);
    network = response.network();
  }
  if (!status.ok()) return context.Fail(status);
  if (context.json()) {
    context.PrintJson(network);
    return kExitOk;
  }
  const Cell state = NetworkCell(network);
  context.out() << "setting " << SettingWord(network.setting()) << ", network "
                << context.Painted(state.text, state.colour) << std::endl;
  return kExitOk;
}

}  // namespace tideover::cli
