#include "appsync/appsync_upstream.h"

#include <fmt/format.h>

#include <utility>

#include "appsync/push_plan.h"
#include "base/check.h"
#include "base/json.h"

namespace tideover::appsync {

using sync::PushClass;

// One list while its pages come in.
struct AppSyncUpstream::Listing {
  const CollectionBinding* collection = nullptr;
  absl::AnyInvocable<void(sync::ListResult)> done;
  std::vector<json::Value> documents;
  size_t pages = 0;
};

AppSyncUpstream::AppSyncUpstream(loop::EventLoop& loop, net::HttpClient& http, AuthProvider& auth,
                                 Endpoint endpoint, Bindings bindings,
                                 const std::map<std::string, uint32_t, std::less<>>& numbers)
    : http_(http),
      targets_(std::move(bindings), numbers),
      later_(loop),
      exchanges_(http, auth, endpoint),
      realtime_(loop, auth, endpoint.url,
                OverTheNetwork(loop, std::move(endpoint.socket_options))) {}

size_t AppSyncUpstream::FitTogether(std::span<const sync::PushRequest> requests) const {
  return CountThatFit(targets_, requests);
}

void AppSyncUpstream::Push(std::vector<sync::PushRequest> requests, PushDone done) {
  PushPlan plan(targets_, std::move(requests));
  std::vector<Call> calls = plan.TakeCalls();
  if (calls.empty()) {
    later_.Run([plan = std::move(plan), done = std::move(done)]() mutable { done(plan.Read({})); });
    return;
  }
  exchanges_.Send(std::move(calls), [plan = std::move(plan), done = std::move(done)](
                                        std::vector<Verdict> verdicts) mutable {
    done(plan.Read(std::move(verdicts)));
  });
}

void AppSyncUpstream::List(sync::ListRequest request,
                           absl::AnyInvocable<void(sync::ListResult)> done) {
  const CollectionBinding* collection = targets_.FindCollection(request.collection);
  if (collection == nullptr) {
    later_.Run([name = request.collection, done = std::move(done)]() mutable {
      sync::ListResult result;
      result.outcome = PushClass::kRejected;
      result.error.message = fmt::format("the collection {} is not configured", name);
      done(std::move(result));
    });
    return;
  }
  auto listing = std::make_unique<Listing>();
  listing->collection = collection;
  listing->done = std::move(done);
  NextPage(std::move(listing), "");
}

void AppSyncUpstream::NextPage(std::unique_ptr<Listing> listing, const std::string& token) {
  const OperationBinding& operation = listing->collection->list;
  json::Value arguments = json::Value::Object();
  if (operation.FindArgument("limit") != nullptr) {
    arguments.Set("limit", json::Value::Int(kPageSize));
  }
  if (!token.empty()) arguments.Set("nextToken", json::Value::String(token));
  std::vector<Call> calls(1);
  calls[0].operation = &operation;
  calls[0].arguments = std::move(arguments);
  exchanges_.Send(std::move(calls),
                  [this, listing = std::move(listing)](std::vector<Verdict> verdicts) mutable {
                    OnPage(std::move(listing), std::move(verdicts[0]));
                  });
}

void AppSyncUpstream::OnPage(std::unique_ptr<Listing> listing, Verdict verdict) {
  ListPage page = ReadList(*listing->collection, std::move(verdict));
  if (page.result.outcome != PushClass::kConfirmed) {
    return listing->done(std::move(page.result));
  }
  if (listing->documents.empty()) {
    listing->documents = std::move(page.result.documents);
  } else {
    for (json::Value& document : page.result.documents) {
      listing->documents.push_back(std::move(document));
    }
  }
  if (page.next_token.empty()) {
    page.result.documents = std::move(listing->documents);
    return listing->done(std::move(page.result));
  }
  if (++listing->pages < kPagesMax) return NextPage(std::move(listing), page.next_token);
  sync::ListResult endless;
  endless.outcome = PushClass::kRejected;
  endless.error.message = fmt::format("the list of {} has no end: more than {} pages",
                                      listing->collection->name, kPagesMax);
  listing->done(std::move(endless));
}

bool AppSyncUpstream::Tells(const std::string& collection) const {
  const CollectionBinding* binding = targets_.FindCollection(collection);
  return binding != nullptr && !binding->subscriptions.empty();
}

void AppSyncUpstream::Listen(const std::string& collection, OnLive on_event) {
  TIDEOVER_CHECK(Tells(collection), collection + " does not tell");
  realtime_.Listen(*targets_.FindCollection(collection), std::move(on_event));
}

void AppSyncUpstream::StopListening(const std::string& collection) {
  realtime_.StopListening(collection);
}

void AppSyncUpstream::Reset() {
  http_.DropConnections(net::HttpClient::InFlight::kLetFinish);
  realtime_.Reset();
}

}  // namespace tideover::appsync
