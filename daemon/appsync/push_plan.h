// PushPlan: from the mutations that the engine sends together to the calls of one GraphQL request,
// and from their answers back to one result for each. A value; planning is pure.
//
// Every mutation is a call of its own (an alias), but a run of at least two of one collection that
// has a batch operation is one call that carries them all. What can never be sent becomes no call:
// its result is there at once. An invoke travels alone: how long it takes and what its failure
// means nobody knows.
#ifndef TIDEOVER_APPSYNC_PUSH_PLAN_H_
#define TIDEOVER_APPSYNC_PUSH_PLAN_H_

#include <span>
#include <utility>
#include <vector>

#include "appsync/classify.h"
#include "appsync/graphql.h"
#include "appsync/targets.h"
#include "sync/upstream.h"

namespace tideover::appsync {

// AppSync's limit on the tokens of a query. The longest operations of a model have some dozens.
inline constexpr size_t kQueryTokensMax = 15'000;
// Bytes of a request that several share. AppSync documents no limit of its own; one document is
// sent whatever its size.
inline constexpr size_t kSharedBytesMax = size_t{256} << 10;

// How many of the requests, from the first on, fit into one: at least 1.
size_t CountThatFit(const Targets& targets, std::span<const sync::PushRequest> requests);

class PushPlan {
 public:
  // `targets` outlives the plan.
  PushPlan(const Targets& targets, std::vector<sync::PushRequest> requests);

  // Empty when nothing of it can be sent. To be taken once.
  std::vector<Call> TakeCalls() { return std::move(calls_); }
  // One result for each request, in their order; `verdicts` are those of the calls.
  std::vector<sync::PushResult> Read(std::vector<Verdict> verdicts);

 private:
  // Whose a call is.
  struct Cargo {
    // nullptr: one mutation by its own operation.
    const BatchBinding* batch = nullptr;
    std::vector<size_t> members;
  };
  struct Planned {
    sync::Mutation mutation;
    Target target;
  };

  void Plan(const Targets& targets, size_t index, const sync::PushRequest& request);
  bool JoinsLast(const BatchBinding& batch) const;
  void AddItem(size_t index, json::Value arguments);

  std::vector<Planned> planned_;
  std::vector<Call> calls_;
  std::vector<Cargo> cargos_;
  std::vector<sync::PushResult> results_;
};

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_PUSH_PLAN_H_
