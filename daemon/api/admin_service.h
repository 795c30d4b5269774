// AdminService: the log level so far. A resource, owned by the server. What it does not override
// answers UNIMPLEMENTED by gRPC's own code.
#ifndef TIDEOVER_API_ADMIN_SERVICE_H_
#define TIDEOVER_API_ADMIN_SERVICE_H_

#include <mutex>

#include "tideover/v1/admin.grpc.pb.h"

namespace tideover::api {

class AdminServiceImpl final : public v1::AdminService::CallbackService {
 public:
  grpc::ServerUnaryReactor* SetLogLevel(grpc::CallbackServerContext* context,
                                        const v1::SetLogLevelRequest* request,
                                        v1::SetLogLevelResponse* response) override;

 private:
  std::mutex mutex_;                                // Guards level_.
  v1::LogLevel level_ = v1::LOG_LEVEL_UNSPECIFIED;  // As set by this call; before it, not known.
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_ADMIN_SERVICE_H_
