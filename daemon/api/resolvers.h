// Resolvers: who answers for the conflicts of a collection: at most one call each. A resource,
// owned by the service and by the claims on it; thread-safe. ResolverClaim: one call's hold on a
// collection; a resource that ends with the call.
#ifndef TIDEOVER_API_RESOLVERS_H_
#define TIDEOVER_API_RESOLVERS_H_

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "api/session.h"

namespace tideover::api {

class Resolvers;

class ResolverClaim {
 public:
  ~ResolverClaim();
  ResolverClaim(const ResolverClaim&) = delete;
  ResolverClaim& operator=(const ResolverClaim&) = delete;

 private:
  friend class Resolvers;
  using Key = std::pair<const Session*, std::string>;  // The session is only compared.
  ResolverClaim(std::shared_ptr<Resolvers> resolvers, Key key)
      : resolvers_(std::move(resolvers)), key_(std::move(key)) {}

  const std::shared_ptr<Resolvers> resolvers_;
  const Key key_;
};

class Resolvers : public std::enable_shared_from_this<Resolvers> {
 public:
  // Nothing when somebody else is the resolver.
  std::unique_ptr<ResolverClaim> Claim(const Session* session, const std::string& collection);

 private:
  friend class ResolverClaim;
  std::mutex mutex_;  // Guards what follows.
  std::set<ResolverClaim::Key> claimed_;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_RESOLVERS_H_
