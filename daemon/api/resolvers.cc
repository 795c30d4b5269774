#include "api/resolvers.h"

namespace tideover::api {

ResolverClaim::~ResolverClaim() {
  const std::lock_guard lock(resolvers_->mutex_);
  resolvers_->claimed_.erase(key_);
}

std::unique_ptr<ResolverClaim> Resolvers::Claim(const Session* session,
                                                const std::string& collection) {
  ResolverClaim::Key key(session, collection);
  const std::lock_guard lock(mutex_);
  if (!claimed_.insert(key).second) return nullptr;
  return std::unique_ptr<ResolverClaim>(new ResolverClaim(shared_from_this(), std::move(key)));
}

}  // namespace tideover::api
