// AppSyncUpstream, a resource: AppSync as the sync engine's upstream. Owned by the session of one
// identity, loop thread only; client, credentials and loop outlive it.
//
// It joins the parts: which operation a mutation is (targets.h), how several share a request
// (push_plan.h), sending it (exchange.h), what the answer means (classify.h, answer.h). A list
// follows its pages to the end: the engine gets the whole of it or an error, never a part. What the
// backend tells by itself comes over realtime.h. It keeps no queue and retries nothing but a
// request whose credentials were refused.
#ifndef TIDEOVER_APPSYNC_APPSYNC_UPSTREAM_H_
#define TIDEOVER_APPSYNC_APPSYNC_UPSTREAM_H_

#include <absl/functional/any_invocable.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "appsync/answer.h"
#include "appsync/auth.h"
#include "appsync/binding.h"
#include "appsync/exchange.h"
#include "appsync/later.h"
#include "appsync/realtime.h"
#include "appsync/targets.h"
#include "loop/event_loop.h"
#include "net/http_client.h"
#include "sync/upstream.h"

namespace tideover::appsync {

// Documents asked for by one page, and pages of one list.
inline constexpr int kPageSize = 1000;
inline constexpr size_t kPagesMax = 10'000;

class AppSyncUpstream final : public sync::Upstream {
 public:
  // `numbers`: the collections' numbers in this environment (store::Catalog::all()), by which the
  // log calls them.
  AppSyncUpstream(loop::EventLoop& loop, net::HttpClient& http, AuthProvider& auth,
                  Endpoint endpoint, Bindings bindings,
                  const std::map<std::string, uint32_t, std::less<>>& numbers);

  size_t FitTogether(std::span<const sync::PushRequest> requests) const override;
  void Push(std::vector<sync::PushRequest> requests, PushDone done) override;
  void List(sync::ListRequest request, absl::AnyInvocable<void(sync::ListResult)> done) override;
  bool Tells(const std::string& collection) const override;
  void Listen(const std::string& collection, OnLive on_event) override;
  void StopListening(const std::string& collection) override;
  // The socket on which changes are told is dropped: all who listen are told that they may try
  // again.
  void Reset() override;

 private:
  struct Listing;

  void NextPage(std::unique_ptr<Listing> listing, const std::string& token);
  void OnPage(std::unique_ptr<Listing> listing, Verdict verdict);

  net::HttpClient& http_;
  const Targets targets_;
  Later later_;
  Exchanges exchanges_;
  Realtime realtime_;
};

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_APPSYNC_UPSTREAM_H_
