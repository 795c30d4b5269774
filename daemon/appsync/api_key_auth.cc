#include "appsync/api_key_auth.h"

#include <utility>

namespace tideover::appsync {

ApiKeyAuth::ApiKeyAuth(loop::EventLoop& loop, Secret key) : key_(std::move(key)), later_(loop) {}

void ApiKeyAuth::Token(Done done) {
  later_.Run([this, done = std::move(done)]() mutable { done(AuthHeader{"x-api-key", key_, 1}); });
}

void ApiKeyAuth::Refresh(uint64_t, Done done) {
  later_.Run([done = std::move(done)]() mutable {
    done(absl::UnauthenticatedError("the backend refused the API key: it is wrong or has expired"));
  });
}

std::optional<Identity> ApiKeyAuth::identity() const {
  return Identity{Identity::Kind::kApiKey, "api-key", "api-key", "API key"};
}

}  // namespace tideover::appsync
