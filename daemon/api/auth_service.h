// AuthService: hands over to the daemon's AuthPort. A resource, owned by the server. It keeps
// nothing: what a challenge's answer needs travels in the challenge's session text.
#ifndef TIDEOVER_API_AUTH_SERVICE_H_
#define TIDEOVER_API_AUTH_SERVICE_H_

#include "api/shared.h"
#include "tideover/v1/auth.grpc.pb.h"

namespace tideover::api {

class AuthServiceImpl final : public v1::AuthService::CallbackService {
 public:
  explicit AuthServiceImpl(const Shared& shared) : shared_(shared) {}

  grpc::ServerUnaryReactor* SignIn(grpc::CallbackServerContext* context,
                                   const v1::SignInRequest* request,
                                   v1::SignInResponse* response) override;
  grpc::ServerUnaryReactor* RespondToChallenge(grpc::CallbackServerContext* context,
                                               const v1::RespondToChallengeRequest* request,
                                               v1::RespondToChallengeResponse* response) override;
  grpc::ServerUnaryReactor* SignOut(grpc::CallbackServerContext* context,
                                    const v1::SignOutRequest* request,
                                    v1::SignOutResponse* response) override;
  grpc::ServerUnaryReactor* GetIdentity(grpc::CallbackServerContext* context,
                                        const v1::GetIdentityRequest* request,
                                        v1::GetIdentityResponse* response) override;

 private:
  const Shared shared_;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_AUTH_SERVICE_H_
