// The backend behind HTTPS, as AppSync and Cognito are: many requests on one connection, and
// nothing is said to who cannot show a certificate.
#include "e2e/e2e_test.h"

namespace tideover::e2e {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Has a backend for itself, since the one that tests share speaks plain HTTP.
class TlsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { backend = std::make_unique<Backend>(BackendOptions{.tls = true}); }
  static void TearDownTestSuite() { backend.reset(); }
  void SetUp() override {
    ASSERT_FALSE(backend->ready().ca_file.empty());
    ASSERT_THAT(backend->ready().graphql_url, testing::StartsWith("https://"));
    backend->Reset();
  }

  static std::unique_ptr<Backend> backend;
};

std::unique_ptr<Backend> TlsTest::backend;

TEST_F(TlsTest, ManyRequestsShareOneConnection) {
  DaemonRun daemon(backend->ready());
  daemon.Start();
  App& app = daemon.app();
  app.SetNetwork(v1::NETWORK_SETTING_OFFLINE);
  for (int i = 0; i < 30; ++i) app.Create("todo " + std::to_string(i));
  backend->ClearCounts();
  backend->AddFault(R"({"kind":"lambda_delay","operation":"addTodo","ms":100})");
  app.SetNetwork(v1::NETWORK_SETTING_AUTO);
  app.WaitForOutboxEmpty();
  EXPECT_THAT(backend->Documents(), SizeIs(30));
  EXPECT_GT(backend->InFlightMax(), 5) << "at once";
  EXPECT_LE(backend->Connections(), 1) << "that is HTTP/2";
}

TEST_F(TlsTest, TheUserPoolIsReachedThatWayToo) {
  DaemonRun daemon(backend->ready(), {.cognito = true});
  daemon.Start();
  daemon.app().SignIn(backend->ready().username, backend->ready().password);
  daemon.app().CreateSettled("milk");
  EXPECT_THAT(backend->Contents(), ElementsAre("milk"));
}

TEST_F(TlsTest, AnAuthorityThatIsNotTrustedGetsNothingAndNothingIsLost) {
  DaemonRun daemon(backend->ready(), {.trusted = false});
  daemon.Start();
  const v1::MutationResult create = daemon.app().Create("milk");
  v1::Mutation waiting;
  EXPECT_TRUE(support::Eventually([&] {
    waiting = daemon.app().Mutation(create.mutation_id());
    return waiting.has_last_error();
  }));
  EXPECT_THAT(waiting.last_error().message(), HasSubstr("certificate"));
  EXPECT_FALSE(waiting.may_have_been_sent());
  EXPECT_EQ(backend->CountsOf("addTodo").requested, 0);
  EXPECT_THAT(backend->Documents(), IsEmpty());

  daemon.Stop();
  daemon.Write({});
  daemon.Start();
  daemon.app().WaitForOutboxEmpty();
  EXPECT_THAT(backend->Contents(), ElementsAre("milk"));
}

}  // namespace
}  // namespace tideover::e2e
