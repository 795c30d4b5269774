#include "api/shared.h"

#include <fmt/format.h>

namespace tideover::api {

std::shared_ptr<SessionState> SessionStates::Of(const std::shared_ptr<const Session>& session) {
  const std::lock_guard lock(mutex_);
  if (state_ != nullptr && IsLatest(session)) return state_;
  session_ = session;
  state_ = std::make_shared<SessionState>();
  state_->epoch = fmt::format("{:016x}", random_->Next64());
  state_->settle = std::make_shared<SettleWaiters>(pool_);
  state_->census = std::make_shared<Census>(session, pool_, clock_);
  return state_;
}

std::shared_ptr<SessionState> SessionStates::LatestIfNot(
    const std::shared_ptr<const Session>& session) {
  const std::lock_guard lock(mutex_);
  return IsLatest(session) ? nullptr : state_;
}

// Also right when the former session is gone and the new one stands at its address.
bool SessionStates::IsLatest(const std::shared_ptr<const Session>& session) const {
  return !session_.owner_before(session) && !session.owner_before(session_);
}

std::shared_ptr<SessionState> SessionStates::Latest() {
  const std::lock_guard lock(mutex_);
  return state_;
}

}  // namespace tideover::api
