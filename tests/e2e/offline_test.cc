// Point 1 of everything: writes are answered here and now, are on disk when they are, and reach the
// backend once it is back, without anybody's help.
#include "e2e/e2e_test.h"
#include "support/socket_stream.h"

namespace tideover::e2e {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class OfflineTest : public E2eTest {
 protected:
  // Serves, and sends nothing until GoOnline().
  void StartOffline(const Settings& settings = {}) {
    StartDaemon(settings);
    GoOffline();
  }
  void GoOffline() { app().SetNetwork(v1::NETWORK_SETTING_OFFLINE); }
  void GoOnline() { app().SetNetwork(v1::NETWORK_SETTING_AUTO); }
};

TEST_F(OfflineTest, WritesAreInTheViewWhenTheyAreAnswered) {
  StartOffline();
  const v1::MutationResult result = app().Create("milk");
  EXPECT_NE(result.document_id(), "");
  const auto document = app().Get(result.document_id());
  ASSERT_TRUE(document.has_value());
  EXPECT_EQ(ContentOf(*document), "milk");
  EXPECT_TRUE(document->pending());
  EXPECT_TRUE(document->provisional());
  EXPECT_THAT(document->pending_mutation_ids(), ElementsAre(result.mutation_id()));
  EXPECT_THAT(backend().Documents(), IsEmpty());
}

TEST_F(OfflineTest, StartsAndServesWithoutABackend) {
  const std::string nowhere =
      "http://127.0.0.1:" + std::to_string(support::UnusedPort()) + "/graphql";
  StartDaemon({.url = nowhere});
  const v1::MutationResult result = app().Create("milk");
  EXPECT_EQ(app().ContentAt(result.document_id()), "milk");
  EXPECT_TRUE(Eventually([&] {
    const v1::NetworkStatus network = app().Status().network();
    return network.state() == v1::NETWORK_STATE_OFFLINE &&
           network.reason() == v1::OFFLINE_REASON_UNREACHABLE;
  })) << app().Status().ShortDebugString();
  const v1::Mutation mutation = app().WaitForState(result.mutation_id(), v1::MUTATION_STATE_PAUSED);
  EXPECT_FALSE(mutation.may_have_been_sent()) << "no connection was ever made";
}

TEST_F(OfflineTest, WhatWasAnsweredSurvivesKill9AndReconciles) {
  StartDaemon();
  const std::string kept = app().CreateSettled("kept");
  const std::string changed = app().CreateSettled("to change");
  const std::string removed = app().CreateSettled("to remove");
  GoOffline();
  app().Create("new");
  app().Mutate(UpdateOf(changed, "changed"));
  app().Mutate(DeleteOf(removed));
  daemon().Kill();

  daemon().Start();
  EXPECT_EQ(app().Status().network().setting(), v1::NETWORK_SETTING_OFFLINE)
      << "the setting survives";
  EXPECT_THAT(app().Contents(), ElementsAre("changed", "kept", "new"));
  EXPECT_THAT(app().Mutations(), SizeIs(3));
  EXPECT_THAT(backend().Contents(), ElementsAre("kept", "to change", "to remove"));

  GoOnline();
  app().WaitForOutboxEmpty();
  EXPECT_THAT(backend().Contents(), ElementsAre("changed", "kept", "new"));
  for (const v1::Document& document : app().All()) {
    EXPECT_FALSE(document.pending()) << document.ShortDebugString();
    EXPECT_FALSE(document.provisional()) << document.ShortDebugString();
  }
}

TEST_F(OfflineTest, ACleanStopKeepsTheOutbox) {
  StartOffline();
  app().Create("milk");
  daemon().Restart();
  EXPECT_THAT(app().Contents(), ElementsAre("milk"));
  GoOnline();
  ExpectAtBackend({"milk"});
}

TEST_F(OfflineTest, DrainsByItselfWhenTheBackendComesBack) {
  StartDaemon();
  app().CreateSettled("before");
  backend().Stop();
  const v1::MutationResult first = app().Create("while away 1");
  app().Create("while away 2");
  app().WaitForState(first.mutation_id(), v1::MUTATION_STATE_PAUSED);
  EXPECT_EQ(app().Status().network().reason(), v1::OFFLINE_REASON_UNREACHABLE);
  EXPECT_TRUE(Eventually([&] { return app().Status().network().has_next_attempt_at(); }));

  backend().Start();
  // From here on nobody calls the daemon.
  ExpectAtBackend({"before", "while away 1", "while away 2"});
}

TEST_F(OfflineTest, AProvisionalIdKeepsWorkingAfterTheServerChoseItsOwn) {
  StartOffline();
  const std::string provisional = app().Create("milk").document_id();
  GoOnline();
  app().WaitForOutboxEmpty();
  const std::string chosen = backend().Documents().at(0).id;
  ASSERT_NE(chosen, provisional);

  const auto document = app().Get(provisional);
  ASSERT_TRUE(document.has_value());
  EXPECT_EQ(document->id(), chosen);
  EXPECT_EQ(document->previous_id(), provisional);
  EXPECT_FALSE(document->provisional());
  EXPECT_THAT(document->json(), testing::HasSubstr("\"_id\":\"" + chosen + "\""));

  EXPECT_EQ(app().MutateAndSettle(UpdateOf(provisional, "oat milk")).document_id(), chosen);
  EXPECT_THAT(backend().Contents(), ElementsAre("oat milk"));
  daemon().Restart();
  EXPECT_EQ(app().ContentAt(provisional), "oat milk") << "also after a restart";
  EXPECT_EQ(app().MutateAndSettle(DeleteOf(provisional)).state(), v1::MUTATION_STATE_SETTLED);
  EXPECT_THAT(backend().Documents(), IsEmpty());
  EXPECT_FALSE(app().Get(provisional).has_value());
  EXPECT_FALSE(app().Get(chosen).has_value());
}

TEST_F(OfflineTest, MutationsBehindACreateAreSentUnderTheServersId) {
  StartOffline();
  const std::string provisional = app().Create("draft 1").document_id();
  app().Mutate(UpdateOf(provisional, "draft 2"));
  app().Mutate(UpdateOf(provisional, "final"));
  const std::string gone = app().Create("never mind").document_id();
  app().Mutate(UpdateOf(gone, "really"));
  app().Mutate(DeleteOf(gone));
  EXPECT_THAT(app().Contents(), ElementsAre("final"));
  GoOnline();
  app().WaitForOutboxEmpty();
  EXPECT_THAT(backend().Contents(), ElementsAre("final"));
  ExpectInView({"final"});
}

TEST_F(OfflineTest, AnIdOfAnAnsweredCreateMayBeUsedWhileItsCreateIsInFlight) {
  StartDaemon();
  backend().AddFault(R"({"kind":"lambda_delay","operation":"addTodo","ms":400,"times":1})");
  const v1::MutationResult create = app().Create("milk");
  app().WaitForState(create.mutation_id(), v1::MUTATION_STATE_IN_FLIGHT);
  const v1::MutationResult update = app().MutateAndSettle(UpdateOf(create.document_id(), "bread"));
  EXPECT_EQ(update.settlement().outcome(), v1::OUTCOME_CONFIRMED);
  EXPECT_THAT(backend().Contents(), ElementsAre("bread"));
  ExpectInView({"bread"});
}

TEST_F(OfflineTest, TheLastOfManyWritesToOneDocumentWins) {
  StartDaemon();
  const std::string id = app().CreateSettled("0");
  GoOffline();
  for (int i = 1; i <= 20; ++i) app().Mutate(UpdateOf(id, std::to_string(i)));
  GoOnline();
  app().WaitForOutboxEmpty();
  EXPECT_THAT(backend().Contents(), ElementsAre("20"));
  EXPECT_EQ(app().ContentAt(id), "20");
}

TEST_F(OfflineTest, LanesOfDifferentDocumentsRunInParallel) {
  StartOffline();
  for (int i = 0; i < 40; ++i) app().Create("todo " + std::to_string(i));
  backend().AddFault(R"({"kind":"lambda_delay","operation":"addTodo","ms":500})");
  const auto start = std::chrono::steady_clock::now();
  GoOnline();
  app().WaitForOutboxEmpty();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10))
      << "one after the other would take 20 s";
  EXPECT_THAT(backend().Documents(), SizeIs(40));
}

TEST_F(OfflineTest, TheBoundOfRequestsInFlightIsKept) {
  StartOffline({.in_flight_max = "3"});
  for (int i = 0; i < 12; ++i) app().Create("todo " + std::to_string(i));
  backend().AddFault(R"({"kind":"lambda_delay","operation":"addTodo","ms":100})");
  backend().ClearCounts();
  GoOnline();
  app().WaitForOutboxEmpty();
  EXPECT_THAT(backend().Documents(), SizeIs(12));
  EXPECT_LE(backend().InFlightMax(), 3);
}

TEST_F(OfflineTest, ARepeatedCallWithTheSameMutationIdWritesOnce) {
  StartOffline();
  const v1::MutationResult first = app().Mutate(CreateOf("milk", "shopping-1"));
  EXPECT_FALSE(first.repeated_call());
  daemon().Kill();
  daemon().Start();
  const v1::MutationResult again = app().Mutate(CreateOf("milk", "shopping-1"));
  EXPECT_TRUE(again.repeated_call());
  EXPECT_EQ(again.document_id(), first.document_id());
  GoOnline();
  app().WaitForOutboxEmpty();
  const v1::MutationResult settled = app().Mutate(CreateOf("milk", "shopping-1"));
  EXPECT_TRUE(settled.repeated_call()) << "also when it has settled";
  EXPECT_EQ(settled.state(), v1::MUTATION_STATE_SETTLED);
  EXPECT_THAT(backend().Contents(), ElementsAre("milk"));
}

TEST_F(OfflineTest, OfflineShowsItsMutationsAsPaused) {
  StartOffline();
  const v1::MutationResult result = app().Create("milk");
  const v1::Mutation mutation = app().WaitForState(result.mutation_id(), v1::MUTATION_STATE_PAUSED);
  EXPECT_NE(mutation.explanation(), "");
  const v1::DaemonStatus status = app().Status();
  EXPECT_EQ(status.outbox().paused(), 1u);
  EXPECT_EQ(status.network().state(), v1::NETWORK_STATE_OFFLINE);
  EXPECT_EQ(status.network().reason(), v1::OFFLINE_REASON_FORCED);
  EXPECT_EQ(app().TrySync().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(backend().CountsOf("addTodo").requested, 0);
}

TEST_F(OfflineTest, NetworkOnlineSendsToo) {
  StartOffline();
  app().Create("milk");
  EXPECT_EQ(app().SetNetwork(v1::NETWORK_SETTING_ONLINE).setting(), v1::NETWORK_SETTING_ONLINE);
  ExpectAtBackend({"milk"});
  EXPECT_TRUE(
      Eventually([&] { return app().Status().network().state() == v1::NETWORK_STATE_ONLINE; }));
}

TEST_F(OfflineTest, AnAtomicCallIsWholeOrAbsent) {
  StartOffline();
  v1::MutateRequest request;
  *request.add_operations() = CreateOf("one");
  *request.add_operations() = CreateOf("two");
  *request.add_operations() = UpdateOf("0123456789abcdef01234567", "there is no such to-do");
  v1::MutateResponse response;
  const grpc::Status status = app().TryMutate(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND) << status.error_message();
  EXPECT_EQ(app().Explain(status).detail.operation_index(), 2u);
  EXPECT_THAT(app().All(), IsEmpty());
  request.mutable_operations()->RemoveLast();
  ASSERT_TRUE(app().TryMutate(request, &response).ok());
  EXPECT_THAT(app().Contents(), ElementsAre("one", "two"));
}

TEST_F(OfflineTest, WaitingForSettlementEndsAtItsTimeoutWithoutAnError) {
  StartOffline();
  v1::MutateRequest request;
  *request.add_operations() = CreateOf("milk");
  request.set_wait(v1::WAIT_SETTLED);
  request.mutable_settle_timeout()->set_nanos(50'000'000);
  v1::MutateResponse response;
  ASSERT_TRUE(app().TryMutate(request, &response).ok());
  ASSERT_EQ(response.results_size(), 1);
  EXPECT_EQ(response.results(0).state(), v1::MUTATION_STATE_PAUSED);
  EXPECT_FALSE(response.results(0).has_settlement());
}

}  // namespace
}  // namespace tideover::e2e
