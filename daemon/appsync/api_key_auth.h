// ApiKeyAuth: the API key as credentials: always the same, never renewed; when the backend refuses
// it, only a new configuration helps. A resource; loop thread.
#ifndef TIDEOVER_APPSYNC_API_KEY_AUTH_H_
#define TIDEOVER_APPSYNC_API_KEY_AUTH_H_

#include "appsync/auth.h"
#include "appsync/later.h"
#include "loop/event_loop.h"

namespace tideover::appsync {

class ApiKeyAuth final : public AuthProvider {
 public:
  ApiKeyAuth(loop::EventLoop& loop, Secret key);

  void Token(Done done) override;
  // Always UNAUTHENTICATED: there is no other key.
  void Refresh(uint64_t generation, Done done) override;
  std::optional<Identity> identity() const override;

 private:
  const Secret key_;
  Later later_;
};

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_API_KEY_AUTH_H_
