// Signing in with Cognito user pools: who may write, whose data it is, and what becomes of both
// when tokens end.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "e2e/e2e_test.h"
#include "e2e/watch_log.h"

namespace tideover::e2e {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr const char* kBob = "bob@example.com";
constexpr const char* kBobsPassword = "Correct-5678!";

class AuthTest : public E2eTest {
 protected:
  static void SetUpTestSuite() {
    E2eTest::SetUpTestSuite();
    static const bool added = [] {
      Backend::Shared().AddUser(kBob, kBobsPassword);
      return true;
    }();
    (void)added;
  }

  DaemonRun& StartSignedOut() { return StartDaemon({.cognito = true}); }
  DaemonRun& StartSignedIn() {
    StartSignedOut();
    SignInAsAlice();
    return daemon();
  }
  void SignInAsAlice() { app().SignIn(backend().ready().username, backend().ready().password); }
  void GoOffline() { app().SetNetwork(v1::NETWORK_SETTING_OFFLINE); }
  void GoOnline() { app().SetNetwork(v1::NETWORK_SETTING_AUTO); }
  // No refresh succeeds any more, as when the refresh token has ended or was revoked.
  void RefuseRefresh() {
    for (const char* call : {"cognito:InitiateAuth", "cognito:GetTokensFromRefreshToken"}) {
      backend().AddFault(std::string(R"({"kind":"status","status":400,"operation":")") + call +
                         R"(","headers":{"x-amzn-errortype":"NotAuthorizedException:"},"body":)"
                         R"("{\"__type\":\"NotAuthorizedException\",)"
                         R"(\"message\":\"Refresh Token has expired\"}"})");
    }
  }
};

TEST_F(AuthTest, NobodyReadsOrWritesBeforeTheFirstSignIn) {
  StartSignedOut();
  EXPECT_EQ(app().Identity().state(), v1::IDENTITY_STATE_SIGNED_OUT);
  const client::Failure write = app().Refusal(CreateOf("milk"));
  EXPECT_EQ(write.code, grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(write.reason, v1::ERROR_REASON_NOT_SIGNED_IN);
  v1::QueryRequest query;
  query.set_collection(kTodos);
  v1::QueryResponse response;
  EXPECT_EQ(app().connection().data().Query(Deadline(), query, &response).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(app().TrySync().error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(app().Status().identity().state(), v1::IDENTITY_STATE_SIGNED_OUT);
}

TEST_F(AuthTest, AWrongPasswordIsRefused) {
  StartSignedOut();
  const grpc::Status status = app().TrySignIn(backend().ready().username, "Wrong-1234!");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << status.error_message();
  EXPECT_EQ(app().Explain(status).reason, v1::ERROR_REASON_SIGN_IN_REFUSED);
  EXPECT_EQ(app().TrySignIn("nobody@example.com", "Wrong-1234!").error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(app().TrySignIn("", "x").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(app().TrySignIn("x", "").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(app().Identity().state(), v1::IDENTITY_STATE_SIGNED_OUT);
}

TEST_F(AuthTest, WritesBelongToWhoSignedIn) {
  StartSignedIn();
  const v1::Identity identity = app().Identity();
  EXPECT_EQ(identity.state(), v1::IDENTITY_STATE_SIGNED_IN);
  EXPECT_EQ(identity.username(), backend().ready().username);
  EXPECT_EQ(identity.auth_mode(), "AMAZON_COGNITO_USER_POOLS");
  EXPECT_NE(identity.identity_id(), "");
  app().CreateSettled("milk");
  const auto documents = backend().Documents();
  ASSERT_THAT(documents, SizeIs(1));
  EXPECT_NE(documents[0].username, "api-key");
  backend().Insert("another's");
  app().Sync();
  EXPECT_THAT(app().Contents(), ElementsAre("milk"));
}

TEST_F(AuthTest, ARestartKeepsTheSignInAlsoWithoutANetwork) {
  StartSignedIn();
  app().CreateSettled("milk");
  GoOffline();
  daemon().Kill();
  daemon().Start();
  EXPECT_EQ(app().Identity().state(), v1::IDENTITY_STATE_SIGNED_IN);
  EXPECT_THAT(app().Contents(), ElementsAre("milk"));
  app().Create("bread");
  GoOnline();
  app().WaitForOutboxEmpty();
  EXPECT_THAT(backend().Contents(), ElementsAre("bread", "milk"));
}

TEST_F(AuthTest, AnExpiredTokenIsRefreshedAndNobodyNotices) {
  StartSignedIn();
  app().CreateSettled("milk");
  backend().ClearCounts();
  backend().ExpireTokens();
  const v1::MutationResult result = app().MutateAndSettle(CreateOf("bread"));
  EXPECT_EQ(result.settlement().outcome(), v1::OUTCOME_CONFIRMED) << result.ShortDebugString();
  EXPECT_THAT(backend().Contents(), ElementsAre("bread", "milk"));
  EXPECT_EQ(backend().CountsOf("cognito:InitiateAuth").requested, 1);
}

TEST_F(AuthTest, ManyRefusedRequestsRefreshOnce) {
  StartSignedIn();
  app().CreateSettled("milk");
  GoOffline();
  for (int i = 0; i < 30; ++i) app().Create("todo " + std::to_string(i));
  backend().ClearCounts();
  backend().ExpireTokens();
  GoOnline();
  app().WaitForOutboxEmpty();
  EXPECT_THAT(backend().Documents(), SizeIs(31));
  EXPECT_EQ(backend().CountsOf("cognito:InitiateAuth").requested, 1);
}

TEST_F(AuthTest, AnEndedSignInHoldsShowsAndResumesAfterTheNext) {
  StartSignedIn();
  app().CreateSettled("milk");
  RefuseRefresh();
  backend().ExpireTokens();
  const v1::MutationResult create = app().Create("bread");
  const v1::Mutation held = app().WaitForState(create.mutation_id(), v1::MUTATION_STATE_HELD);
  EXPECT_EQ(held.hold_reason(), v1::HOLD_REASON_AUTH);
  EXPECT_NE(held.explanation(), "");
  EXPECT_EQ(app().Identity().state(), v1::IDENTITY_STATE_EXPIRED);
  EXPECT_THAT(app().Status().attention(), Not(IsEmpty()));
  EXPECT_THAT(app().Contents(), ElementsAre("bread", "milk")) << "reads go on";
  app().Create("butter");

  daemon().Kill();
  daemon().Start();
  EXPECT_THAT(app().Contents(), ElementsAre("bread", "butter", "milk"));

  backend().ClearFaults();
  SignInAsAlice();
  EXPECT_EQ(app().Identity().state(), v1::IDENTITY_STATE_SIGNED_IN);
  app().WaitForOutboxEmpty();
  EXPECT_THAT(backend().Contents(), ElementsAre("bread", "butter", "milk"));
}

TEST_F(AuthTest, AUserPoolThatCannotBeReachedIsNoEndOfTheSignIn) {
  StartSignedIn();
  app().CreateSettled("milk");
  for (const char* call : {"cognito:InitiateAuth", "cognito:GetTokensFromRefreshToken"}) {
    backend().AddFault(std::string(R"({"kind":"refused","operation":")") + call + R"("})");
  }
  backend().ExpireTokens();
  const v1::MutationResult create = app().Create("bread");
  EXPECT_TRUE(Eventually([&] { return app().Mutation(create.mutation_id()).has_last_error(); }));
  EXPECT_EQ(app().Identity().state(), v1::IDENTITY_STATE_SIGNED_IN);
  backend().ClearFaults();
  ExpectAtBackend({"bread", "milk"});
}

TEST_F(AuthTest, SigningOutIsRefusedWhileWritesAreUnsent) {
  StartSignedIn();
  GoOffline();
  app().Create("milk");
  const grpc::Status refused = app().TrySignOut();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(app().Explain(refused).reason, v1::ERROR_REASON_UNSENT_MUTATIONS);
  EXPECT_EQ(app().Identity().state(), v1::IDENTITY_STATE_SIGNED_IN);
  EXPECT_THAT(app().Contents(), ElementsAre("milk"));
  GoOnline();
  app().WaitForOutboxEmpty();
  const grpc::Status done = app().TrySignOut();
  EXPECT_TRUE(done.ok()) << done.error_message();
  EXPECT_EQ(app().Identity().state(), v1::IDENTITY_STATE_SIGNED_OUT);
  EXPECT_TRUE(app().TrySignOut().ok()) << "may be repeated";
}

TEST_F(AuthTest, KeptWritesWaitForTheSameUsersReturn) {
  StartSignedIn();
  GoOffline();
  app().Create("milk");
  ASSERT_TRUE(app().TrySignOut(v1::SIGN_OUT_MODE_KEEP).ok());
  GoOnline();
  SignInAsAlice();
  EXPECT_THAT(app().Contents(), ElementsAre("milk"));
  app().WaitForOutboxEmpty();
  EXPECT_THAT(backend().Contents(), ElementsAre("milk"));
}

TEST_F(AuthTest, WipedWritesAreGone) {
  StartSignedIn();
  GoOffline();
  app().Create("milk");
  ASSERT_TRUE(app().TrySignOut(v1::SIGN_OUT_MODE_WIPE).ok());
  GoOnline();
  SignInAsAlice();
  app().Sync();
  EXPECT_THAT(app().All(), IsEmpty());
  EXPECT_THAT(app().Mutations(), IsEmpty());
  EXPECT_THAT(backend().Documents(), IsEmpty());
}

TEST_F(AuthTest, FlushSendsBeforeItSignsOut) {
  StartSignedIn();
  backend().AddFault(R"({"kind":"lambda_delay","operation":"addTodo","ms":300})");
  for (int i = 0; i < 5; ++i) app().Create("todo " + std::to_string(i));
  const grpc::Status status = app().TrySignOut(v1::SIGN_OUT_MODE_FLUSH);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(backend().Documents(), SizeIs(5));
  EXPECT_EQ(app().Identity().state(), v1::IDENTITY_STATE_SIGNED_OUT);
}

TEST_F(AuthTest, AnotherUserSeesAndSendsNothingOfTheFirst) {
  StartSignedIn();
  const std::string alices = app().CreateSettled("alice's");
  GoOffline();
  const v1::MutationResult unsent = app().Create("alice's unsent");
  const grpc::Status refused = app().TrySignIn(kBob, kBobsPassword);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION)
      << "sign out first: " << refused.error_message();
  ASSERT_TRUE(app().TrySignOut(v1::SIGN_OUT_MODE_KEEP).ok());
  GoOnline();

  app().SignIn(kBob, kBobsPassword);
  EXPECT_EQ(app().Identity().username(), kBob);
  app().Sync();
  EXPECT_THAT(app().All(), IsEmpty());
  EXPECT_THAT(app().Mutations(), IsEmpty());
  EXPECT_FALSE(app().Get(alices).has_value());
  EXPECT_FALSE(app().Get(unsent.document_id()).has_value());
  EXPECT_EQ(app().TryRetry(unsent.mutation_id()).error_code(), grpc::StatusCode::NOT_FOUND);
  app().CreateSettled("bob's");
  EXPECT_THAT(backend().Contents(), ElementsAre("alice's", "bob's"));

  ASSERT_TRUE(app().TrySignOut().ok());
  SignInAsAlice();
  app().WaitForOutboxEmpty();
  app().Sync();
  EXPECT_THAT(app().Contents(), ElementsAre("alice's", "alice's unsent"));
}

TEST_F(AuthTest, AWatchEndsWhenItsIdentityDoes) {
  StartSignedIn();
  WatchLog watch(app());
  ASSERT_TRUE(watch.WaitForSnapshot());
  ASSERT_TRUE(app().TrySignOut().ok());
  EXPECT_TRUE(watch.WaitForEnd());
  EXPECT_EQ(watch.Cancel().error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(AuthTest, SecretsStayInFilesForTheirOwnerAndOutOfTheLog) {
  StartSignedIn();
  app().CreateSettled("milk");
  backend().ExpireTokens();
  app().CreateSettled("bread");
  app().TrySignIn(backend().ready().username, "Wrong-9876!");
  const std::string log = daemon().process().err() + daemon().process().out();
  EXPECT_THAT(log, Not(HasSubstr(backend().ready().password)));
  EXPECT_THAT(log, Not(HasSubstr("Wrong-9876!")));
  EXPECT_THAT(log, Not(HasSubstr("eyJ"))) << "the start of every token";
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(daemon().state_dir())) {
    struct stat info {};
    ASSERT_EQ(stat(entry.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 077, 0u) << entry.path();
    if (!entry.is_regular_file()) continue;
    ++files;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(bytes.find(backend().ready().password), std::string::npos) << entry.path();
  }
  EXPECT_GT(files, 1);
}

// Tokens that live for seconds: a backend of its own.
TEST(ShortTokensTest, AreRenewedBeforeTheyEnd) {
  Backend backend({.token_seconds = 2});
  DaemonRun daemon(backend.ready(), {.cognito = true});
  daemon.Start();
  App& app = daemon.app();
  app.SignIn(backend.ready().username, backend.ready().password);
  // Several lives of a token pass; requests come all the time and none may fail for it.
  int number = 0;
  EXPECT_TRUE(Eventually([&] {
    app.CreateSettled("todo " + std::to_string(number++));
    return backend.CountsOf("cognito:InitiateAuth").requested >= 4;
  }));
  EXPECT_EQ(backend.Documents().size(), static_cast<size_t>(number));
  EXPECT_EQ(daemon.process().err().find("Token has expired"), std::string::npos);
}

}  // namespace
}  // namespace tideover::e2e
