#include "appsync/appsync_upstream.h"

#include <fmt/format.h>

#include <utility>

#include "appsync/arguments.h"
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
                                 Endpoint endpoint, std::vector<CollectionBinding> bindings,
                                 const std::map<std::string, uint32_t, std::less<>>& numbers)
    : http_(http),
      bindings_(std::move(bindings)),
      later_(loop),
      exchanges_(http, auth, std::move(endpoint)) {
  for (const CollectionBinding& binding : bindings_) {
    by_name_[binding.name] = &binding;
    const auto number = numbers.find(binding.name);
    if (number != numbers.end()) by_number_[number->second] = &binding;
  }
}

const CollectionBinding* AppSyncUpstream::FindByNumber(uint32_t number) const {
  const auto it = by_number_.find(number);
  return it == by_number_.end() ? nullptr : it->second;
}

void AppSyncUpstream::Refuse(std::string message, absl::AnyInvocable<void(sync::PushResult)> done) {
  later_.Run([message = std::move(message), done = std::move(done)]() mutable {
    sync::PushResult result;
    result.outcome = PushClass::kRejected;
    result.error.message = std::move(message);
    done(std::move(result));
  });
}

size_t AppSyncUpstream::FitTogether(std::span<const sync::PushRequest> /*requests*/) const {
  return 1;
}

void AppSyncUpstream::Push(std::vector<sync::PushRequest> requests, PushDone done) {
  PushOne(std::move(requests.front()), [done = std::move(done)](sync::PushResult result) mutable {
    std::vector<sync::PushResult> results;
    results.push_back(std::move(result));
    done(std::move(results));
  });
}

void AppSyncUpstream::PushOne(sync::PushRequest request,
                              absl::AnyInvocable<void(sync::PushResult)> done) {
  const CollectionBinding* collection = FindByNumber(request.mutation.collection());
  if (collection == nullptr) {
    return Refuse("its collection is not configured any more", std::move(done));
  }
  const OperationBinding* operation = OperationFor(*collection, request.mutation);
  if (operation == nullptr) {
    return Refuse(fmt::format("{} has no operation for this kind of write", collection->name),
                  std::move(done));
  }
  absl::StatusOr<json::Value> arguments = ArgumentsFor(*operation, request);
  if (!arguments.ok()) {
    return Refuse(std::string(arguments.status().message()), std::move(done));
  }
  exchanges_.Send(*operation, *arguments,
                  [collection, operation, mutation = std::move(request.mutation),
                   done = std::move(done)](Verdict verdict) mutable {
                    done(ReadPush(*collection, *operation, mutation, std::move(verdict)));
                  });
}

void AppSyncUpstream::List(sync::ListRequest request,
                           absl::AnyInvocable<void(sync::ListResult)> done) {
  const auto it = by_name_.find(request.collection);
  if (it == by_name_.end()) {
    later_.Run([name = request.collection, done = std::move(done)]() mutable {
      sync::ListResult result;
      result.outcome = PushClass::kRejected;
      result.error.message = fmt::format("the collection {} is not configured", name);
      done(std::move(result));
    });
    return;
  }
  auto listing = std::make_unique<Listing>();
  listing->collection = it->second;
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
  exchanges_.Send(operation, arguments,
                  [this, listing = std::move(listing)](Verdict verdict) mutable {
                    OnPage(std::move(listing), std::move(verdict));
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

void AppSyncUpstream::Reset() { http_.DropConnections(net::HttpClient::InFlight::kLetFinish); }

}  // namespace tideover::appsync
