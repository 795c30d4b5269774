#include "cli/arguments.h"
#include "clients/cli_run.h"

namespace tideover::test {
namespace {

TEST_F(CliTest, LoginAsksForThePasswordOnTheTerminal) {
  const CliResult result = Run({"login", "alice"}, {.in_terminal = true, .secrets = {"correct"}});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.out, "alice: signed in\n");
  EXPECT_EQ(result.prompts, std::vector<std::string>{"Password: "});
}

TEST_F(CliTest, LoginReadsThePasswordFromStandardInputWhenAsked) {
  const CliResult result =
      Run({"login", "alice", "--password-stdin", "--json"}, {.input = "correct\r\n"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_NE(result.out.find(R"("state":"IDENTITY_STATE_SIGNED_IN")"), std::string::npos);
  EXPECT_TRUE(result.prompts.empty());
}

TEST_F(CliTest, LoginWithAWrongPasswordFails) {
  const CliResult result = Run({"login", "alice", "--password-stdin"}, {.input = "wrong\n"});
  EXPECT_EQ(result.exit_code, cli::kExitFailed);
  EXPECT_EQ(result.err, "error: wrong name or password\nto do: try again\n");
}

TEST_F(CliTest, LoginWithoutAPasswordFails) {
  EXPECT_EQ(Run({"login", "alice", "--password-stdin"}).exit_code, cli::kExitFailed);
  EXPECT_EQ(Run({"login", "alice"}, {.in_terminal = true}).exit_code, cli::kExitFailed);
}

TEST_F(CliTest, LoginAnswersChallenges) {
  daemon_.challenge.emplace();
  daemon_.challenge->set_session("s");
  daemon_.challenge->set_kind(v1::CHALLENGE_KIND_TOTP);
  daemon_.challenge->set_message("authenticator app");
  daemon_.challenge_answer = "123456";
  const CliResult typed =
      Run({"login", "alice"}, {.in_terminal = true, .secrets = {"correct", "123456"}});
  EXPECT_EQ(typed.exit_code, cli::kExitOk);
  EXPECT_EQ(typed.out, "alice: signed in\n");
  EXPECT_EQ(typed.prompts, (std::vector<std::string>{"Password: ", "Code (authenticator app): "}));
  const CliResult piped =
      Run({"login", "alice", "--password-stdin"}, {.input = "correct\n123456\n"});
  EXPECT_EQ(piped.exit_code, cli::kExitOk);
  const CliResult cut_off = Run({"login", "alice", "--password-stdin"}, {.input = "correct\n"});
  EXPECT_EQ(cut_off.exit_code, cli::kExitFailed);
}

TEST_F(CliTest, WhoamiSaysWhoAndHow) {
  EXPECT_EQ(Run({"whoami"}).out, "signed out\n");
  daemon_.identity.set_username("alice");
  daemon_.identity.set_state(v1::IDENTITY_STATE_EXPIRED);
  EXPECT_EQ(Run({"whoami"}).out, "alice: sign in again: the backend refuses the tokens\n");
  EXPECT_NE(Run({"whoami", "--json"}).out.find(R"("username":"alice")"), std::string::npos);
}

TEST_F(CliTest, LogoutRefusesByDefaultAndDoesAsTold) {
  const CliResult result = Run({"logout"});
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.out, "signed out\n");
  EXPECT_EQ(daemon_.sign_out_request.mode(), v1::SIGN_OUT_MODE_REFUSE_IF_UNSENT);
  daemon_.counts_at_sign_out.set_queued(2);
  EXPECT_EQ(Run({"logout", "--keep"}).err, "kept for the same user's return: 2 queued\n");
  EXPECT_EQ(daemon_.sign_out_request.mode(), v1::SIGN_OUT_MODE_KEEP);
  EXPECT_EQ(Run({"logout", "--wipe"}).err, "deleted: 2 queued\n");
  EXPECT_EQ(daemon_.sign_out_request.mode(), v1::SIGN_OUT_MODE_WIPE);
  EXPECT_NE(Run({"logout", "--flush", "--json"}).out.find(R"("queued":"2")"), std::string::npos);
  EXPECT_EQ(daemon_.sign_out_request.mode(), v1::SIGN_OUT_MODE_FLUSH);
}

TEST_F(CliTest, LogoutWithUnsentMutationsFailsWithTheDaemonsRemedy) {
  daemon_.failure =
      MakeError(grpc::StatusCode::FAILED_PRECONDITION, v1::ERROR_REASON_UNSENT_MUTATIONS,
                "2 mutations are unsent", "say --flush, --keep or --wipe");
  const CliResult result = Run({"logout"});
  EXPECT_EQ(result.exit_code, cli::kExitFailed);
  EXPECT_EQ(result.err, "error: 2 mutations are unsent\nto do: say --flush, --keep or --wipe\n");
}

}  // namespace
}  // namespace tideover::test
