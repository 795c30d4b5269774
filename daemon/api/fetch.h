// Fetching before reading, for the read policies that ask for it. FetchThen never keeps a caller
// longer than kFetchWaitMax: who waits for the network is answered from the cache in the end.
#ifndef TIDEOVER_API_FETCH_H_
#define TIDEOVER_API_FETCH_H_

#include <absl/functional/any_invocable.h>

#include <string>

#include "api/shared.h"
#include "tideover/v1/data.pb.h"

namespace tideover::api {

// Lists the collection. `next` is called once, on the pool: with true when the list was applied.
void FetchThen(const Shared& shared, const std::string& collection,
               absl::AnyInvocable<void(bool)> next);

// What a read has to do about the network, by its policy.
struct ReadPlan {
  bool stale = false;
  // Before it answers.
  bool fetch_first = false;
  // Before it answers, but only if the cache does not have what is asked for.
  bool fetch_if_missing = false;
};
// Touches the collection, or starts a fetch in the background, where the policy says so.
ReadPlan PlanRead(const Shared& shared, const std::shared_ptr<const Session>& session,
                  const Collection& collection, v1::ReadPolicy policy);

}  // namespace tideover::api

#endif  // TIDEOVER_API_FETCH_H_
