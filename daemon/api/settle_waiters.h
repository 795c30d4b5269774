// SettleWaiters: callers that wait until their mutations have settled, fed by one subscription to
// the change feed however many they are. A resource, shared by the calls of one session;
// thread-safe. It subscribes with the first waiter and unsubscribes with the last, so that it costs
// the writer nothing while nobody waits.
#ifndef TIDEOVER_API_SETTLE_WAITERS_H_
#define TIDEOVER_API_SETTLE_WAITERS_H_

#include <absl/functional/any_invocable.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "api/session.h"
#include "api/worker_pool.h"

namespace tideover::api {

class SettleWaiters : public std::enable_shared_from_this<SettleWaiters> {
 public:
  explicit SettleWaiters(std::shared_ptr<WorkerPool> pool) : pool_(std::move(pool)) {}

  // `done` is called once, on a thread of the pool or within Add, when each of the mutations has
  // settled or is held for something that does not come by itself; not after Remove. Mutations that
  // settled before Add count too: nothing can be missed. Not on gRPC's threads: it reads.
  uint64_t Add(std::shared_ptr<const Session> session, std::vector<uint64_t> seqs,
               absl::AnyInvocable<void()> done);
  void Remove(uint64_t waiter);
  // The session ends: everybody is answered as things stand.
  void ReleaseAll();

 private:
  struct Waiter {
    std::shared_ptr<const Session> session;
    std::set<uint64_t> open;
    absl::AnyInvocable<void()> done;
  };
  using Released = std::vector<Waiter>;

  void Drain();
  void Resolve(uint64_t seq, Released* released);
  void CheckAll(Released* released);
  void Erase(std::map<uint64_t, Waiter>::iterator it, Released* released);

  const std::shared_ptr<WorkerPool> pool_;
  std::mutex mutex_;  // Guards everything below. Taken before the feed's own lock.
  std::map<uint64_t, Waiter> waiters_;
  std::map<uint64_t, std::set<uint64_t>> by_seq_;  // Mutation -> waiters.
  uint64_t last_waiter_ = 0;
  std::unique_ptr<view::Subscription> subscription_;  // While there are waiters.
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_SETTLE_WAITERS_H_
