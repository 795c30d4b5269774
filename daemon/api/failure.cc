#include "api/failure.h"

#include <optional>

#include "base/json.h"

namespace tideover::api {
namespace {

v1::ErrorReason UsualReason(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
      return v1::ERROR_REASON_INVALID_REQUEST;
    case absl::StatusCode::kUnauthenticated:
      return v1::ERROR_REASON_NOT_SIGNED_IN;
    case absl::StatusCode::kResourceExhausted:
      return v1::ERROR_REASON_STORE_FULL;
    case absl::StatusCode::kUnavailable:
      return v1::ERROR_REASON_SHUTTING_DOWN;
    case absl::StatusCode::kDataLoss:
      return v1::ERROR_REASON_RECORD_CORRUPT;
    case absl::StatusCode::kInternal:
      return v1::ERROR_REASON_STORE_FAILED;
    default:
      return v1::ERROR_REASON_UNSPECIFIED;
  }
}

const char* UsualRemedy(v1::ErrorReason reason) {
  switch (reason) {
    case v1::ERROR_REASON_NOT_SIGNED_IN:
      return "Sign in: `tideover login`.";
    case v1::ERROR_REASON_REVISION_STALE:
      return "Read the document again, decide anew and repeat with its revision.";
    case v1::ERROR_REASON_INVALID_PAGE_TOKEN:
      return "Start at the first page, without a token.";
    case v1::ERROR_REASON_MUTATION_ID_REUSED:
      return "Give each write its own mutation id; repeat one only with the same content.";
    case v1::ERROR_REASON_STORE_FULL:
      return "Discard dead letters, let the outbox drain, or raise the quota.";
    case v1::ERROR_REASON_QUEUE_FULL:
      return "Repeat the call after a moment with the same mutation ids.";
    case v1::ERROR_REASON_TOO_MANY_WATCHERS:
      return "Close watches that nobody reads.";
    case v1::ERROR_REASON_RECORD_CORRUPT:
      return "Look at `tideover check`.";
    case v1::ERROR_REASON_SHUTTING_DOWN:
      return "Repeat the call with the same mutation ids when the daemon is back.";
    case v1::ERROR_REASON_BACKEND_UNREACHABLE:
      return "Repeat the call when the backend can be reached: `tideover status`.";
    case v1::ERROR_REASON_NETWORK_FORCED_OFFLINE:
      return "Let the network go again: `tideover network auto`.";
    case v1::ERROR_REASON_UNSENT_MUTATIONS:
      return "Say what becomes of them: `tideover logout --flush`, `--keep` or `--wipe`.";
    default:
      return "";
  }
}

}  // namespace

grpc::Status Fail(const absl::Status& status, v1::ErrorDetail detail) {
  if (detail.reason() == v1::ERROR_REASON_UNSPECIFIED)
    detail.set_reason(UsualReason(status.code()));
  if (detail.remedy().empty()) detail.set_remedy(UsualRemedy(detail.reason()));
  const std::string message(status.message());
  v1::Status wire;
  wire.set_code(static_cast<int>(status.code()));
  wire.set_message(message);
  wire.add_details()->PackFrom(detail);
  return {static_cast<grpc::StatusCode>(status.code()), message, wire.SerializeAsString()};
}

grpc::Status Fail(const absl::Status& status, v1::ErrorReason reason) {
  v1::ErrorDetail detail;
  detail.set_reason(reason);
  return Fail(status, std::move(detail));
}

grpc::Status FailField(const std::string& field, const std::string& message,
                       v1::ErrorReason reason) {
  v1::ErrorDetail detail;
  detail.set_reason(reason);
  detail.set_field(field);
  return Fail(absl::InvalidArgumentError(message), std::move(detail));
}

v1::ErrorDetail JsonDetail(const absl::Status& status, const std::string& field) {
  v1::ErrorDetail detail;
  const std::optional<json::ParseError> error = json::ParseErrorOf(status);
  if (!error.has_value()) return detail;
  detail.set_field(field);
  detail.set_position(error->offset);
  switch (error->fault) {
    case json::ParseFault::kTooLong:
      detail.set_reason(v1::ERROR_REASON_JSON_TOO_LARGE);
      detail.set_limit(json::kDocumentBytesMax);
      detail.clear_position();
      break;
    case json::ParseFault::kTooDeep:
      detail.set_reason(v1::ERROR_REASON_JSON_TOO_DEEP);
      detail.set_limit(json::kDepthMax);
      break;
    case json::ParseFault::kDuplicateName:
      detail.set_reason(v1::ERROR_REASON_JSON_DUPLICATE_KEY);
      break;
    case json::ParseFault::kEncoding:
      detail.set_reason(v1::ERROR_REASON_INVALID_UTF8);
      break;
    case json::ParseFault::kSyntax:
      detail.set_reason(v1::ERROR_REASON_INVALID_JSON);
      break;
  }
  return detail;
}

grpc::Status FailFilter(const absl::Status& status) {
  v1::ErrorDetail detail;
  detail.set_reason(v1::ERROR_REASON_INVALID_FILTER);
  detail.set_field("filter");
  if (const auto error = json::ParseErrorOf(status)) detail.set_position(error->offset);
  return Fail(status, std::move(detail));
}

grpc::Status NotSignedIn() {
  return Fail(absl::UnauthenticatedError(
                  "nobody is signed in and the backend knows no guests: sign in, `tideover login`"),
              v1::ERROR_REASON_NOT_SIGNED_IN);
}

grpc::Status Stopping() {
  return Fail(absl::UnavailableError("the daemon is stopping"), v1::ERROR_REASON_SHUTTING_DOWN);
}

}  // namespace tideover::api
