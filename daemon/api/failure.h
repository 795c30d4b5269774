// Failure: how a call ends when it fails: a canonical gRPC code, a message for people, and an
// ErrorDetail for programs in the status details. Pure functions; any thread. The code and the
// reason always belong together as error.proto says.
#ifndef TIDEOVER_API_FAILURE_H_
#define TIDEOVER_API_FAILURE_H_

#include <absl/status/status.h>
#include <grpcpp/support/status.h>

#include <string>

#include "tideover/v1/error.pb.h"

namespace tideover::api {

// `detail.reason` unset: the one that belongs to the code when nothing more is known.
// `detail.remedy` empty: the usual one of the reason, if there is one.
grpc::Status Fail(const absl::Status& status, v1::ErrorDetail detail = {});
grpc::Status Fail(const absl::Status& status, v1::ErrorReason reason);

// A fault of the request in this field (proto spelling).
grpc::Status FailField(const std::string& field, const std::string& message,
                       v1::ErrorReason reason = v1::ERROR_REASON_INVALID_REQUEST);

// Of a text that json::Parse refused: which limit or rule, and where. Leaves other statuses alone.
v1::ErrorDetail JsonDetail(const absl::Status& status, const std::string& field);

// Of a filter that does not parse.
grpc::Status FailFilter(const absl::Status& status);

grpc::Status NotSignedIn();
grpc::Status Stopping();

}  // namespace tideover::api

#endif  // TIDEOVER_API_FAILURE_H_
