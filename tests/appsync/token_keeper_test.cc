// The keeper against a user pool that answers as Amazon's and its local stand-in do.
#include "appsync/token_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "appsync/appsync_fixture.h"
#include "appsync/schemas.h"

namespace tideover::appsync {
namespace {

using ::testing::HasSubstr;
using Reply = support::HttpServer::Reply;

Reply Refused(const std::string& type, const std::string& message, int status = 400) {
  return {.status = status, .body = R"({"__type":")" + type + R"(","message":")" + message + "\"}"};
}

class TokenKeeperTest : public AppsyncTest {
 protected:
  // A small user pool: one user, one password, refresh tokens that count.
  Reply Pool(const HttpServer::Request& request) {
    const std::string target = request.Header("x-amz-target");
    const json::Value body = ParsedJson(request.body);
    const auto at = [&body](const char* pointer) {
      const json::Value* value = json::Resolve(body, pointer);
      return value == nullptr ? std::string() : value->text();
    };
    if (at("/ClientId") != "client") return Refused("ResourceNotFoundException", "no such client");
    if (target.ends_with(".RespondToAuthChallenge")) {
      if (at("/Session") != "s1") return Refused("NotAuthorizedException", "Invalid session");
      if (at("/ChallengeResponses/NEW_PASSWORD") == "short") {
        return Refused("InvalidPasswordException", "Password not long enough");
      }
      return SignedIn(at("/ChallengeResponses/USERNAME"));
    }
    if (target.ends_with(".GetTokensFromRefreshToken")) {
      ++get_tokens;
      if (get_tokens_unknown) return Refused("CognitoLocal#Unsupported", "unsupported", 500);
      return Renewed("r-rotated");
    }
    if (!target.ends_with(".InitiateAuth")) return {.body = "{}"};
    if (at("/AuthFlow") == "REFRESH_TOKEN_AUTH") {
      ++renewals;
      if (pool_is_down) return {.status = 503, .body = ""};
      if (refuses_renewal) return Refused("NotAuthorizedException", "Refresh Token has expired");
      return Renewed("");
    }
    if (at("/AuthParameters/PASSWORD") == "temporary") {
      return {.body = R"({"ChallengeName":"NEW_PASSWORD_REQUIRED","Session":"s1",
        "ChallengeParameters":{"USER_ID_FOR_SRP":"ann-sub",
        "requiredAttributes":"[\"userAttributes.given_name\"]"}})"};
    }
    if (at("/AuthParameters/PASSWORD") != "right") {
      return Refused("NotAuthorizedException", "Incorrect username or password.");
    }
    return SignedIn(at("/AuthParameters/USERNAME") + "-sub");
  }

  static Reply SignedIn(const std::string& sub) {
    return {.body = R"({"AuthenticationResult":{"AccessToken":")" + Jwt(sub) + R"(","IdToken":")" +
                    Jwt(sub) + R"(","RefreshToken":"r1","ExpiresIn":3600}})"};
  }
  Reply Renewed(const std::string& refresh) {
    const std::string with = refresh.empty() ? "" : R"(,"RefreshToken":")" + refresh + "\"";
    return {.body = R"({"AuthenticationResult":{"AccessToken":")" +
                    Jwt("ann-sub", 3600, std::to_string(++issued)) + "\"" + with +
                    R"(,"ExpiresIn":3600}})"};
  }

  TokenKeeperOptions Options() {
    TokenKeeperOptions options;
    options.cognito.endpoint = server_.Url("/");
    options.cognito.user_pool_id = "pool";
    options.cognito.client_id = "client";
    options.directory = directory_ + "/auth";
    return options;
  }

  std::unique_ptr<TokenKeeper> Keeper(RenewBy renew_by = RenewBy::kAuto) {
    TokenKeeperOptions options = Options();
    options.renew_by = renew_by;
    return std::make_unique<TokenKeeper>(loop_, *http_, clock_, std::move(options));
  }

  using SignInResult = absl::StatusOr<TokenKeeper::SignInResult>;
  SignInResult SignIn(TokenKeeper& keeper, const std::string& password,
                      const std::string& name = "ann") {
    return Await<SignInResult>([&](TokenKeeper::SignInDone done) {
      keeper.SignIn(name, Secret(password), std::move(done));
    });
  }
  std::unique_ptr<TokenKeeper> SignedInKeeper(RenewBy renew_by = RenewBy::kAuto) {
    auto keeper = Keeper(renew_by);
    EXPECT_TRUE(SignIn(*keeper, "right").ok());
    return keeper;
  }

  std::atomic<int> renewals = 0;
  std::atomic<int> get_tokens = 0;
  std::atomic<int> issued = 0;
  std::atomic<bool> refuses_renewal = false;
  std::atomic<bool> pool_is_down = false;
  std::atomic<bool> get_tokens_unknown = true;
  // Last: its threads use what stands above.
  HttpServer server_{[this](const HttpServer::Request& request) { return Pool(request); }};
};

TEST_F(TokenKeeperTest, SignsInAndKeepsTheSessionOverARestart) {
  auto keeper = Keeper();
  EXPECT_FALSE(keeper->identity().has_value());
  EXPECT_EQ(Token(*keeper).status().code(), absl::StatusCode::kUnauthenticated);
  const SignInResult result = SignIn(*keeper, "right");
  ASSERT_TRUE(result.ok()) << result.status();
  const Identity& identity = std::get<Identity>(*result);
  EXPECT_EQ(identity.subject, "ann-sub");
  EXPECT_EQ(identity.display, "ann-sub@example.com");
  const auto before = Token(*keeper);
  ASSERT_TRUE(before.ok());
  EXPECT_EQ(before->name, "Authorization");
  EXPECT_EQ(before->value.Reveal(), Jwt("ann-sub")) << "the raw access token";

  keeper = Keeper();
  ASSERT_TRUE(keeper->Load().ok());
  EXPECT_EQ(keeper->identity(), identity);
  EXPECT_EQ(Token(*keeper)->value.Reveal(), before->value.Reveal());
}

TEST_F(TokenKeeperTest, LeavesTokensOfAnotherClientAlone) {
  SignedInKeeper();
  TokenKeeperOptions options = Options();
  options.cognito.client_id = "another";
  TokenKeeper keeper(loop_, *http_, clock_, options);
  EXPECT_TRUE(keeper.Load().ok());
  EXPECT_FALSE(keeper.identity().has_value());
}

TEST_F(TokenKeeperTest, SaysWhySigningInFailed) {
  auto keeper = Keeper();
  const SignInResult wrong = SignIn(*keeper, "wrong");
  EXPECT_EQ(wrong.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(wrong.status().message()), HasSubstr("Incorrect username or password."));
  EXPECT_EQ(SignIn(*keeper, "").status().code(), absl::StatusCode::kInvalidArgument);

  TokenKeeperOptions options = Options();
  options.cognito.client_id = "nosuch";
  TokenKeeper stranger(loop_, *http_, clock_, options);
  EXPECT_EQ(SignIn(stranger, "right").status().code(), absl::StatusCode::kFailedPrecondition);

  // Nobody listens there any more.
  options = Options();
  {
    HttpServer gone([](const HttpServer::Request&) { return Reply{}; });
    options.cognito.endpoint = gone.Url("/");
  }
  TokenKeeper alone(loop_, *http_, clock_, options);
  EXPECT_EQ(SignIn(alone, "right").status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(TokenKeeperTest, AnswersTheNewPasswordChallenge) {
  auto keeper = Keeper();
  const auto respond = [&](const std::string& session, const std::string& password) {
    return Await<SignInResult>([&](TokenKeeper::SignInDone done) {
      keeper->Respond(session, Secret(password), {{"given_name", "Ann"}}, std::move(done));
    });
  };
  const SignInResult asked = SignIn(*keeper, "temporary");
  ASSERT_TRUE(asked.ok()) << asked.status();
  const auto& challenge = std::get<CognitoChallenge>(*asked);
  EXPECT_EQ(challenge.name, "NEW_PASSWORD_REQUIRED");
  EXPECT_THAT(challenge.required_attributes, ::testing::ElementsAre("given_name"));
  EXPECT_FALSE(keeper->identity().has_value());
  EXPECT_EQ(respond("s2", "right").status().code(), absl::StatusCode::kUnauthenticated);
  const SignInResult answered = respond("s1", "right");
  ASSERT_TRUE(answered.ok()) << answered.status();
  EXPECT_EQ(keeper->identity()->subject, "ann-sub");
  EXPECT_THAT(server_.requests().back().body, HasSubstr("\"userAttributes.given_name\":\"Ann\""));
  EXPECT_EQ(respond("s1", "right").status().code(), absl::StatusCode::kUnauthenticated)
      << "good for one answer";
}

TEST_F(TokenKeeperTest, ANewPasswordAgainstTheRulesIsAnInvalidArgument) {
  auto keeper = Keeper();
  ASSERT_TRUE(SignIn(*keeper, "temporary").ok());
  const auto result = Await<SignInResult>([&](TokenKeeper::SignInDone done) {
    keeper->Respond("s1", Secret("short"), {}, std::move(done));
  });
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(TokenKeeperTest, RenewsBeforeTheTokenEnds) {
  auto keeper = SignedInKeeper();
  clock_.wall.ms += 3'539'000;
  EXPECT_EQ(Token(*keeper)->value.Reveal(), Jwt("ann-sub"));
  EXPECT_EQ(renewals, 0);
  clock_.wall.ms += 1'000;
  EXPECT_EQ(Token(*keeper)->value.Reveal(), Jwt("ann-sub", 3600, "1"));
  EXPECT_EQ(renewals, 1);
  Token(*keeper).IgnoreError();
  EXPECT_EQ(renewals, 1) << "the new one lasts";
}

TEST_F(TokenKeeperTest, TenWhoAreRefusedRenewOnce) {
  auto keeper = SignedInKeeper();
  const uint64_t refused = Token(*keeper)->generation;
  std::vector<AuthHeader> answers;
  for (int i = 0; i < 10; ++i) {
    keeper->Refresh(refused, [&answers](absl::StatusOr<AuthHeader> header) {
      ASSERT_TRUE(header.ok()) << header.status();
      answers.push_back(*std::move(header));
    });
  }
  ASSERT_TRUE(support::RunUntil(loop_, [&] { return answers.size() == 10; }));
  EXPECT_EQ(renewals, 1);
  for (const AuthHeader& header : answers) EXPECT_EQ(header.value, answers[0].value);
  // One who was refused with the old token and comes late.
  EXPECT_EQ(Refresh(*keeper, refused)->value, answers[0].value);
  EXPECT_EQ(renewals, 1);
}

TEST_F(TokenKeeperTest, UsesTheOldTokenWhileThePoolIsDown) {
  auto keeper = SignedInKeeper();
  pool_is_down = true;
  clock_.wall.ms += 3'550'000;
  EXPECT_EQ(Token(*keeper)->value.Reveal(), Jwt("ann-sub"));
  clock_.wall.ms += 60'000;
  EXPECT_EQ(Token(*keeper).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(keeper->session_ended());
  pool_is_down = false;
  EXPECT_TRUE(Token(*keeper).ok());
}

TEST_F(TokenKeeperTest, ARefusedRenewalEndsTheSessionAndKeepsTheIdentity) {
  auto keeper = SignedInKeeper();
  refuses_renewal = true;
  const uint64_t generation = Token(*keeper)->generation;
  const auto refused = Refresh(*keeper, generation);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("sign in again"));
  EXPECT_TRUE(keeper->session_ended());
  EXPECT_TRUE(keeper->identity().has_value());
  EXPECT_EQ(Token(*keeper).status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(renewals, 1) << "not asked again";
  refuses_renewal = false;
  ASSERT_TRUE(SignIn(*keeper, "right").ok());
  EXPECT_TRUE(Token(*keeper).ok());
}

TEST_F(TokenKeeperTest, FindsOutThatThePoolRotatesAndRemembersIt) {
  auto keeper = SignedInKeeper();
  refuses_renewal = true;
  get_tokens_unknown = false;
  EXPECT_TRUE(Refresh(*keeper, Token(*keeper)->generation).ok());
  EXPECT_EQ(get_tokens, 1);
  keeper = Keeper();
  ASSERT_TRUE(keeper->Load().ok());
  EXPECT_TRUE(Refresh(*keeper, Token(*keeper)->generation).ok());
  EXPECT_EQ(get_tokens, 2);
  EXPECT_EQ(renewals, 1) << "the first way is not tried again";
  EXPECT_THAT(server_.requests().back().body, HasSubstr("r-rotated")) << "kept over the restart";
}

TEST_F(TokenKeeperTest, AnotherUserCannotSignInOverTheFirst) {
  auto keeper = SignedInKeeper();
  const SignInResult other = SignIn(*keeper, "right", "bob");
  EXPECT_EQ(other.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(keeper->identity()->subject, "ann-sub");
  ASSERT_TRUE(keeper->SignOut().ok());
  ASSERT_TRUE(SignIn(*keeper, "right", "bob").ok());
  EXPECT_EQ(keeper->identity()->subject, "bob-sub");
}

TEST_F(TokenKeeperTest, SigningOutForgetsAndRevokes) {
  auto keeper = SignedInKeeper();
  ASSERT_TRUE(keeper->SignOut().ok());
  EXPECT_FALSE(keeper->identity().has_value());
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/auth/tokens.json"));
  EXPECT_TRUE(support::RunUntil(loop_, [&] {
    return server_.requests().back().Header("x-amz-target").ends_with(".RevokeToken");
  }));
  EXPECT_TRUE(keeper->SignOut().ok()) << "may be repeated";
}

TEST_F(TokenKeeperTest, SigningOutAnswersWhoWaitsForARenewal) {
  auto keeper = SignedInKeeper();
  const uint64_t generation = Token(*keeper)->generation;
  std::optional<absl::StatusOr<AuthHeader>> answer;
  keeper->Refresh(generation, [&](absl::StatusOr<AuthHeader> header) { answer = header; });
  ASSERT_TRUE(keeper->SignOut().ok());
  ASSERT_TRUE(support::RunUntil(loop_, [&] { return answer.has_value(); }));
  EXPECT_EQ(answer->status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_FALSE(keeper->identity().has_value());
}

TEST_F(TokenKeeperTest, DestructionDropsWhatIsUnanswered) {
  auto keeper = SignedInKeeper();
  bool answered = false;
  keeper->Token([&](const absl::StatusOr<AuthHeader>&) { answered = true; });
  keeper->Refresh(1, [&](const absl::StatusOr<AuthHeader>&) { answered = true; });
  keeper.reset();
  support::RunPending(loop_);
  EXPECT_FALSE(answered);
}

}  // namespace
}  // namespace tideover::appsync
