#include "tideover/client/failure.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

#include "tideover/client/socket_path.h"

namespace tideover::client {
namespace {

std::optional<v1::ErrorDetail> DetailOf(const grpc::Status& status) {
  v1::Status envelope;
  if (status.error_details().empty() || !envelope.ParseFromString(status.error_details())) {
    return std::nullopt;
  }
  for (const auto& any : envelope.details()) {
    v1::ErrorDetail detail;
    if (any.Is<v1::ErrorDetail>() && any.UnpackTo(&detail)) return detail;
  }
  return std::nullopt;
}

// Nobody answered at the socket: find out why as far as the file tells.
void ExplainUnreachable(const std::string& path, Failure* failure) {
  constexpr char kStart[] =
      "start it with `systemctl --user start tideoverd` or run `tideoverd`; "
      "another socket is named by --socket or TIDEOVER_SOCKET";
  failure->daemon_unreachable = true;
  failure->remedy = kStart;
  struct stat info = {};
  if (path.empty()) {
    failure->message = "no socket path is known: XDG_RUNTIME_DIR and HOME are not set";
    failure->remedy = "name the daemon's socket by TIDEOVER_SOCKET";
  } else if (path.size() > SocketPathBytesMax()) {
    failure->message =
        "socket path is longer than " + std::to_string(SocketPathBytesMax()) + " bytes: " + path;
    failure->remedy = "use a shorter path";
  } else if (::stat(path.c_str(), &info) != 0) {
    failure->message = errno == EACCES ? "not allowed to reach tideoverd at " + path
                                       : "tideoverd is not running: there is no socket " + path;
  } else if (!S_ISSOCK(info.st_mode)) {
    failure->message = "not a socket: " + path;
  } else if (::access(path.c_str(), W_OK) != 0) {
    failure->message = "not allowed to use the socket " + path + ": it belongs to another user";
    failure->remedy = "run as that user";
  } else {
    failure->message = "tideoverd does not answer at " + path;
  }
}

struct CodeWord {
  grpc::StatusCode code;
  const char* name;
  const char* remedy;  // for errors that carry none
};

constexpr std::array<CodeWord, 17> kCodes = {{
    {grpc::StatusCode::OK, "OK", ""},
    {grpc::StatusCode::CANCELLED, "CANCELLED", ""},
    {grpc::StatusCode::UNKNOWN, "UNKNOWN", "look at the daemon's log"},
    {grpc::StatusCode::INVALID_ARGUMENT, "INVALID_ARGUMENT", ""},
    {grpc::StatusCode::DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED",
     "allow more time; what was written before stays written"},
    {grpc::StatusCode::NOT_FOUND, "NOT_FOUND", ""},
    {grpc::StatusCode::ALREADY_EXISTS, "ALREADY_EXISTS", ""},
    {grpc::StatusCode::PERMISSION_DENIED, "PERMISSION_DENIED", ""},
    {grpc::StatusCode::RESOURCE_EXHAUSTED, "RESOURCE_EXHAUSTED", "repeat after a moment"},
    {grpc::StatusCode::FAILED_PRECONDITION, "FAILED_PRECONDITION", ""},
    {grpc::StatusCode::ABORTED, "ABORTED", "read again and repeat"},
    {grpc::StatusCode::OUT_OF_RANGE, "OUT_OF_RANGE", ""},
    {grpc::StatusCode::UNIMPLEMENTED, "UNIMPLEMENTED", "this tideoverd cannot do that yet"},
    {grpc::StatusCode::INTERNAL, "INTERNAL", "look at the daemon's log"},
    {grpc::StatusCode::UNAVAILABLE, "UNAVAILABLE", "repeat after a moment"},
    {grpc::StatusCode::DATA_LOSS, "DATA_LOSS", "look at the daemon's log"},
    {grpc::StatusCode::UNAUTHENTICATED, "UNAUTHENTICATED", "sign in with `tideover login`"},
}};

const CodeWord& WordOf(grpc::StatusCode code) {
  for (const CodeWord& word : kCodes) {
    if (word.code == code) return word;
  }
  return kCodes[2];
}

}  // namespace

std::string CodeName(grpc::StatusCode code) { return WordOf(code).name; }

Failure Explain(const grpc::Status& status, const std::string& socket_path) {
  Failure failure;
  failure.code = status.error_code();
  failure.message = status.error_message();
  const auto detail = DetailOf(status);
  if (detail.has_value()) {
    failure.detail = *detail;
    failure.reason = detail->reason();
    failure.remedy = detail->remedy();
    failure.daemon_unreachable = detail->reason() == v1::ERROR_REASON_SHUTTING_DOWN;
  } else if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    ExplainUnreachable(socket_path, &failure);
    return failure;
  }
  if (failure.remedy.empty()) failure.remedy = WordOf(failure.code).remedy;
  if (failure.message.empty()) failure.message = CodeName(failure.code);
  return failure;
}

}  // namespace tideover::client
