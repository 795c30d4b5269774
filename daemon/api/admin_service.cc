#include "api/admin_service.h"

#include <utility>

#include "api/failure.h"
#include "api/unary_call.h"
#include "base/logging.h"

namespace tideover::api {

grpc::ServerUnaryReactor* AdminServiceImpl::SetLogLevel(grpc::CallbackServerContext* context,
                                                        const v1::SetLogLevelRequest* request,
                                                        v1::SetLogLevelResponse* response) {
  switch (request->level()) {
    case v1::LOG_LEVEL_ERROR:
      base::SetLogLevel(base::LogLevel::kError);
      break;
    case v1::LOG_LEVEL_WARN:
      base::SetLogLevel(base::LogLevel::kWarning);
      break;
    case v1::LOG_LEVEL_INFO:
      base::SetLogLevel(base::LogLevel::kInfo);
      break;
    case v1::LOG_LEVEL_DEBUG:
    case v1::LOG_LEVEL_TRACE:  // There is nothing beyond debug yet.
      base::SetLogLevel(base::LogLevel::kDebug);
      break;
    default:
      return FinishNow(context, FailField("level", "say ERROR, WARN, INFO, DEBUG or TRACE"));
  }
  const std::lock_guard lock(mutex_);
  response->set_previous(std::exchange(level_, request->level()));
  return FinishNow(context, grpc::Status::OK);
}

}  // namespace tideover::api
