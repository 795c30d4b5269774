#include "api/auth_service.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "api/convert.h"
#include "api/failure.h"
#include "api/status_report.h"
#include "api/unary_call.h"

namespace tideover::api {
namespace {

struct KnownChallenge {
  const char* name;  // Cognito's.
  v1::ChallengeKind kind;
  const char* message;
};

constexpr std::array<KnownChallenge, 4> kChallenges = {{
    {"NEW_PASSWORD_REQUIRED", v1::CHALLENGE_KIND_NEW_PASSWORD, "Choose a new password."},
    {"SOFTWARE_TOKEN_MFA", v1::CHALLENGE_KIND_TOTP, "Enter the code of your authenticator app."},
    {"SMS_MFA", v1::CHALLENGE_KIND_SMS, "Enter the code that was sent as a text message."},
    {"EMAIL_OTP", v1::CHALLENGE_KIND_EMAIL, "Enter the code that was sent by e-mail."},
}};

// The API's session text: the challenge's name, the user's name and Cognito's session, each but the
// last with its length before it.
std::string Pack(const std::string& name, const std::string& username, const std::string& session) {
  return std::to_string(name.size()) + ":" + name + std::to_string(username.size()) + ":" +
         username + session;
}

std::optional<std::string> TakePart(std::string_view* text) {
  size_t size = 0;
  size_t at = 0;
  for (; at < text->size() && at < 6 && (*text)[at] >= '0' && (*text)[at] <= '9'; ++at) {
    size = size * 10 + static_cast<size_t>((*text)[at] - '0');
  }
  if (at == 0 || at >= text->size() || (*text)[at] != ':') return std::nullopt;
  text->remove_prefix(at + 1);
  if (size > text->size()) return std::nullopt;
  std::string part(text->substr(0, size));
  text->remove_prefix(size);
  return part;
}

v1::ErrorReason SignInReason(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return v1::ERROR_REASON_SIGN_IN_REFUSED;
    case absl::StatusCode::kFailedPrecondition:
      return v1::ERROR_REASON_AUTH_MODE;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return v1::ERROR_REASON_BACKEND_UNREACHABLE;
    case absl::StatusCode::kInvalidArgument:
      return v1::ERROR_REASON_INVALID_REQUEST;
    default:
      return v1::ERROR_REASON_UNSPECIFIED;
  }
}

// The answer of a sign-in's step, in either of the two messages that carry one.
template <typename Response>
void AnswerSignIn(const Shared& shared, UnaryCall<Response>* call, const std::string& username,
                  absl::StatusOr<SignInAnswer> answer) {
  if (!answer.ok()) {
    call->Fail(Fail(answer.status(), SignInReason(answer.status().code())));
    return;
  }
  Response response;
  if (answer->challenge.name.empty()) {
    v1::Identity* identity = response.mutable_signed_in();
    FillIdentity(shared.source->Current().get(), identity);
    identity->set_identity_id(answer->identity.subject);
    identity->set_username(answer->identity.username);
    call->Answer(std::move(response));
    return;
  }
  v1::Challenge* challenge = response.mutable_challenge();
  challenge->set_session(Pack(answer->challenge.name, username, answer->challenge.session));
  challenge->set_message(answer->challenge.name);
  for (const KnownChallenge& known : kChallenges) {
    if (answer->challenge.name != known.name) continue;
    challenge->set_kind(known.kind);
    challenge->set_message(known.message);
  }
  call->Answer(std::move(response));
}

SignOutMode ModeOf(v1::SignOutMode mode) {
  switch (mode) {
    case v1::SIGN_OUT_MODE_FLUSH:
      return SignOutMode::kFlush;
    case v1::SIGN_OUT_MODE_KEEP:
      return SignOutMode::kKeep;
    case v1::SIGN_OUT_MODE_WIPE:
      return SignOutMode::kWipe;
    default:
      return SignOutMode::kRefuseIfUnsent;
  }
}

v1::ErrorReason SignOutReason(absl::StatusCode code) {
  return code == absl::StatusCode::kFailedPrecondition ? v1::ERROR_REASON_UNSENT_MUTATIONS
         : code == absl::StatusCode::kUnavailable      ? v1::ERROR_REASON_BACKEND_UNREACHABLE
                                                       : v1::ERROR_REASON_UNSPECIFIED;
}

}  // namespace

grpc::ServerUnaryReactor* AuthServiceImpl::SignIn(grpc::CallbackServerContext* context,
                                                  const v1::SignInRequest* request,
                                                  v1::SignInResponse* response) {
  if (request->username().empty()) {
    return FinishNow(context, FailField("username", "the user name is missing"));
  }
  if (request->password().empty()) {
    return FinishNow(context, FailField("password", "the password is missing"));
  }
  const auto call = UnaryCall<v1::SignInResponse>::Start(response);
  shared_.source->auth().SignIn(
      request->username(), request->password(),
      [call, shared = shared_, name = request->username()](absl::StatusOr<SignInAnswer> answer) {
        AnswerSignIn(shared, call.get(), name, std::move(answer));
      });
  return call.get();
}

grpc::ServerUnaryReactor* AuthServiceImpl::RespondToChallenge(
    grpc::CallbackServerContext* context, const v1::RespondToChallengeRequest* request,
    v1::RespondToChallengeResponse* response) {
  if (request->answer().empty()) {
    return FinishNow(context, FailField("answer", "the answer is missing"));
  }
  if (!request->attributes().empty()) {
    return FinishNow(
        context,
        Fail(absl::UnimplementedError("this daemon cannot send attributes with an answer yet")));
  }
  std::string_view session = request->session();
  const std::optional<std::string> name = TakePart(&session);
  const std::optional<std::string> username =
      name.has_value() ? TakePart(&session) : std::optional<std::string>();
  if (!username.has_value()) {
    return FinishNow(context,
                     FailField("session", "the session is none of SignIn's: sign in anew"));
  }
  const auto call = UnaryCall<v1::RespondToChallengeResponse>::Start(response);
  shared_.source->auth().RespondToChallenge(
      *name, std::string(session), *username, request->answer(),
      [call, shared = shared_, user = *username](absl::StatusOr<SignInAnswer> answer) {
        AnswerSignIn(shared, call.get(), user, std::move(answer));
      });
  return call.get();
}

grpc::ServerUnaryReactor* AuthServiceImpl::SignOut(grpc::CallbackServerContext* /*context*/,
                                                   const v1::SignOutRequest* request,
                                                   v1::SignOutResponse* response) {
  const auto call = UnaryCall<v1::SignOutResponse>::Start(response);
  v1::OutboxCounts counts;
  if (const auto session = shared_.source->Current()) counts = QuickCounts(*session);
  shared_.source->auth().SignOut(ModeOf(request->mode()),
                                 [call, counts = std::move(counts)](const absl::Status& status) {
                                   if (!status.ok()) {
                                     call->Fail(Fail(status, SignOutReason(status.code())));
                                     return;
                                   }
                                   v1::SignOutResponse answer;
                                   *answer.mutable_outbox() = counts;
                                   call->Answer(std::move(answer));
                                 });
  return call.get();
}

grpc::ServerUnaryReactor* AuthServiceImpl::GetIdentity(grpc::CallbackServerContext* context,
                                                       const v1::GetIdentityRequest* /*request*/,
                                                       v1::GetIdentityResponse* response) {
  FillIdentity(shared_.source->Current().get(), response->mutable_identity());
  return FinishNow(context, grpc::Status::OK);
}

}  // namespace tideover::api
