// What a failed call means: the daemon's machine-readable reason where it sent one, a sentence on
// what was wrong and a sentence on what to do. Failure is a value; Explain is a pure function of
// the status except that it looks at the socket's file to tell "not running" from "not allowed". A
// program decides on `reason` and `code`; the texts are for people and may change.
#ifndef TIDEOVER_CLIENT_FAILURE_H_
#define TIDEOVER_CLIENT_FAILURE_H_

#include <grpcpp/support/status.h>

#include <string>

#include "tideover/v1/error.pb.h"

namespace tideover::client {

struct Failure {
  grpc::StatusCode code = grpc::StatusCode::OK;
  // UNSPECIFIED when the error is gRPC's own or comes from an older daemon.
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  // What was wrong.
  std::string message;
  // What to do. May be empty.
  std::string remedy;
  // All that the daemon said about it.
  v1::ErrorDetail detail;
  // True when no daemon answered: none is running, it is stopping, or we may not connect.
  bool daemon_unreachable = false;
};

// `status` must not be OK. `socket_path` is the one that was called.
Failure Explain(const grpc::Status& status, const std::string& socket_path);

// The canonical name of a code, "NOT_FOUND".
std::string CodeName(grpc::StatusCode code);

}  // namespace tideover::client

#endif  // TIDEOVER_CLIENT_FAILURE_H_
