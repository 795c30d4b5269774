#include "api/watchers.h"

#include <algorithm>

#include "api/failure.h"
#include "api/limits.h"

namespace tideover::api {

bool Watchers::Add(const std::shared_ptr<Watcher>& watcher) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  if (watchers_.size() >= kWatchersMax) {
    std::erase_if(watchers_, [](const auto& weak) { return weak.expired(); });
  }
  if (watchers_.size() >= kWatchersMax) return false;
  watchers_.push_back(watcher);
  return true;
}

size_t Watchers::size() {
  const std::lock_guard lock(mutex_);
  std::erase_if(watchers_, [](const auto& weak) { return weak.expired(); });
  return watchers_.size();
}

void Watchers::EndThoseOfOtherSessions(const Session* present) {
  const grpc::Status status =
      present == nullptr
          ? Fail(absl::UnauthenticatedError("the identity of this watch signed out: sign in, "
                                            "`tideover login`, and watch again"),
                 v1::ERROR_REASON_NOT_SIGNED_IN)
          : Fail(absl::AbortedError("the identity changed: forget everything and watch again"));
  for (const auto& watcher : Alive()) {
    if (watcher->session() != nullptr && watcher->session() != present) watcher->End(status);
  }
}

void Watchers::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  for (const auto& watcher : Alive()) watcher->End(Stopping());
}

bool Watchers::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

std::vector<std::shared_ptr<Watcher>> Watchers::Alive() {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Watcher>> alive;
  for (const auto& weak : watchers_) {
    if (auto watcher = weak.lock()) alive.push_back(std::move(watcher));
  }
  return alive;
}

}  // namespace tideover::api
