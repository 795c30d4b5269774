#include "appsync/cognito_client.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

namespace tideover::appsync {
namespace {

using json::Value;

constexpr char kRespond[] = "RespondToAuthChallenge";

struct ErrorRow {
  std::string_view type;
  absl::StatusCode code;
};

constexpr ErrorRow kErrors[] = {
    {"NotAuthorizedException", absl::StatusCode::kUnauthenticated},
    {"UserNotFoundException", absl::StatusCode::kUnauthenticated},
    // The local stand-in's word for a wrong password; see also CodeOf.
    {"InvalidPasswordException", absl::StatusCode::kUnauthenticated},
    {"PasswordResetRequiredException", absl::StatusCode::kUnauthenticated},
    {"UserNotConfirmedException", absl::StatusCode::kUnauthenticated},
    {"CodeMismatchException", absl::StatusCode::kUnauthenticated},
    {"ExpiredCodeException", absl::StatusCode::kUnauthenticated},
    {"RefreshTokenReuseException", absl::StatusCode::kUnauthenticated},
    {"TooManyRequestsException", absl::StatusCode::kUnavailable},
    {"LimitExceededException", absl::StatusCode::kUnavailable},
    {"InternalErrorException", absl::StatusCode::kUnavailable},
    {"ForbiddenException", absl::StatusCode::kUnavailable},
};

absl::StatusCode CodeOf(const std::string& operation, std::string_view type, int http_status) {
  // In answer to a challenge: the new password breaks the pool's rules.
  if (operation == kRespond && type == "InvalidPasswordException") {
    return absl::StatusCode::kInvalidArgument;
  }
  for (const ErrorRow& row : kErrors) {
    if (row.type == type) return row.code;
  }
  const bool refused = http_status == 400 && !type.empty();
  return refused ? absl::StatusCode::kFailedPrecondition : absl::StatusCode::kUnavailable;
}

Value TextObject(std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
  Value object = Value::Object();
  for (const auto& [name, text] : members) object.Set(name, Value::String(text));
  return object;
}

std::string TextAt(const Value& value, std::string_view pointer) {
  const Value* found = json::Resolve(value, pointer);
  return found != nullptr && found->is_string() ? found->text() : "";
}

CognitoChallenge ReadChallenge(const Value& body) {
  CognitoChallenge challenge;
  challenge.name = TextAt(body, "/ChallengeName");
  challenge.session = Secret(TextAt(body, "/Session"));
  challenge.username = TextAt(body, "/ChallengeParameters/USER_ID_FOR_SRP");
  // A JSON array inside a string: ["userAttributes.given_name"].
  const auto names = json::Parse(TextAt(body, "/ChallengeParameters/requiredAttributes"));
  if (!names.ok()) return challenge;
  constexpr std::string_view kPrefix = "userAttributes.";
  for (const Value& name : names->elements()) {
    std::string_view text = name.text();
    if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
    challenge.required_attributes.emplace_back(text);
  }
  return challenge;
}

CognitoAnswer Failed(absl::StatusCode code, const std::string& message, std::string type = "") {
  CognitoAnswer answer;
  answer.status = absl::Status(code, message);
  answer.error_type = std::move(type);
  return answer;
}

CognitoAnswer ReadError(const std::string& operation, const net::HttpResponse& response) {
  const auto body = json::ParseObject(response.body);
  std::string type = body.ok() ? TextAt(*body, "/__type") : "";
  if (const size_t hash = type.rfind('#'); hash != type.npos) type.erase(0, hash + 1);
  std::string message = body.ok() ? TextAt(*body, "/message") : "";
  if (message.empty()) message = fmt::format("HTTP {}", response.status);
  return Failed(CodeOf(operation, type, response.status),
                fmt::format("the user pool refused {}: {}", operation, message), type);
}

CognitoAnswer Read(const std::string& operation, const net::HttpResult& result) {
  if (const auto* failure = std::get_if<net::HttpFailure>(&result)) {
    return Failed(absl::StatusCode::kUnavailable,
                  fmt::format("the user pool cannot be reached: {}", failure->message));
  }
  const auto& response = std::get<net::HttpResponse>(result);
  if (response.status != 200) return ReadError(operation, response);
  const auto body = json::ParseObject(response.body.empty() ? "{}" : response.body);
  if (!body.ok()) {
    return Failed(absl::StatusCode::kUnavailable, "the user pool's answer is no JSON");
  }
  CognitoAnswer answer;
  if (const Value* tokens = body->Find("AuthenticationResult")) {
    answer.tokens.emplace();
    answer.tokens->access = Secret(TextAt(*tokens, "/AccessToken"));
    answer.tokens->id = Secret(TextAt(*tokens, "/IdToken"));
    answer.tokens->refresh = Secret(TextAt(*tokens, "/RefreshToken"));
    const Value* life = tokens->Find("ExpiresIn");
    const int64_t seconds = life == nullptr ? 0 : life->AsInt64().value_or(0);
    if (seconds > 0 && seconds < 1'000'000'000)
      answer.tokens->expires_in = base::Millis(seconds * 1000);
    if (!answer.tokens->access.empty()) return answer;
    return Failed(absl::StatusCode::kUnavailable, "the user pool's answer holds no access token");
  }
  if (body->Find("ChallengeName") != nullptr) answer.challenge = ReadChallenge(*body);
  return answer;
}

}  // namespace

CognitoClient::CognitoClient(net::HttpClient& http, CognitoOptions options)
    : http_(http), options_(std::move(options)) {}

void CognitoClient::SignIn(const std::string& username, const Secret& password, Done done) {
  Value body = TextObject({{"AuthFlow", "USER_PASSWORD_AUTH"}, {"ClientId", options_.client_id}});
  body.Set("AuthParameters", TextObject({{"USERNAME", username}, {"PASSWORD", password.Reveal()}}));
  Call("InitiateAuth", body, std::move(done));
}

void CognitoClient::RespondNewPassword(const CognitoChallenge& challenge, const Secret& password,
                                       const std::map<std::string, std::string>& attributes,
                                       Done done) {
  Value responses =
      TextObject({{"USERNAME", challenge.username}, {"NEW_PASSWORD", password.Reveal()}});
  for (const auto& [name, value] : attributes) {
    responses.Set("userAttributes." + name, Value::String(value));
  }
  Value body = TextObject({{"ChallengeName", "NEW_PASSWORD_REQUIRED"},
                           {"ClientId", options_.client_id},
                           {"Session", challenge.session.Reveal()}});
  body.Set("ChallengeResponses", std::move(responses));
  Call(kRespond, body, std::move(done));
}

void CognitoClient::RefreshByInitiateAuth(const Secret& refresh, Done done) {
  Value body = TextObject({{"AuthFlow", "REFRESH_TOKEN_AUTH"}, {"ClientId", options_.client_id}});
  body.Set("AuthParameters", TextObject({{"REFRESH_TOKEN", refresh.Reveal()}}));
  Call("InitiateAuth", body, std::move(done));
}

void CognitoClient::RefreshByGetTokens(const Secret& refresh, Done done) {
  Call("GetTokensFromRefreshToken",
       TextObject({{"ClientId", options_.client_id}, {"RefreshToken", refresh.Reveal()}}),
       std::move(done));
}

void CognitoClient::Revoke(const Secret& refresh, Done done) {
  Call("RevokeToken", TextObject({{"ClientId", options_.client_id}, {"Token", refresh.Reveal()}}),
       std::move(done));
}

void CognitoClient::Call(const std::string& operation, const Value& body, Done done) {
  net::HttpRequest request;
  request.url = options_.endpoint;
  request.headers = {
      {"Content-Type", "application/x-amz-json-1.1"},
      {"X-Amz-Target", "AWSCognitoIdentityProviderService." + operation},
  };
  request.body = json::Write(body);
  request.timeout = options_.timeout;
  const uint64_t id = ++last_id_;
  transfers_[id] = http_.Start(std::move(request), [this, id, operation, done = std::move(done)](
                                                       const net::HttpResult& result) mutable {
    // `done` may destroy this client: it is called last.
    absl::AnyInvocable<void(CognitoAnswer)> finished = std::move(done);
    CognitoAnswer answer = Read(operation, result);
    transfers_.erase(id);
    finished(std::move(answer));
  });
}

}  // namespace tideover::appsync
