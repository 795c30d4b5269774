#include <istream>
#include <ostream>

#include "cli/commands.h"
#include "cli/words.h"

namespace tideover::cli {
namespace {

// More challenges in a row than any user pool asks.
constexpr int kChallengesMax = 8;

void PrintIdentity(Context& context, const v1::Identity& identity) {
  if (context.json()) {
    context.PrintJson(identity);
    return;
  }
  const std::string& name =
      identity.username().empty() ? identity.identity_id() : identity.username();
  context.out() << Printable(name) << (name.empty() ? "" : ": ") << IdentityWord(identity.state())
                << std::endl;
}

// A secret from the terminal, or the next line of standard input; nullopt when there is none.
std::optional<std::string> AskSecret(Context& context, const std::string& prompt) {
  if (!context.arguments.password_stdin) return context.environment.read_secret(prompt);
  std::string line;
  if (!std::getline(context.environment.in, line)) return std::nullopt;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

std::string ChallengePrompt(const v1::Challenge& challenge) {
  const std::string hint = challenge.message().empty() ? "" : " (" + challenge.message() + ")";
  switch (challenge.kind()) {
    case v1::CHALLENGE_KIND_NEW_PASSWORD:
      return "New password" + hint + ": ";
    default:
      return "Code" + hint + ": ";
  }
}

// Asks for answers until the user pool is content. The exit code; the identity in `identity`.
int AnswerChallenges(Context& context, v1::Challenge challenge, v1::Identity* identity) {
  for (int i = 0; i < kChallengesMax; ++i) {
    const auto answer = AskSecret(context, Printable(ChallengePrompt(challenge)));
    if (!answer.has_value()) {
      return context.Fail("the user pool asks for more and there is no answer",
                          "repeat on a terminal, or give the answer as the next line of input");
    }
    v1::RespondToChallengeRequest request;
    request.set_session(challenge.session());
    request.set_answer(*answer);
    v1::RespondToChallengeResponse response;
    const grpc::Status status =
        context.connection.auth().RespondToChallenge(Call(), request, &response);
    if (!status.ok()) return context.Fail(status);
    if (response.has_signed_in()) {
      *identity = response.signed_in();
      return kExitOk;
    }
    challenge = response.challenge();
  }
  return context.Fail("the user pool does not stop asking", "look at the user pool's settings");
}

}  // namespace

int RunLogin(Context& context) {
  if (!context.arguments.password_stdin && !context.environment.in_terminal) {
    return context.Usage("no terminal to ask for the password: use --password-stdin");
  }
  const auto password = AskSecret(context, "Password: ");
  if (!password.has_value() || password->empty()) {
    return context.Fail("no password was given", "repeat and give one");
  }
  v1::SignInRequest request;
  request.set_username(context.arguments.username);
  request.set_password(*password);
  v1::SignInResponse response;
  const grpc::Status status = context.connection.auth().SignIn(Call(), request, &response);
  if (!status.ok()) return context.Fail(status);
  v1::Identity identity = response.signed_in();
  if (response.has_challenge()) {
    const int exit_code = AnswerChallenges(context, response.challenge(), &identity);
    if (exit_code != kExitOk) return exit_code;
  }
  PrintIdentity(context, identity);
  return kExitOk;
}

int RunLogout(Context& context) {
  const Arguments& arguments = context.arguments;
  if (arguments.flush + arguments.keep + arguments.wipe > 1) {
    return context.Usage("--flush, --keep and --wipe exclude each other");
  }
  v1::SignOutRequest request;
  request.set_mode(arguments.flush  ? v1::SIGN_OUT_MODE_FLUSH
                   : arguments.keep ? v1::SIGN_OUT_MODE_KEEP
                   : arguments.wipe ? v1::SIGN_OUT_MODE_WIPE
                                    : v1::SIGN_OUT_MODE_REFUSE_IF_UNSENT);
  v1::SignOutResponse response;
  Call call(arguments.flush ? context.WaitTimeout() : kCallTimeout);
  const grpc::Status status = context.connection.auth().SignOut(call, request, &response);
  if (!status.ok()) return context.Fail(status);
  if (context.json()) {
    context.PrintJson(response);
    return kExitOk;
  }
  context.out() << "signed out" << std::endl;
  const std::string counts = CountsWords(response.outbox());
  if (counts != "empty") {
    context.Note((arguments.wipe ? "deleted: " : "kept for the same user's return: ") + counts);
  }
  return kExitOk;
}

int RunWhoami(Context& context) {
  v1::GetIdentityResponse response;
  const grpc::Status status =
      context.connection.auth().GetIdentity(Call(), v1::GetIdentityRequest(), &response);
  if (!status.ok()) return context.Fail(status);
  PrintIdentity(context, response.identity());
  return kExitOk;
}

}  // namespace tideover::cli
